//! What users say about themselves beside their name: a property of the account, and the last few
//! of them as a preference.

use wasmoat_model::{AppError, CustomStatus, PROP_CUSTOM_STATUS, Preference, json};
use wasmoat_runtime::CallContext;

use crate::Core;

const CATEGORY: &str = "custom_status";
const RECENT: &str = "recent_custom_statuses";

fn refused(id: &str, message: &str) -> AppError {
    let id = format!("api.custom_status.set_custom_statuses.{id}.app_error");
    AppError::new("SetCustomStatus", &id, 400, message)
}

fn as_text(statuses: &impl serde::Serialize) -> String {
    // Four texts always have a JSON form.
    serde_json::to_string(statuses).unwrap_or_default()
}

impl Core {
    /// Mattermost's `SetCustomStatus`: sets emoji and text beside the user's name, and puts it
    /// first among the recent ones.
    ///
    /// # Errors
    ///
    /// 400 where emoji and text are empty, the emoji is unknown or the end is no time; 404 for an
    /// unknown user.
    pub async fn set_custom_status(
        &self,
        cx: &CallContext,
        user_id: &str,
        status: CustomStatus,
    ) -> Result<(), AppError> {
        if status.emoji.is_empty() && status.text.is_empty() {
            return Err(refused("update", "A custom status needs an emoji or a text."));
        }
        let status = status.normal().ok_or_else(|| refused("update", "`expires_at` is no time of RFC 3339."))?;
        self.check_emoji_exists(&status.emoji).await.map_err(|error| {
            // Where custom emoji are switched off there is no custom one either.
            if error.status_code >= 500 { error } else { refused("emoji_not_found", "There is no such emoji.") }
        })?;
        self.store_custom_status(user_id, as_text(&status)).await?;
        let recent = status.first_of(self.recent_custom_statuses(user_id).await);
        self.save_recent_custom_statuses(cx, user_id, &recent).await
    }

    /// Mattermost's `RemoveCustomStatus`; none is no error.
    ///
    /// # Errors
    ///
    /// 404 for an unknown user.
    pub async fn remove_custom_status(&self, user_id: &str) -> Result<(), AppError> {
        self.store_custom_status(user_id, String::new()).await
    }

    async fn store_custom_status(&self, user_id: &str, text: String) -> Result<(), AppError> {
        let set = |user: &mut wasmoat_model::User| {
            json::set(&mut user.props, PROP_CUSTOM_STATUS, text);
            Ok(())
        };
        let user = self.change_user(user_id, set).await?.after;
        self.send_user_updated(&user);
        Ok(())
    }

    /// Mattermost's `RemoveRecentCustomStatus`.
    ///
    /// # Errors
    ///
    /// 400 where it is not among the recent ones.
    pub async fn remove_recent_custom_status(
        &self,
        cx: &CallContext,
        user_id: &str,
        status: CustomStatus,
    ) -> Result<(), AppError> {
        let mut recent = self.recent_custom_statuses(user_id).await;
        let before = recent.len();
        let status = status.normal();
        recent.retain(|other| Some(other) != status.as_ref());
        if recent.len() == before {
            let id = "api.custom_status.recent_custom_statuses.delete.app_error";
            let message = "That is none of the recent custom statuses.";
            return Err(AppError::new("RemoveRecentCustomStatus", id, 400, message));
        }
        self.save_recent_custom_statuses(cx, user_id, &recent).await
    }

    async fn recent_custom_statuses(&self, user_id: &str) -> Vec<CustomStatus> {
        let stored = self.get_preference(user_id, CATEGORY, RECENT).await;
        stored.ok().and_then(|preference| serde_json::from_str(&preference.value).ok()).unwrap_or_default()
    }

    async fn save_recent_custom_statuses(
        &self,
        cx: &CallContext,
        user_id: &str,
        recent: &[CustomStatus],
    ) -> Result<(), AppError> {
        let preference = Preference {
            user_id: user_id.to_owned(),
            category: CATEGORY.to_owned(),
            name: RECENT.to_owned(),
            value: as_text(&recent),
        };
        self.update_preferences(cx, user_id, vec![preference]).await
    }
}
