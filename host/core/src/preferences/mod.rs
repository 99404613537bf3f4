//! Settings of single users.

mod api;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use wasmoat_model::{AppError, Preference};
use wasmoat_runtime::{CallContext, PreferencesHaveChanged};

use crate::{
    Core,
    store::{Queries as _, StoreError, args, record},
    websocket::Event,
};

record!(Preference, "preferences", key [user_id, category, name], [value]);

fn check_owner(user_id: &str, preferences: &[Preference], at: &str, id: &str) -> Result<(), AppError> {
    if preferences.iter().all(|preference| preference.user_id == user_id) {
        return Ok(());
    }
    Err(AppError::new(at, id, 403, "A preference of another user cannot be changed here."))
}

impl Core {
    /// Mattermost's `GetPreferencesForUser`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_preferences_for_user(&self, user_id: &str) -> Result<Vec<Preference>, AppError> {
        let rest = "WHERE preferences.user_id = $1 ORDER BY preferences.category, preferences.name";
        Ok(self.store.read().await?.all(rest, args![user_id]).await?)
    }

    /// Mattermost's `GetPreferenceByCategoryForUser`.
    ///
    /// # Errors
    ///
    /// 404 where the category is empty.
    pub async fn get_preferences_by_category(
        &self,
        user_id: &str,
        category: &str,
    ) -> Result<Vec<Preference>, AppError> {
        let rest = "WHERE preferences.user_id = $1 AND preferences.category = $2 ORDER BY preferences.name";
        let preferences: Vec<Preference> = self.store.read().await?.all(rest, args![user_id, category]).await?;
        if preferences.is_empty() {
            let message = format!("There are no preferences of category `{category}`.");
            return Err(AppError::new(
                "GetPreferenceByCategoryForUser",
                "api.preference.preferences_category.get.app_error",
                404,
                message,
            ));
        }
        Ok(preferences)
    }

    /// Mattermost's `GetPreferenceByCategoryAndNameForUser`.
    ///
    /// # Errors
    ///
    /// 400 where there is none, as in Mattermost.
    pub async fn get_preference(&self, user_id: &str, category: &str, name: &str) -> Result<Preference, AppError> {
        let rest = "WHERE preferences.user_id = $1 AND preferences.category = $2 AND preferences.name = $3";
        let preference = self.store.read().await?.one(rest, args![user_id, category, name]).await?;
        preference.ok_or_else(|| {
            let message = format!("There is no preference `{category}`, `{name}`.");
            AppError::new("GetPreferenceByCategoryAndNameForUser", "app.preference.get.app_error", 400, message)
        })
    }

    /// Mattermost's `UpdatePreferences`: all of them are saved, or none.
    ///
    /// # Errors
    ///
    /// 403 where one belongs to somebody else, 400 where one breaks a rule.
    pub async fn update_preferences(
        &self,
        cx: &CallContext,
        user_id: &str,
        preferences: Vec<Preference>,
    ) -> Result<(), AppError> {
        check_owner(user_id, &preferences, "savePreferences", "api.preference.update_preferences.set.app_error")?;
        preferences.iter().try_for_each(Preference::is_valid)?;
        let mut tx = self.store.write().await?;
        for preference in &preferences {
            tx.upsert(preference).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.publish(Event::new("sidebar_category_updated").to_user(user_id));
        self.publish(Event::new("preferences_changed").json("preferences", &preferences).to_user(user_id));
        let saved: Arc<[Preference]> = preferences.into();
        self.runtime.observe::<PreferencesHaveChanged>(cx, |context| (context, saved));
        Ok(())
    }

    /// Mattermost's `DeletePreferences`.
    ///
    /// # Errors
    ///
    /// 403 where one belongs to somebody else.
    pub async fn delete_preferences(&self, user_id: &str, preferences: &[Preference]) -> Result<(), AppError> {
        check_owner(user_id, preferences, "deletePreferences", "api.preference.delete_preferences.delete.app_error")?;
        let mut tx = self.store.write().await?;
        for preference in preferences {
            let sql = "DELETE FROM preferences WHERE user_id = $1 AND category = $2 AND name = $3";
            tx.run(sql, args![user_id, preference.category, preference.name]).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.publish(Event::new("sidebar_category_updated").to_user(user_id));
        self.publish(Event::new("preferences_deleted").json("preferences", &preferences).to_user(user_id));
        Ok(())
    }
}
