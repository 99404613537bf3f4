//! The Plugin API's `status`.

use wasmoat_model::{AppError, CustomStatus, STATUS_DND, Status};
use wasmoat_runtime::bindings::status::Host;

use super::{IDS_AT_ONCE, can_be_chosen};
use crate::api::Api;

impl Host for Api<'_> {
    async fn get_user_status(&mut self, user_id: String) -> Result<Status, AppError> {
        self.core.get_user_status(&user_id).await
    }

    async fn get_user_statuses_by_ids(&mut self, user_ids: Vec<String>) -> Result<Vec<Status>, AppError> {
        if user_ids.len() > IDS_AT_ONCE {
            let message = format!("{} ids were given; {IDS_AT_ONCE} are allowed at once.", user_ids.len());
            let id = "plugin.api.get_user_statuses_by_ids.too_many";
            return Err(AppError::new("GetUserStatusesByIds", id, 400, message));
        }
        self.core.get_user_statuses_by_ids(&user_ids).await
    }

    async fn update_user_status(&mut self, user_id: String, status: String) -> Result<Status, AppError> {
        if !can_be_chosen(&status) {
            let message = format!("The status `{status}` cannot be set.");
            return Err(AppError::new("UpdateUserStatus", "plugin.api.update_user_status.bad_status", 400, message));
        }
        self.core.update_user_status(&user_id, &status, 0).await
    }

    async fn set_user_status_timed_dnd(&mut self, user_id: String, endtime: i64) -> Result<Status, AppError> {
        self.core.update_user_status(&user_id, STATUS_DND, endtime).await
    }

    async fn update_user_custom_status(
        &mut self,
        user_id: String,
        custom_status: CustomStatus,
    ) -> Result<(), AppError> {
        self.core.set_custom_status(&self.caller.context, &user_id, custom_status).await
    }

    async fn remove_user_custom_status(&mut self, user_id: String) -> Result<(), AppError> {
        self.core.remove_custom_status(&user_id).await
    }
}
