//! The SQL of sessions and personal access tokens.

use wasmoat_model::{Session, UserAccessToken};

use crate::store::record;

record!(
    Session,
    "sessions",
    key[id],
    [token, create_at, expires_at, last_activity_at, user_id, device_id, roles, is_oauth, expired_notify, props,]
);

record!(UserAccessToken, "user_access_tokens", key[id], [token, user_id, description, is_active, expires_at]);
