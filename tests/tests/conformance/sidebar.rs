//! `wit/sidebar.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, Person, id},
};

/// What the user's own client sees.
async fn seen(case: &Case, user: &Person) -> Value {
    user.rest.get(&format!("/api/v4/users/me/teams/{}/channels/categories", case.team_id)).await.ok()
}

fn of(case: &Case, user: &Person) -> Value {
    json!({"user_id": user.id, "team_id": case.team_id})
}

fn with(mut arguments: Value, name: &str, value: Value) -> Value {
    arguments[name] = value;
    arguments
}

/// A new user in a new channel, whose sidebar is there.
async fn user_with_sidebar(case: &Case) -> (Person, Value) {
    let (user, channel) = (case.user().await, case.channel().await);
    case.join(&channel, &user).await;
    seen(case, &user).await;
    (user, channel)
}

#[test]
fn create_channel_sidebar_category_comes_behind_the_favorites() {
    success("sidebar.create-channel-sidebar-category").run(async |case| {
        let (user, channel) = user_with_sidebar(case).await;
        let mut events = case.events(&user.rest).await;
        let new = json!({"display_name": "Work", "channel_ids": [id(&channel)]});
        let category = case.call(with(of(case, &user), "new_category", new)).await;
        let told = events.next("sidebar_category_created").await;
        assert_eq!(told["data"]["category_id"], category["id"]);
        let seen = seen(case, &user).await;
        let work = &seen["categories"][1];
        assert_eq!((&seen["order"][1], &work["display_name"]), (&category["id"], &json!("Work")));
        assert_eq!((&work["channel_ids"], work["type"].as_str()), (&json!([channel["id"]]), Some("custom")));
        let others = seen["categories"][2]["channel_ids"].to_string();
        assert!(!others.contains(&id(&channel)), "a channel is in one category");
    });
}

#[test]
fn create_channel_sidebar_category_wants_a_sidebar() {
    error("sidebar.create-channel-sidebar-category").run(async |case| {
        let user = case.user().await;
        let new = with(of(case, &user), "new_category", json!({"display_name": "Work"}));
        case.refused(new).await.is("app.channel.sidebar_categories.app_error", 404);
    });
}

#[test]
fn get_channel_sidebar_categories_makes_the_three() {
    success("sidebar.get-channel-sidebar-categories").run(async |case| {
        let (user, channel) = (case.user().await, case.channel().await);
        case.join(&channel, &user).await;
        let favorite =
            json!([{"user_id": user.id, "category": "favorite_channel", "name": id(&channel), "value": "true"}]);
        user.rest.put("/api/v4/users/me/preferences", &favorite).await.ok();
        let found = case.call(of(case, &user)).await;
        let types: Vec<&Value> = (0..3).map(|at| &found["categories"][at]["type"]).collect();
        assert_eq!(types, ["favorites", "channels", "direct_messages"]);
        assert_eq!(found["categories"][0]["channel_ids"], json!([channel["id"]]));
        assert_eq!(found["order"], seen(case, &user).await["order"]);
    });
}

#[test]
fn get_channel_sidebar_categories_wants_a_user_and_a_team() {
    error("sidebar.get-channel-sidebar-categories").run(async |case| {
        let nobody = json!({"user_id": NOBODY, "team_id": case.team_id});
        case.refused(nobody).await.is("app.user.missing_account.const", 404);
        let nowhere = json!({"user_id": case.bob.id, "team_id": NOBODY});
        case.refused(nowhere).await.is("app.team.get.find.app_error", 404);
    });
}

#[test]
fn update_channel_sidebar_categories_moves_and_mutes() {
    success("sidebar.update-channel-sidebar-categories").run(async |case| {
        let (user, channel) = user_with_sidebar(case).await;
        let sidebar = case.call_other("sidebar.get-channel-sidebar-categories", of(case, &user)).await;
        let (mut favorites, mut channels) = (sidebar["categories"][0].clone(), sidebar["categories"][1].clone());
        favorites["channel_ids"] = json!([channel["id"]]);
        favorites["muted"] = json!(true);
        favorites["display_name"] = json!("Loved");
        let left = channels["channel_ids"].as_array().into_iter().flatten().filter(|one| **one != channel["id"]);
        channels["channel_ids"] = left.cloned().collect();
        let mut events = case.events(&user.rest).await;
        let updated = case.call(with(of(case, &user), "categories", json!([favorites, channels]))).await;
        assert_eq!(
            (updated[0]["display_name"].as_str(), updated[0]["muted"].as_bool()),
            (Some("Favorites"), Some(true))
        );
        events.next("sidebar_category_updated").await;
        assert_eq!(seen(case, &user).await["categories"][0]["channel_ids"], json!([channel["id"]]));
        let path = format!("/api/v4/users/me/preferences/favorite_channel/name/{}", id(&channel));
        assert_eq!(user.rest.get(&path).await.ok()["value"], "true");
        let member = user.rest.get(&format!("/api/v4/channels/{}/members/me", id(&channel))).await.ok();
        assert_eq!(member["notify_props"]["mark_unread"], "mention");
    });
}

#[test]
fn update_channel_sidebar_categories_wants_known_ones() {
    error("sidebar.update-channel-sidebar-categories").run(async |case| {
        let (user, _) = user_with_sidebar(case).await;
        let unknown = with(of(case, &user), "categories", json!([{"id": NOBODY}]));
        case.refused(unknown).await.is("app.channel.sidebar_categories.app_error", 404);
    });
}
