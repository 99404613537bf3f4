//! `/api/v4/properties`: fields and values of property groups.
//!
//! The core knows what a field's source and owners allow; what users may do beside that is
//! decided here: by the field's permission levels and by access to its target.

mod fields;
mod values;

use axum::{
    Router,
    routing::{get, patch, post},
};
use wasmoat_core::properties::PropertyCaller;
use wasmoat_model::{ChannelType, PropertyField};

use crate::{Error, RequestContext, Server, users::valid_id};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/properties/groups/{group}/fields/search", post(fields::search_fields))
        .route("/properties/groups/{group}/{object_type}/fields", get(fields::get_fields).post(fields::create_field))
        .route(
            "/properties/groups/{group}/{object_type}/fields/{field_id}",
            patch(fields::patch_field).delete(fields::delete_field),
        )
        .route(
            "/properties/groups/{group}/{object_type}/values/{target_id}",
            get(values::get_values).patch(values::patch_values),
        )
}

impl RequestContext {
    /// The user, as the core's properties know callers.
    fn property_caller(&self) -> PropertyCaller {
        PropertyCaller::User {
            id: self.user_id().to_owned(),
            connection_id: self.cx.plugin_context.connection_id.clone(),
        }
    }

    /// Whether the user sees a field's target: the system, a team or a channel.
    async fn require_field_target(&self, field: &PropertyField) -> Result<(), Error> {
        match field.target_type.as_str() {
            "team" => self.require_team(valid_id(&field.target_id, "target_id")?, "view_team").await,
            "channel" => self.require_readable_channel(&field.target_id).await,
            _ => Ok(()),
        }
    }

    /// Whether the user administers a field's target.
    async fn require_field_admin(&self, field: &PropertyField) -> Result<(), Error> {
        match field.target_type.as_str() {
            "team" => self.require_team(valid_id(&field.target_id, "target_id")?, "manage_team").await,
            "channel" => {
                let channel = self.core.get_channel(valid_id(&field.target_id, "target_id")?).await?;
                let permission = match channel.r#type {
                    ChannelType::Open => "manage_public_channel_properties",
                    _ => "manage_private_channel_properties",
                };
                self.require_channel(&channel.id, permission).await
            }
            _ => self.require("manage_system").await,
        }
    }

    /// Whether a permission level admits the user; without a level, those who administer the target.
    async fn require_level(&self, level: Option<&str>, field: &PropertyField) -> Result<(), Error> {
        match level {
            None => self.require_field_admin(field).await,
            Some("member") => self.require_field_target(field).await,
            Some("sysadmin") => self.require("manage_system").await,
            Some(_) => Err(Error::forbidden()),
        }
    }

    async fn require_readable_channel(&self, channel_id: &str) -> Result<(), Error> {
        let channel = self.core.get_channel(valid_id(channel_id, "target_id")?).await?;
        match self.core.session_has_permission_to_read_channel(&self.session, &channel).await {
            true => Ok(()),
            false => Err(Error::forbidden()),
        }
    }
}
