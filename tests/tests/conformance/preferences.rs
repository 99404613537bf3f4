//! `wit/preferences.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, Person},
};

fn preference(person: &Person, value: &str) -> Value {
    json!({"user_id": person.id, "category": "pp_conformance", "name": "colour", "value": value})
}

/// The user has set a preference.
async fn set(person: &Person, value: &str) {
    person.rest.put("/api/v4/users/me/preferences", &json!([preference(person, value)])).await.ok();
}

fn named(person: &Person, name: &str) -> Value {
    json!({"user_id": person.id, "category": "pp_conformance", "name": name})
}

fn of_bob_for(case: &Case, user_id: &str) -> Value {
    json!({"user_id": user_id, "preferences": [preference(&case.bob, "red")]})
}

#[test]
fn get_preference_for_user_gives_it() {
    success("preferences.get-preference-for-user").run(async |case| {
        let person = case.user().await;
        set(&person, "red").await;
        assert_eq!(case.call(named(&person, "colour")).await, preference(&person, "red"));
    });
}

#[test]
fn get_preference_for_user_wants_one() {
    error("preferences.get-preference-for-user").run(async |case| {
        case.refused(named(&case.bob, "shape")).await.is("app.preference.get.app_error", 400);
    });
}

#[test]
fn get_preferences_for_user_gives_all() {
    success("preferences.get-preferences-for-user").run(async |case| {
        let person = case.user().await;
        set(&person, "red").await;
        let all = case.call(json!({"user_id": person.id})).await;
        assert!(all.as_array().unwrap().contains(&preference(&person, "red")));
        assert_eq!(case.call(json!({"user_id": NOBODY})).await, json!([]));
    });
}

#[test]
fn get_preferences_for_user_tells_of_a_broken_store() {
    error("preferences.get-preferences-for-user").without_table("preferences").run(async |case| {
        case.refused(json!({"user_id": case.bob.id})).await.is_of_the_store();
    });
}

#[test]
fn update_preferences_for_user_is_told_to_the_user() {
    success("preferences.update-preferences-for-user").run(async |case| {
        let person = case.user().await;
        let mut events = case.events(&person.rest).await;
        case.call(json!({"user_id": person.id, "preferences": [preference(&person, "blue")]})).await;
        events.next("sidebar_category_updated").await;
        events.next("preferences_changed").await;
        let path = "/api/v4/users/me/preferences/pp_conformance/name/colour";
        assert_eq!(person.rest.get(path).await.ok()["value"], "blue");
    });
}

#[test]
fn update_preferences_for_user_wants_own_ones() {
    error("preferences.update-preferences-for-user").run(async |case| {
        let person = case.user().await;
        let refusal = case.refused(of_bob_for(case, &person.id)).await;
        refusal.is("api.preference.update_preferences.set.app_error", 403);
    });
}

#[test]
fn delete_preferences_for_user_is_told_to_the_user() {
    success("preferences.delete-preferences-for-user").run(async |case| {
        let person = case.user().await;
        set(&person, "red").await;
        let mut events = case.events(&person.rest).await;
        case.call(json!({"user_id": person.id, "preferences": [preference(&person, "")]})).await;
        events.next("preferences_deleted").await;
        assert_eq!(person.rest.get("/api/v4/users/me/preferences/pp_conformance").await.status, 404);
    });
}

#[test]
fn delete_preferences_for_user_wants_own_ones() {
    error("preferences.delete-preferences-for-user").run(async |case| {
        let person = case.user().await;
        let refusal = case.refused(of_bob_for(case, &person.id)).await;
        refusal.is("api.preference.delete_preferences.delete.app_error", 403);
    });
}
