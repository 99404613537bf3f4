//! Limits of the workspace: what a hosting operator sets and plugins show.

use std::sync::Arc;

use serde_json::json;
use wasmoat_model::{FilesLimits, MessagesLimits, ProductLimits, TeamsLimits};
use wasmoat_runtime::{CallContext, OnCloudLimitsUpdated};

use crate::{Core, config::Config, websocket::Event};

/// The limits of a configuration: 0 is none.
fn limits(config: &Config) -> ProductLimits {
    let number = |name: &str| Some(config.number(&format!("CloudSettings.Limits.{name}"))).filter(|limit| *limit > 0);
    let small = |name: &str| number(name).map(|limit| i32::try_from(limit).unwrap_or(i32::MAX));
    ProductLimits {
        files: number("FilesTotalStorage").map(|bytes| FilesLimits { total_storage: Some(bytes) }),
        messages: small("MessagesHistory").map(|history| MessagesLimits { history: Some(history) }),
        teams: small("TeamsActive").map(|active| TeamsLimits { active: Some(active) }),
    }
}

impl Core {
    /// Mattermost's `GetCloudLimits`: an empty record where the operator sets none.
    #[must_use]
    pub fn get_cloud_limits(&self) -> ProductLimits {
        limits(&self.config.get())
    }

    /// Tells plugins and clients where a new configuration has other limits.
    pub(crate) fn cloud_limits_changed(&self, cx: &CallContext, old: &Config, new: &Config) {
        let now = limits(new);
        if limits(old) == now {
            return;
        }
        let event =
            Event::new("cloud_subscription_changed").data("subscription", json!(null)).data("limits", json!(now));
        self.publish(event.to_everyone());
        let told = Arc::new(now);
        self.runtime.observe::<OnCloudLimitsUpdated>(cx, |_| (told,));
    }
}
