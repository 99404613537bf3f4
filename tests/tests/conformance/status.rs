//! `wit/status.wit`.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, Person},
};

const NO_USER: &str = "app.user.missing_account.const";

async fn shown(case: &Case, person: &Person) -> Value {
    case.admin.get(&format!("/api/v4/users/{}/status", person.id)).await.ok()
}

async fn custom(case: &Case, person: &Person) -> Value {
    let user = case.admin.get(&format!("/api/v4/users/{}", person.id)).await.ok();
    serde_json::from_str(user["props"]["customStatus"].as_str().unwrap_or_default()).unwrap_or_default()
}

fn at_lunch(user_id: &str) -> Value {
    json!({"user_id": user_id, "custom_status": {"emoji": "hamburger", "text": "Lunch"}})
}

#[test]
fn get_user_status_gives_what_the_user_chose() {
    success("status.get-user-status").run(async |case| {
        let person = case.user().await;
        let chosen = json!({"user_id": person.id, "status": "away"});
        person.rest.put("/api/v4/users/me/status", &chosen).await.ok();
        let status = case.call(json!({"user_id": person.id})).await;
        assert_eq!((&status["status"], &status["manual"]), (&json!("away"), &json!(true)));
    });
}

#[test]
fn get_user_status_wants_one() {
    error("status.get-user-status").run(async |case| {
        case.refused(json!({"user_id": NOBODY})).await.is("app.status.get.missing.app_error", 404);
    });
}

#[test]
fn get_user_status_is_empty_where_statuses_are_off() {
    let off = json!({"ServiceSettings": {"EnableUserStatuses": false}});
    success("status.get-user-status").settings(off).run(async |case| {
        assert_eq!(case.call(json!({"user_id": NOBODY})).await["user_id"], "");
    });
}

#[test]
fn get_user_statuses_by_ids_takes_strangers_for_offline() {
    success("status.get-user-statuses-by-ids").run(async |case| {
        let person = case.user().await;
        let chosen = json!({"user_id": person.id, "status": "dnd"});
        person.rest.put("/api/v4/users/me/status", &chosen).await.ok();
        let statuses = case.call(json!({"user_ids": [person.id, NOBODY]})).await;
        assert_eq!((&statuses[0]["status"], &statuses[1]["status"]), (&json!("dnd"), &json!("offline")));
    });
}

#[test]
fn get_user_statuses_by_ids_takes_a_thousand() {
    error("status.get-user-statuses-by-ids").run(async |case| {
        let refusal = case.refused(json!({"user_ids": vec![NOBODY; 1001]})).await;
        refusal.is("plugin.api.get_user_statuses_by_ids.too_many", 400);
    });
}

#[test]
fn update_user_status_is_told_to_the_user() {
    success("status.update-user-status").run(async |case| {
        let person = case.user().await;
        let mut events = case.events(&person.rest).await;
        let status = case.call(json!({"user_id": person.id, "status": "away"})).await;
        assert_eq!(status["status"], "away");
        events.next_where("status_change", |event| event["data"]["status"] == "away").await;
        assert_eq!(shown(case, &person).await["manual"], true);
    });
}

#[test]
fn update_user_status_knows_four() {
    error("status.update-user-status").run(async |case| {
        for status in ["ooo", "asleep", ""] {
            let refusal = case.refused(json!({"user_id": case.bob.id, "status": status})).await;
            refusal.is("plugin.api.update_user_status.bad_status", 400);
        }
        case.refused(json!({"user_id": NOBODY, "status": "away"})).await.is(NO_USER, 404);
    });
}

#[test]
fn set_user_status_timed_dnd_ends_by_the_minute() {
    success("status.set-user-status-timed-dnd").run(async |case| {
        let person = case.user().await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let end = now + 3601;
        let status = case.call(json!({"user_id": person.id, "endtime": end})).await;
        assert_eq!((&status["status"], &status["dnd_end_time"]), (&json!("dnd"), &json!(end / 60 * 60)));
        assert_eq!(shown(case, &person).await["status"], "dnd");
        case.call(json!({"user_id": person.id, "endtime": now - 120})).await;
        assert_ne!(shown(case, &person).await["status"], "dnd", "its time is over");
    });
}

#[test]
fn set_user_status_timed_dnd_wants_a_user() {
    error("status.set-user-status-timed-dnd").run(async |case| {
        case.refused(json!({"user_id": NOBODY, "endtime": 0})).await.is(NO_USER, 404);
    });
}

#[test]
fn update_user_custom_status_is_shown_and_remembered() {
    success("status.update-user-custom-status").run(async |case| {
        let person = case.user().await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(at_lunch(&person.id)).await;
        events.next_where("user_updated", |event| event["data"]["user"]["id"] == *person.id).await;
        assert_eq!(custom(case, &person).await["text"], "Lunch");
        let path = "/api/v4/users/me/preferences/custom_status/name/recent_custom_statuses";
        let recent = person.rest.get(path).await.ok();
        let recent: Value = serde_json::from_str(recent["value"].as_str().unwrap()).unwrap();
        assert_eq!(recent[0]["emoji"], "hamburger");
        let long = json!({"user_id": person.id, "custom_status": {"text": "ä".repeat(120)}});
        case.call(long).await;
        let status = custom(case, &person).await;
        assert_eq!((&status["text"], &status["emoji"]), (&json!("ä".repeat(100)), &json!("speech_balloon")));
    });
}

#[test]
fn update_user_custom_status_wants_something_to_show() {
    error("status.update-user-custom-status").run(async |case| {
        let status = |emoji: &str| json!({"user_id": case.bob.id, "custom_status": {"emoji": emoji}});
        case.refused(status("")).await.is("api.custom_status.set_custom_statuses.update.app_error", 400);
        let unknown = "api.custom_status.set_custom_statuses.emoji_not_found.app_error";
        case.refused(status("no_such_emoji")).await.is(unknown, 400);
        case.refused(at_lunch(NOBODY)).await.is(NO_USER, 404);
    });
}

#[test]
fn remove_user_custom_status_takes_it_away() {
    success("status.remove-user-custom-status").run(async |case| {
        let person = case.user().await;
        case.call_other("status.update-user-custom-status", at_lunch(&person.id)).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"user_id": person.id})).await;
        events.next_where("user_updated", |event| event["data"]["user"]["id"] == *person.id).await;
        assert!(custom(case, &person).await.is_null());
    });
}

#[test]
fn remove_user_custom_status_wants_a_user() {
    error("status.remove-user-custom-status").run(async |case| {
        case.refused(json!({"user_id": NOBODY})).await.is(NO_USER, 404);
    });
}
