//! Properties: groups, the fields in them, and the values of fields on posts, channels and users.

mod access;
mod api;
mod check;
mod create;
mod delete;
mod events;
mod groups;
mod links;
mod read;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod update;
mod value_write;
mod values;

use wasmoat_model::AppError;

/// Items of a page, and of a call, at most.
pub(crate) const ITEMS_AT_ONCE: usize = 1000;

/// Live fields of a group at most.
const FIELDS_PER_GROUP: i64 = 5000;

/// Live user attributes at most, as in Mattermost.
const USER_ATTRIBUTES: i64 = 20;

/// Who asks, by which the rules of a field decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyCaller {
    /// The server itself: no rule holds it.
    Core,
    /// A plugin, and the scope it acts as; empty for none.
    Plugin {
        /// Its id.
        id: String,
        /// The scope.
        scope: String,
    },
    /// A user, whose permissions the REST layer has checked.
    User {
        /// Its id.
        id: String,
        /// The connection that needs no event of what it does itself; empty for none.
        connection_id: String,
    },
}

impl PropertyCaller {
    /// The user, for `created_by` and `updated_by`.
    fn user_id(&self) -> &str {
        match self {
            Self::User { id, .. } => id,
            Self::Core | Self::Plugin { .. } => "",
        }
    }

    /// The connection that needs no event.
    fn connection_id(&self) -> &str {
        match self {
            Self::User { connection_id, .. } => connection_id,
            Self::Core | Self::Plugin { .. } => "",
        }
    }

    /// Whether this is the plugin.
    fn is_plugin(&self, plugin_id: &str) -> bool {
        matches!(self, Self::Plugin { id, .. } if id == plugin_id)
    }
}

fn denied(at: &str, reason: &str) -> AppError {
    AppError::new(at, "app.property.access_denied.app_error", 403, reason)
}

fn field_not_found(at: &str) -> AppError {
    AppError::new(at, "app.property_field.not_found.app_error", 404, "There is no such property field.")
}

fn value_not_found(at: &str) -> AppError {
    AppError::new(at, "app.property.not_found.app_error", 404, "There is no such property value.")
}

fn invalid_field(at: &str, reason: &str) -> AppError {
    AppError::new(at, "app.property_field.invalid_input.app_error", 400, reason)
}

fn invalid_value(at: &str, reason: &str) -> AppError {
    AppError::new(at, "app.property_value.invalid_input.app_error", 400, reason)
}

/// A batch has something in it, and not too much.
fn check_batch(at: &str, count: usize, invalid: fn(&str, &str) -> AppError) -> Result<(), AppError> {
    match count {
        0 => Err(invalid(at, "The list is empty.")),
        1..=ITEMS_AT_ONCE => Ok(()),
        _ => Err(invalid(at, "At most 1000 at once.")),
    }
}
