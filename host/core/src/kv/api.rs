//! The door for plugins: each sees its own keys.

use wasmoat_model::AppError;
use wasmoat_runtime::bindings::kv::{Host, PluginKvSetOptions};

use super::KvSetOptions;
use crate::api::Api;

impl From<PluginKvSetOptions> for KvSetOptions {
    fn from(options: PluginKvSetOptions) -> Self {
        Self { atomic: options.atomic, old_value: options.old_value, expire_in_seconds: options.expire_in_seconds }
    }
}

impl Api<'_> {
    async fn set(&self, key: &str, value: Option<Vec<u8>>, options: KvSetOptions) -> Result<bool, AppError> {
        self.core.set_plugin_key_with_options(self.plugin_id(), key, value, options).await
    }
}

impl Host for Api<'_> {
    async fn kv_set(&mut self, key: String, value: Option<Vec<u8>>) -> Result<(), AppError> {
        self.core.set_plugin_key(self.plugin_id(), &key, value).await
    }

    async fn kv_compare_and_set(
        &mut self,
        key: String,
        old_value: Option<Vec<u8>>,
        new_value: Option<Vec<u8>>,
    ) -> Result<bool, AppError> {
        self.set(&key, new_value, KvSetOptions { atomic: true, old_value, expire_in_seconds: 0 }).await
    }

    async fn kv_compare_and_delete(&mut self, key: String, old_value: Option<Vec<u8>>) -> Result<bool, AppError> {
        self.set(&key, None, KvSetOptions { atomic: true, old_value, expire_in_seconds: 0 }).await
    }

    async fn kv_set_with_options(
        &mut self,
        key: String,
        value: Option<Vec<u8>>,
        options: PluginKvSetOptions,
    ) -> Result<bool, AppError> {
        self.set(&key, value, options.into()).await
    }

    async fn kv_set_with_expiry(
        &mut self,
        key: String,
        value: Option<Vec<u8>>,
        expire_in_seconds: i64,
    ) -> Result<(), AppError> {
        self.set(&key, value, KvSetOptions { expire_in_seconds, ..KvSetOptions::default() }).await.map(drop)
    }

    async fn kv_get(&mut self, key: String) -> Result<Option<Vec<u8>>, AppError> {
        self.core.get_plugin_key(self.plugin_id(), &key).await
    }

    async fn kv_delete(&mut self, key: String) -> Result<(), AppError> {
        self.core.delete_plugin_key(self.plugin_id(), &key).await
    }

    async fn kv_delete_all(&mut self) -> Result<(), AppError> {
        self.core.delete_all_keys_for_plugin(self.plugin_id()).await
    }

    async fn kv_list(&mut self, page: i32, per_page: i32) -> Result<Vec<String>, AppError> {
        self.core.list_plugin_keys(self.plugin_id(), page, per_page).await
    }
}
