//! Access control by attributes: policies of plugins over their own resources, in CEL.
//!
//! An expression is untrusted: it is bounded in size before it is parsed ([`expression`]), checked
//! against the attributes there are, and its cost is known before it runs.

mod api;
mod attributes;
mod evaluate;
mod expression;
mod fields;
mod policies;
mod query;
#[cfg(test)]
mod tests;
mod visual;

use wasmoat_model::{AppError, is_valid_id, plugin_resource_type};

pub(crate) use self::expression::Expressions;
use crate::{Core, server::Feature};

/// Items of a page where the caller names no limit.
const PAGE: i64 = 50;

/// Items of a page at most.
const PAGE_MAX: i64 = 100;

impl Core {
    /// 501 while the operator has not turned access control on.
    fn require_access_control(&self, at: &str, id: &str) -> Result<(), AppError> {
        self.check_feature(Feature::AccessControl, at, id, 501)
    }

    /// The user in whose name a plugin acts must exist.
    async fn check_acting_user(&self, at: &str, user_id: &str) -> Result<(), AppError> {
        let unknown = |error: Option<AppError>| {
            let id = "app.access_control.plugin.invalid_acting_user.app_error";
            let refused = AppError::new(at, id, 400, "The acting user is no user.");
            error.map_or_else(|| refused.clone(), |error| refused.clone().detail(error))
        };
        if !is_valid_id(user_id) {
            return Err(unknown(None));
        }
        match self.get_user(user_id).await {
            Ok(_) => Ok(()),
            Err(error) if error.status_code == 404 => Err(unknown(Some(error))),
            Err(error) => Err(error),
        }
    }
}

/// A resource type must be the plugin's own.
fn check_resource_type(at: &str, plugin_id: &str, resource_type: &str) -> Result<(), AppError> {
    match plugin_resource_type(resource_type) {
        Some((owner, _)) if owner == plugin_id => Ok(()),
        Some(_) => {
            let id = "app.access_control.plugin.resource_type_forbidden.app_error";
            Err(AppError::new(at, id, 403, "The resource type is another plugin's."))
        }
        None => {
            let id = "app.access_control.plugin.unknown_resource_type.app_error";
            Err(AppError::new(at, id, 400, "A resource type is `PLUGIN-ID:TYPE`."))
        }
    }
}

fn invalid_id(at: &str) -> AppError {
    AppError::new(at, "app.access_control.plugin.invalid_id.app_error", 400, "An id has 26 letters and digits.")
}

/// 0 or less is the usual page, more than allowed the longest one.
fn page_limit(limit: i32) -> usize {
    let limit = if limit <= 0 { PAGE } else { i64::from(limit).min(PAGE_MAX) };
    usize::try_from(limit).unwrap_or_default()
}
