//! `wit/sessions.wit`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wasmoat_tests::Rest;

use crate::{
    Case, error, success,
    world::{NOBODY, Person, id},
};

const UNKNOWN: &str = "app.session.get.app_error";

/// The answer to somebody who comes with a token.
async fn status_with(case: &Case, token: &Value) -> StatusCode {
    let request = case.server.stranger().request(Method::GET, "/api/v4/users/me");
    Rest::send(request.bearer_auth(token.as_str().unwrap())).await.status
}

/// The one session of a new person.
async fn only_session(person: &Person) -> Value {
    person.rest.get("/api/v4/users/me/sessions").await.ok()[0].clone()
}

#[test]
fn get_session_gives_the_token_too() {
    success("sessions.get-session").run(async |case| {
        let person = case.user().await;
        let session = case.call(json!({"session_id": id(&only_session(&person).await)})).await;
        assert_eq!((&session["user_id"], &session["token"]), (&json!(person.id), &json!(person.rest.token())));
    });
}

#[test]
fn get_session_wants_a_session() {
    error("sessions.get-session").run(async |case| {
        case.refused(json!({"session_id": NOBODY})).await.is(UNKNOWN, 400);
    });
}

#[test]
fn create_session_makes_a_token_that_logs_in() {
    success("sessions.create-session").run(async |case| {
        let person = case.user().await;
        let session = case.call(json!({"session": {"user_id": person.id, "roles": "system_user"}})).await;
        assert_eq!(session["expires_at"], 0);
        assert_eq!(status_with(case, &session["token"]).await, 200);
    });
}

#[test]
fn create_session_wants_a_user_and_a_new_id() {
    error("sessions.create-session").run(async |case| {
        let refusal = case.refused(json!({"session": {"user_id": "bob"}})).await;
        refusal.is("model.session.is_valid.user_id.app_error", 400);
        let taken = id(&only_session(&case.user().await).await);
        let refusal = case.refused(json!({"session": {"id": taken, "user_id": case.bob.id}})).await;
        refusal.is("app.session.save.existing.app_error", 400);
    });
}

#[test]
fn extend_session_expiry_may_end_it_too() {
    success("sessions.extend-session-expiry").run(async |case| {
        let person = case.user().await;
        let session = id(&only_session(&person).await);
        let later = 4_000_000_000_000_i64;
        case.call(json!({"session_id": session, "new_expiry": later})).await;
        assert_eq!(only_session(&person).await["expires_at"], later);
        case.call(json!({"session_id": session, "new_expiry": 1})).await;
        assert_eq!(person.rest.get("/api/v4/users/me").await.status, 401);
    });
}

#[test]
fn extend_session_expiry_wants_a_session() {
    error("sessions.extend-session-expiry").run(async |case| {
        let refusal = case.refused(json!({"session_id": NOBODY, "new_expiry": 1})).await;
        refusal.is("app.session.get_sessions.app_error", 500);
    });
}

#[test]
fn revoke_session_ends_it() {
    success("sessions.revoke-session").run(async |case| {
        let person = case.user().await;
        case.call(json!({"session_id": id(&only_session(&person).await)})).await;
        assert_eq!(person.rest.get("/api/v4/users/me").await.status, 401);
    });
}

#[test]
fn revoke_session_wants_a_session() {
    error("sessions.revoke-session").run(async |case| {
        case.refused(json!({"session_id": NOBODY})).await.is(UNKNOWN, 400);
    });
}

/// A token for a new bot, which needs no setting.
async fn token_of_a_bot(case: &Case) -> Value {
    let bot = case.call_other("bots.create-bot", json!({"bot": {"username": case.name("tokened")}})).await;
    let token = json!({"token": {"user_id": bot["user_id"], "description": "a test's"}});
    case.call_other("sessions.create-user-access-token", token).await
}

#[test]
fn create_user_access_token_logs_in() {
    success("sessions.create-user-access-token").run(async |case| {
        let token = token_of_a_bot(case).await;
        assert_eq!(token["is_active"], true);
        assert_eq!(status_with(case, &token["token"]).await, 200);
        let shown = case.admin.get(&format!("/api/v4/users/tokens/{}", id(&token))).await.ok();
        assert_eq!((&shown["description"], shown.get("token")), (&json!("a test's"), None));
    });
}

#[test]
fn create_user_access_token_wants_the_setting() {
    error("sessions.create-user-access-token").run(async |case| {
        let token = |user_id: &str| json!({"token": {"user_id": user_id, "description": "d"}});
        case.refused(token(&case.bob.id)).await.is("app.user_access_token.disabled", 501);
        case.refused(token(NOBODY)).await.is("app.user.missing_account.const", 404);
    });
}

#[test]
fn revoke_user_access_token_ends_its_session() {
    success("sessions.revoke-user-access-token").run(async |case| {
        let token = token_of_a_bot(case).await;
        assert_eq!(status_with(case, &token["token"]).await, 200);
        case.call(json!({"token_id": token["id"]})).await;
        assert_eq!(status_with(case, &token["token"]).await, 401);
    });
}

#[test]
fn revoke_user_access_token_wants_a_token() {
    error("sessions.revoke-user-access-token").run(async |case| {
        let refusal = case.refused(json!({"token_id": NOBODY})).await;
        refusal.is("app.user_access_token.get_by_user.app_error", 404);
    });
}
