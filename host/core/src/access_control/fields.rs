//! The attributes that an editor of expressions offers.

use wasmoat_model::{AppError, PropertyAccessMode, PropertyField, is_valid_id};

use super::{invalid_id, page_limit};
use crate::{Core, properties::PropertyCaller};

impl Core {
    /// Mattermost's `GetPluginAccessControlFieldsAutocomplete`: as the acting user sees them. What
    /// only its plugin sees is not offered.
    ///
    /// # Errors
    ///
    /// 501 while the feature is off, 400 for a bad cursor or acting user.
    pub async fn get_access_control_fields_autocomplete(
        &self,
        acting_user_id: &str,
        after: &str,
        limit: i32,
    ) -> Result<Vec<PropertyField>, AppError> {
        let at = "GetPluginAccessControlFieldsAutocomplete";
        self.require_access_control(at, "app.pap.get_access_control_auto_complete.app_error")?;
        self.check_acting_user(at, acting_user_id).await?;
        if !after.is_empty() && !is_valid_id(after) {
            return Err(invalid_id(at));
        }
        let schema = self.attribute_schema().await?;
        let offered = schema.by_id().into_iter().filter(|known| {
            known.field.id.as_str() > after && known.attrs.access_mode() != PropertyAccessMode::SourceOnly
        });
        let ids: Vec<String> = offered.take(page_limit(limit)).map(|known| known.field.id.clone()).collect();
        let caller = PropertyCaller::User { id: acting_user_id.to_owned(), connection_id: String::new() };
        self.get_property_fields(&caller, "", &ids).await
    }
}
