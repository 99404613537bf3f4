//! The Plugin API's `preferences`.

use wasmoat_model::{AppError, Preference};
use wasmoat_runtime::bindings::preferences::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn get_preference_for_user(
        &mut self,
        user_id: String,
        category: String,
        name: String,
    ) -> Result<Preference, AppError> {
        self.core.get_preference(&user_id, &category, &name).await
    }

    async fn get_preferences_for_user(&mut self, user_id: String) -> Result<Vec<Preference>, AppError> {
        self.core.get_preferences_for_user(&user_id).await
    }

    async fn update_preferences_for_user(
        &mut self,
        user_id: String,
        preferences: Vec<Preference>,
    ) -> Result<(), AppError> {
        self.core.update_preferences(&self.caller.context, &user_id, preferences).await
    }

    async fn delete_preferences_for_user(
        &mut self,
        user_id: String,
        preferences: Vec<Preference>,
    ) -> Result<(), AppError> {
        self.core.delete_preferences(&user_id, &preferences).await
    }
}
