//! Limits of the workspace: what a hosting operator sets and plugins show.

use std::sync::Arc;

use serde_json::json;
use wasmoat_model::{AppError, FilesLimits, MessagesLimits, ProductLimits, TeamsLimits};
use wasmoat_runtime::{CallContext, OnCloudLimitsUpdated};

use crate::{Core, config::Config, websocket::Event};

/// The limits of a configuration: 0 is none. Nothing where a number has no place in the record.
fn limits(config: &Config) -> Option<ProductLimits> {
    let number = |name: &str| Some(config.number(&format!("CloudSettings.Limits.{name}"))).filter(|limit| *limit > 0);
    let small = |name: &str| number(name).map(i32::try_from).transpose().ok();
    Some(ProductLimits {
        files: number("FilesTotalStorage").map(|bytes| FilesLimits { total_storage: Some(bytes) }),
        messages: small("MessagesHistory")?.map(|history| MessagesLimits { history: Some(history) }),
        teams: small("TeamsActive")?.map(|active| TeamsLimits { active: Some(active) }),
    })
}

impl Core {
    /// Mattermost's `GetCloudLimits`: an empty record where the operator sets none.
    ///
    /// # Errors
    ///
    /// 500 where one is set that no record can hold.
    pub fn get_cloud_limits(&self) -> Result<ProductLimits, AppError> {
        limits(&self.config.get()).ok_or_else(|| {
            let message = "A limit in `CloudSettings.Limits` is too large.";
            AppError::new("GetCloudLimits", "app.cloud.get_cloud_limits.app_error", 500, message)
        })
    }

    /// Tells plugins and clients where a new configuration has other limits.
    pub(crate) fn cloud_limits_changed(&self, cx: &CallContext, old: &Config, new: &Config) {
        let Some(now) = limits(new).filter(|now| limits(old).as_ref() != Some(now)) else { return };
        let event =
            Event::new("cloud_subscription_changed").data("subscription", json!(null)).data("limits", json!(now));
        self.publish(event.to_everyone());
        let told = Arc::new(now);
        self.runtime.observe::<OnCloudLimitsUpdated>(cx, |_| (told,));
    }
}
