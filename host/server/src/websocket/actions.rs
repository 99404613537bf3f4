//! What a client can do over its websocket.

use serde_json::{Map, Value, json};
use wasmoat_core::{Core, server::SERVER_VERSION};
use wasmoat_model::{AppError, Session, Status, now_ms};

use super::request::Request;

/// What an action answers: data, or nothing but OK.
pub(super) type Reply = Result<Option<Map<String, Value>>, AppError>;

/// The text of an answer: without `seq`, which counts events alone.
pub(super) fn frame(seq: i64, reply: Reply) -> String {
    match reply {
        Ok(None) => json!({"status": "OK", "seq_reply": seq}),
        Ok(Some(data)) => json!({"status": "OK", "seq_reply": seq, "data": data}),
        Err(error) => json!({"status": "FAIL", "seq_reply": seq, "error": error}),
    }
    .to_string()
}

fn refused(id: &str, status: u16, message: &str) -> AppError {
    AppError::new("ServeWebSocket", id, status, message)
}

fn invalid(name: &str) -> AppError {
    refused("api.websocket_handler.invalid_param.app_error", 400, &format!("Invalid {name} parameter."))
}

/// Answers a request.
pub(super) async fn answer(core: &Core, session: Option<&Session>, request: &Request) -> Reply {
    if request.action.is_empty() {
        return Err(refused("api.web_socket_router.no_action.app_error", 400, "The request has no action."));
    }
    if request.seq <= 0 {
        return Err(refused("api.web_socket_router.bad_seq.app_error", 400, "The request's seq counts from 1."));
    }
    let Some(session) = session else {
        return Err(refused(
            "api.web_socket_router.not_authenticated.app_error",
            401,
            "The connection is not logged in.",
        ));
    };
    match request.action.as_str() {
        "ping" => {
            let pong = json!({"text": "pong", "version": SERVER_VERSION, "server_time": now_ms(), "node_id": ""});
            Ok(pong.as_object().cloned())
        }
        "user_typing" => user_typing(core, session, request).await,
        "user_update_active_status" => user_update_active_status(core, session, request).await,
        "get_statuses" => Ok(Some(by_user(core.get_all_statuses().await?))),
        "get_statuses_by_ids" => get_statuses_by_ids(core, request).await,
        // Which channel is in view narrows typing and reaction events where scoping is on; it is
        // off here, and every event is sent.
        "presence" | "posted_notify_ack" => Ok(None),
        action => {
            let text = format!("There is no action `{action}`.");
            Err(refused("api.web_socket_router.bad_action.app_error", 500, &text))
        }
    }
}

async fn user_typing(core: &Core, session: &Session, request: &Request) -> Reply {
    let channel_id = request.text("channel_id");
    if !wasmoat_model::is_valid_id(channel_id) {
        return Err(invalid("channel_id"));
    }
    if !core.session_has_permission_to_channel(session, channel_id, "create_post").await {
        return Err(invalid("channel_id"));
    }
    core.publish_user_typing(&session.user_id, channel_id, request.text("parent_id"))?;
    Ok(None)
}

async fn user_update_active_status(core: &Core, session: &Session, request: &Request) -> Reply {
    let active = request.flag("user_is_active").ok_or_else(|| invalid("user_is_active"))?;
    let manual = request.flag("manual").unwrap_or_default();
    if active {
        core.set_status_active(&session.user_id, manual).await;
    } else {
        core.set_status_away_if_needed(&session.user_id, manual).await;
    }
    Ok(None)
}

async fn get_statuses_by_ids(core: &Core, request: &Request) -> Reply {
    let ids: Vec<String> = request
        .data
        .get("user_ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    if ids.is_empty() {
        return Err(invalid("user_ids"));
    }
    Ok(Some(by_user(core.get_user_statuses_by_ids(&ids).await?)))
}

fn by_user(statuses: Vec<Status>) -> Map<String, Value> {
    statuses.into_iter().map(|status| (status.user_id, status.status.into())).collect()
}
