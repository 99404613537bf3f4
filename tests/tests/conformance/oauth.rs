//! `wit/oauth.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

const UNKNOWN: &str = "app.oauth.get_app.find.app_error";
const OFF: &str = "api.oauth.allow_oauth.turn_off.app_error";

fn provider() -> Value {
    json!({"ServiceSettings": {"EnableOAuthServiceProvider": true}})
}

fn board(case: &Case) -> Value {
    json!({
        "creator_id": case.admin_id, "name": "Board", "homepage": "https://board.example.org",
        "callback_urls": ["https://board.example.org/back"],
    })
}

async fn registered(case: &Case) -> Value {
    case.call_other("oauth.create-oauth-app", json!({"app": board(case)})).await
}

async fn shown(case: &Case, app: &Value) -> Value {
    case.admin.get(&format!("/api/v4/oauth/apps/{}", id(app))).await.ok()
}

#[test]
fn create_oauth_app_makes_the_secret() {
    success("oauth.create-oauth-app").settings(provider()).run(async |case| {
        let mut wanted = board(case);
        wanted["client_secret"] = json!("chosen");
        let app = case.call(json!({"app": wanted})).await;
        assert_eq!(app["client_secret"].as_str().map(str::len), Some(26));
        assert_eq!(shown(case, &app).await["client_secret"], app["client_secret"]);
    });
}

#[test]
fn create_oauth_app_wants_a_provider() {
    error("oauth.create-oauth-app").run(async |case| {
        let refusal = case.refused(json!({"app": board(case)})).await;
        refusal.is("api.oauth.register_oauth_app.turn_off.app_error", 501);
    });
}

#[test]
fn create_oauth_app_wants_somewhere_to_go_back_to() {
    error("oauth.create-oauth-app").settings(provider()).run(async |case| {
        let mut wanted = board(case);
        wanted["callback_urls"] = json!([]);
        case.refused(json!({"app": wanted})).await.is("model.oauth.is_valid.callback.app_error", 400);
    });
}

#[test]
fn get_oauth_app_gives_the_secret_too() {
    success("oauth.get-oauth-app").settings(provider()).run(async |case| {
        let created = case.admin.post("/api/v4/oauth/apps", &board(case)).await.ok();
        let app = case.call(json!({"app_id": created["id"]})).await;
        assert_eq!((&app["name"], &app["client_secret"]), (&json!("Board"), &created["client_secret"]));
    });
}

#[test]
fn get_oauth_app_wants_an_app() {
    error("oauth.get-oauth-app").settings(provider()).run(async |case| {
        case.refused(json!({"app_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_oauth_app_wants_a_provider() {
    error("oauth.get-oauth-app").run(async |case| {
        case.refused(json!({"app_id": NOBODY})).await.is(OFF, 501);
    });
}

#[test]
fn update_oauth_app_keeps_creator_and_secret() {
    success("oauth.update-oauth-app").settings(provider()).run(async |case| {
        let app = registered(case).await;
        let mut wanted = board(case);
        wanted["id"] = app["id"].clone();
        wanted["creator_id"] = json!(case.bob.id);
        wanted["description"] = json!("Cards in columns");
        case.call(json!({"app": wanted})).await;
        let stored = shown(case, &app).await;
        assert_eq!(stored["description"], "Cards in columns");
        assert_eq!((&stored["creator_id"], &stored["client_secret"]), (&app["creator_id"], &app["client_secret"]));
    });
}

#[test]
fn update_oauth_app_wants_an_app() {
    error("oauth.update-oauth-app").settings(provider()).run(async |case| {
        let mut wanted = board(case);
        wanted["id"] = json!(NOBODY);
        case.refused(json!({"app": wanted})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn delete_oauth_app_deletes() {
    success("oauth.delete-oauth-app").settings(provider()).run(async |case| {
        let app = registered(case).await;
        case.call(json!({"app_id": app["id"]})).await;
        assert_eq!(case.admin.get(&format!("/api/v4/oauth/apps/{}", id(&app))).await.status, 404);
    });
}

#[test]
fn delete_oauth_app_wants_an_app() {
    error("oauth.delete-oauth-app").settings(provider()).run(async |case| {
        case.refused(json!({"app_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn delete_oauth_app_wants_a_provider() {
    error("oauth.delete-oauth-app").run(async |case| {
        case.refused(json!({"app_id": NOBODY})).await.is(OFF, 501);
    });
}
