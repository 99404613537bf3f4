//! The door for plugins.

use wasmoat_model::{AppError, ProductLimits};
use wasmoat_runtime::bindings::server::Host;

use super::TrialRequest;
use crate::{
    api::Api,
    store::{Queries as _, args},
};

impl Host for Api<'_> {
    async fn get_license(&mut self) -> Option<String> {
        self.core.get_license().map(|license| license.json())
    }

    async fn is_enterprise_ready(&mut self) -> bool {
        false
    }

    async fn get_server_version(&mut self) -> String {
        self.core.get_server_version().to_owned()
    }

    async fn get_system_install_date(&mut self) -> Result<i64, AppError> {
        let sql = "SELECT value FROM systems WHERE name = $1";
        let date: Option<String> = self.core.store.read().await?.value(sql, args!["InstallationDate"]).await?;
        date.and_then(|date| date.parse().ok()).ok_or_else(|| {
            let message = "The date of the installation is not stored.";
            AppError::new("GetSystemInstallDate", "app.system.get_by_name.app_error", 500, message)
        })
    }

    async fn get_diagnostic_id(&mut self) -> String {
        self.core.get_diagnostic_id().to_owned()
    }

    async fn get_telemetry_id(&mut self) -> String {
        self.core.get_diagnostic_id().to_owned()
    }

    async fn request_trial_license(
        &mut self,
        requester_id: String,
        users: i32,
        terms_accepted: bool,
        receive_emails_accepted: bool,
    ) -> Result<(), AppError> {
        let request = TrialRequest { requester_id, users, terms_accepted, receive_emails_accepted };
        self.core.request_trial_license(&request).await
    }

    async fn get_cloud_limits(&mut self) -> Result<ProductLimits, AppError> {
        self.core.get_cloud_limits()
    }

    async fn register_collection_and_topic(&mut self, _: String, _: String) {
        // Obsolete in Mattermost: it does nothing there either.
    }
}
