//! The door for plugins.

use wasmoat_model::AppError;
use wasmoat_runtime::bindings::server::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn get_license(&mut self) -> Option<String> {
        // Nothing here is behind a licence, and none can be uploaded.
        None
    }

    async fn is_enterprise_ready(&mut self) -> bool {
        false
    }

    async fn get_server_version(&mut self) -> String {
        self.core.get_server_version().to_owned()
    }

    async fn get_system_install_date(&mut self) -> Result<i64, AppError> {
        Ok(self.core.get_system_install_date())
    }

    async fn get_diagnostic_id(&mut self) -> String {
        self.core.get_diagnostic_id().to_owned()
    }

    async fn get_telemetry_id(&mut self) -> String {
        self.core.get_diagnostic_id().to_owned()
    }
}
