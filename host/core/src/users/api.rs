//! The Plugin API's `users`.

use wasmoat_model::{AppError, Privacy, StringMap, User, UserAuth, UserGetOptions, UserSearch};
use wasmoat_runtime::bindings::users::Host;

use super::IDS_AT_ONCE;
use crate::api::Api;

impl Host for Api<'_> {
    async fn create_user(&mut self, user: User) -> Result<User, AppError> {
        self.core.create_user(&self.caller.context, user).await
    }

    async fn delete_user(&mut self, user_id: String) -> Result<(), AppError> {
        self.core.delete_user(&self.caller.context, &user_id).await
    }

    async fn get_users(&mut self, options: UserGetOptions) -> Result<Vec<User>, AppError> {
        self.core.get_users(&options).await
    }

    async fn get_users_by_ids(&mut self, user_ids: Vec<String>) -> Result<Vec<User>, AppError> {
        if user_ids.len() > IDS_AT_ONCE {
            let message = format!("{} ids were given; {IDS_AT_ONCE} are allowed at once.", user_ids.len());
            return Err(AppError::new("GetUsersByIds", "plugin.api.get_users_by_ids.too_many", 400, message));
        }
        self.core.get_users_by_ids(&user_ids).await
    }

    async fn get_user(&mut self, user_id: String) -> Result<User, AppError> {
        self.core.get_user(&user_id).await
    }

    async fn get_user_by_email(&mut self, email: String) -> Result<User, AppError> {
        self.core.get_user_by_email(&email).await
    }

    async fn get_user_by_username(&mut self, name: String) -> Result<User, AppError> {
        self.core.get_user_by_username(&name).await
    }

    async fn get_users_by_usernames(&mut self, usernames: Vec<String>) -> Result<Vec<User>, AppError> {
        self.core.get_users_by_usernames(&usernames).await
    }

    async fn get_users_in_team(&mut self, team_id: String, page: i32, per_page: i32) -> Result<Vec<User>, AppError> {
        self.core.get_users_in_team(&team_id, page, per_page).await
    }

    async fn update_user(&mut self, user: User) -> Result<User, AppError> {
        self.core.update_user(user).await.map(|change| change.after)
    }

    async fn update_user_active(&mut self, user_id: String, active: bool) -> Result<(), AppError> {
        self.core.update_user_active(&self.caller.context, &user_id, active).await.map(drop)
    }

    async fn get_users_in_channel(
        &mut self,
        channel_id: String,
        sort_by: String,
        page: i32,
        per_page: i32,
    ) -> Result<Vec<User>, AppError> {
        self.core.get_users_in_channel(&channel_id, &sort_by, page, per_page).await
    }

    async fn get_ldap_user_attributes(
        &mut self,
        user_id: String,
        attributes: Vec<String>,
    ) -> Result<StringMap, AppError> {
        self.core.get_ldap_user_attributes(&user_id, &attributes).await
    }

    async fn search_users(&mut self, search: UserSearch) -> Result<Vec<User>, AppError> {
        self.core.search_users(&search, Privacy::ADMIN).await
    }

    async fn get_profile_image(&mut self, user_id: String) -> Result<Vec<u8>, AppError> {
        self.core.get_profile_image(&user_id).await.map(Vec::from)
    }

    async fn set_profile_image(&mut self, user_id: String, data: Vec<u8>) -> Result<(), AppError> {
        self.core.set_profile_image(&user_id, data.into()).await
    }

    async fn update_user_auth(&mut self, user_id: String, user_auth: UserAuth) -> Result<UserAuth, AppError> {
        self.core.update_user_auth(&user_id, user_auth).await
    }

    async fn update_user_roles(&mut self, user_id: String, new_roles: String) -> Result<User, AppError> {
        self.core.update_user_roles(&user_id, &new_roles).await
    }
}
