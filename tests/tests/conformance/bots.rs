//! `wit/bots.wit`.

use serde_json::{Value, json};

use crate::{Case, error, success, world::NOBODY};

const UNKNOWN: &str = "store.sql_bot.get.missing.app_error";

async fn bot(case: &Case) -> Value {
    case.call_other("bots.create-bot", json!({"bot": {"username": case.name("robot")}})).await
}

async fn shown(case: &Case, bot: &Value) -> Value {
    let path = format!("/api/v4/bots/{}?include_deleted=true", bot["user_id"].as_str().unwrap());
    case.admin.get(&path).await.ok()
}

fn has(bots: &Value, bot: &Value) -> bool {
    bots.as_array().unwrap().iter().any(|other| other["user_id"] == bot["user_id"])
}

#[test]
fn create_bot_belongs_to_the_plugin() {
    success("bots.create-bot").run(async |case| {
        let name = case.name("robot");
        let arguments = json!({"bot": {"username": name, "display_name": "Robot", "description": "beeps"}});
        let bot = case.call(arguments).await;
        assert_eq!(bot["owner_id"], "conformance");
        assert_eq!(shown(case, &bot).await["description"], "beeps");
        let user = case.admin.get(&format!("/api/v4/users/username/{name}")).await.ok();
        assert_eq!((&user["is_bot"], &user["first_name"]), (&json!(true), &json!("Robot")));
    });
}

#[test]
fn create_bot_wants_a_free_name_and_no_bot_as_owner() {
    error("bots.create-bot").run(async |case| {
        let refusal = case.refused(json!({"bot": {"username": "bob"}})).await;
        refusal.is("app.user.save.username_exists.app_error", 400);
        let owner = bot(case).await;
        let owned = json!({"bot": {"username": case.name("robot"), "owner_id": owner["user_id"]}});
        case.refused(owned).await.is("app.bot.createbot.owner_is_bot.app_error", 400);
    });
}

#[test]
fn patch_bot_changes_what_is_named() {
    success("bots.patch-bot").run(async |case| {
        let bot = bot(case).await;
        let mut events = case.events(&case.bob.rest).await;
        let arguments = json!({"bot_user_id": bot["user_id"], "bot_patch": {"display_name": "Robbie"}});
        case.call(arguments).await;
        events.next_where("user_updated", |event| event["data"]["user"]["id"] == bot["user_id"]).await;
        let patched = shown(case, &bot).await;
        assert_eq!((&patched["display_name"], &patched["username"]), (&json!("Robbie"), &bot["username"]));
    });
}

#[test]
fn patch_bot_wants_a_bot() {
    error("bots.patch-bot").run(async |case| {
        case.refused(json!({"bot_user_id": NOBODY, "bot_patch": {}})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_bot_gives_a_deactivated_one_where_it_is_wanted() {
    success("bots.get-bot").run(async |case| {
        let bot = bot(case).await;
        case.admin.post(&format!("/api/v4/bots/{}/disable", bot["user_id"].as_str().unwrap()), &json!({})).await.ok();
        let found = case.call(json!({"bot_user_id": bot["user_id"], "include_deleted": true})).await;
        assert_eq!(found["username"], bot["username"]);
        case.refused(json!({"bot_user_id": bot["user_id"], "include_deleted": false})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_bot_wants_a_bot() {
    error("bots.get-bot").run(async |case| {
        case.refused(json!({"bot_user_id": case.bob.id, "include_deleted": true})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_bots_gives_a_page_of_an_owner() {
    success("bots.get-bots").run(async |case| {
        let bot = bot(case).await;
        let of = |owner: &str| json!({"options": {"owner_id": owner, "page": 0, "per_page": 10_000}});
        assert!(has(&case.call(of("conformance")).await, &bot));
        assert!(!has(&case.call(of("another-plugin")).await, &bot));
    });
}

#[test]
fn get_bots_tells_of_a_broken_store() {
    error("bots.get-bots").without_table("bots").run(async |case| {
        case.refused(json!({"options": {"per_page": 1}})).await.is_of_the_store();
    });
}

#[test]
fn update_bot_active_switches_it_off() {
    success("bots.update-bot-active").run(async |case| {
        let bot = bot(case).await;
        let switched = case.call(json!({"bot_user_id": bot["user_id"], "active": false})).await;
        assert!(switched["delete_at"].as_i64() > Some(0));
        assert!(shown(case, &bot).await["delete_at"].as_i64() > Some(0));
        let switched = case.call(json!({"bot_user_id": bot["user_id"], "active": true})).await;
        assert_eq!(switched["delete_at"], 0);
    });
}

#[test]
fn update_bot_active_wants_a_bot() {
    error("bots.update-bot-active").run(async |case| {
        case.refused(json!({"bot_user_id": NOBODY, "active": false})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn permanent_delete_bot_leaves_nothing_but_posts() {
    success("bots.permanent-delete-bot").run(async |case| {
        let bot = bot(case).await;
        case.call(json!({"bot_user_id": bot["user_id"]})).await;
        let user = case.admin.get(&format!("/api/v4/users/{}", bot["user_id"].as_str().unwrap())).await;
        assert_eq!(user.status, 404);
    });
}

#[test]
fn permanent_delete_bot_wants_a_bot() {
    error("bots.permanent-delete-bot").run(async |case| {
        let refusal = case.refused(json!({"bot_user_id": case.bob.id})).await;
        refusal.is("app.bot.permenent_delete.bad_id", 400);
        case.admin.get(&format!("/api/v4/users/{}", case.bob.id)).await.ok();
    });
}

#[test]
fn ensure_bot_user_makes_one_bot_and_follows_its_name() {
    success("bots.ensure-bot-user").run(async |case| {
        let name = case.name("ensured");
        let ensure = |name: &str| json!({"bot": {"username": name, "display_name": "One"}});
        let made = case.call(ensure(&name)).await;
        assert_eq!(case.call(ensure(&name)).await, made);
        let other = case.name("ensured");
        assert_eq!(case.call(ensure(&other)).await, made, "the plugin's bot is renamed");
        let bot = shown(case, &json!({"user_id": made})).await;
        assert_eq!((&bot["username"], &bot["owner_id"]), (&json!(other), &json!("conformance")));
    });
}

#[test]
fn ensure_bot_user_wants_a_name() {
    error("bots.ensure-bot-user").run(async |case| {
        let refusal = case.refused(json!({"bot": {"display_name": "One"}})).await;
        refusal.is("plugin_api.ensure_bot_user.no_username", 400);
    });
}
