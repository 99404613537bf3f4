//! What users do through the API: written down on its way, read at `/api/v4/audits`.

use axum::{
    Json, Router,
    extract::Path,
    http::{Method, StatusCode},
    routing::get,
};
use serde_json::json;
use wasmoat_core::{Core, audit::Level};
use wasmoat_model::{AppError, Audit, AuditEventActor, AuditEventData, AuditEventError, AuditRecord};

use crate::{Answer, Auth, Paging, Server, auth::RequestInfo, users::valid_id};

/// Most audits of one user that are shown at once.
const OF_A_USER: i64 = 100;

/// Parts of routes that talk, look or present, and administer nothing.
const CHATTER: [&str; 19] = [
    "/posts",
    "/reactions",
    "/channels/members",
    "/status",
    "/typing",
    "/preferences",
    "/search",
    "/ids",
    "/usernames",
    "/names",
    "/view",
    "/autocomplete",
    "/drafts",
    "/actions/",
    "/commands/execute",
    "/uploads",
    "/files",
    "/threads",
    "/notifications/",
];

/// What is only read and yet written down.
const READS: [&str; 1] = ["/system/support_packet"];

pub(crate) fn routes() -> Router<Server> {
    Router::new().route("/audits", get(get_audits)).route("/users/{user_id}/audits", get(get_user_audits))
}

async fn get_audits(Auth(rc): Auth, paging: Paging) -> Answer<Vec<Audit>> {
    rc.require("read_audits").await?;
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(Json(rc.core.get_audits_page("", number(paging.offset()), number(paging.per_page)).await?))
}

async fn get_user_audits(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Audit>> {
    let user_id = valid_id(rc.me(&id), "user_id")?;
    rc.require_user(user_id).await?;
    Ok(Json(rc.core.get_audits_page(user_id, 0, OF_A_USER).await?))
}

fn is_audited(method: &Method, path: &str) -> bool {
    let Some(route) = path.strip_prefix("/api/v4") else { return false };
    let named = |parts: &[&str]| parts.iter().any(|part| route.contains(part));
    if method == Method::GET || method == Method::HEAD { named(&READS) } else { !named(&CHATTER) }
}

/// Writes a request down that changed something or tried to. Never waits.
pub(crate) fn note(
    core: &Core,
    (method, path): (&Method, &str),
    info: &RequestInfo,
    status: StatusCode,
    error: Option<&AppError>,
) {
    if !is_audited(method, path) {
        return;
    }
    let session = info.session.get();
    let user_id = session.map(|session| session.user_id.clone()).unwrap_or_default();
    let session_id = session.map(|session| session.id.clone()).unwrap_or_default();
    let outcome = if status.is_success() { "success" } else { "fail" };
    let context = &info.plugin_context;
    core.save_audit(Audit {
        user_id: user_id.clone(),
        action: path.to_owned(),
        extra_info: error.map_or_else(|| outcome.to_owned(), |error| format!("{outcome} {}", error.id)),
        ip_address: context.ip_address.clone(),
        session_id: session_id.clone(),
        ..Audit::default()
    });
    let rec = AuditRecord {
        event_name: format!("{method} {path}"),
        status: outcome.to_owned(),
        event: AuditEventData::default(),
        actor: AuditEventActor {
            user_id,
            session_id,
            client: context.user_agent.clone(),
            ip_address: context.ip_address.clone(),
            ..AuditEventActor::default()
        },
        meta: json!({ "api_path": path, "request_id": context.request_id }).to_string(),
        error: error.map_or_else(AuditEventError::default, |error| AuditEventError {
            description: error.id.clone(),
            status_code: error.status_code,
        }),
    };
    core.log_audit_rec(&rec, Level::Api);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_administers_is_written_down_and_what_talks_is_not() {
        for (method, path, expected) in [
            (Method::POST, "/api/v4/plugins", true),
            (Method::PUT, "/api/v4/config/patch", true),
            (Method::POST, "/api/v4/users/login", true),
            (Method::GET, "/api/v4/system/support_packet", true),
            (Method::GET, "/api/v4/users/me", false),
            (Method::POST, "/api/v4/posts", false),
            (Method::POST, "/api/v4/users/status/ids", false),
            (Method::POST, "/plugins/x/vote", false),
        ] {
            assert_eq!(is_audited(&method, path), expected, "{method} {path}");
        }
    }
}
