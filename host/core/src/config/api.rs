//! The door for plugins.

use serde_json::{Map, Value};
use wasmoat_model::AppError;
use wasmoat_runtime::bindings::config::Host;

use crate::api::Api;

fn object(text: &str) -> Result<Value, AppError> {
    serde_json::from_str::<Map<String, Value>>(text).map(Value::Object).map_err(|error| {
        let message = "The configuration must be a JSON object.";
        AppError::new("SaveConfig", "api.config.update_config.bad_json.app_error", 400, message).detail(error)
    })
}

impl Host for Api<'_> {
    async fn load_plugin_configuration(&mut self) -> String {
        Value::Object(self.core.load_plugin_configuration(self.plugin_id())).to_string()
    }

    async fn get_config(&mut self) -> String {
        self.core.get_sanitized_config().json().to_string()
    }

    async fn get_unsanitized_config(&mut self) -> String {
        self.core.config.in_clear().json().to_string()
    }

    async fn save_config(&mut self, config: String) -> Result<(), AppError> {
        self.core.save_config(&self.caller.context, &object(&config)?).await
    }

    async fn get_plugin_config(&mut self) -> String {
        Value::Object(self.core.get_sanitized_config().plugin(self.plugin_id())).to_string()
    }

    async fn save_plugin_config(&mut self, config: String) -> Result<(), AppError> {
        let Value::Object(settings) = object(&config)? else { return Ok(()) };
        self.core.save_plugin_config(&self.caller.context, self.plugin_id(), settings).await
    }
}
