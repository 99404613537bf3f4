//! `wit/channels.wit`. Guards and data retention have files of their own.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

const MISSING: &str = "app.channel.get.existing.app_error";

fn new_channel(case: &Case, name: &str) -> Value {
    json!({"channel": {"team_id": case.team_id, "name": name, "display_name": name, "type": "open"}})
}

fn of(channel: &Value) -> Value {
    json!({"channel_id": id(channel)})
}

/// What the admin's client sees.
async fn seen(case: &Case, channel: &Value) -> Value {
    case.admin.get(&format!("/api/v4/channels/{}", id(channel))).await.ok()
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(id).collect()
}

#[test]
fn create_channel_makes_it_without_members() {
    success("channels.create-channel").run(async |case| {
        let name = case.name("made");
        let channel = case.call(new_channel(case, &name)).await;
        assert_eq!(seen(case, &channel).await["name"], *name);
        let stats = case.admin.get(&format!("/api/v4/channels/{}/stats", id(&channel))).await.ok();
        assert_eq!(stats["member_count"], 0);
    });
}

#[test]
fn create_channel_refuses_taken_names_and_direct_messages() {
    error("channels.create-channel").run(async |case| {
        let taken = new_channel(case, "town-square");
        case.refused(taken).await.is("store.sql_channel.save_channel.exists.app_error", 400);
        let mut direct = new_channel(case, &case.name("direct"));
        direct["channel"]["type"] = json!("direct");
        case.refused(direct).await.is("api.channel.create_channel.direct_channel.app_error", 400);
    });
}

#[test]
fn delete_channel_archives_it() {
    success("channels.delete-channel").run(async |case| {
        let channel = case.channel().await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(of(&channel)).await;
        let is_meant = |event: &Value| event["data"]["channel_id"] == channel["id"];
        events.next_where("channel_deleted", is_meant).await;
        assert!(seen(case, &channel).await["delete_at"].as_i64() > Some(0));
    });
}

#[test]
fn delete_channel_spares_town_square() {
    error("channels.delete-channel").run(async |case| {
        let square = format!("/api/v4/teams/{}/channels/name/town-square", case.team_id);
        let square = case.admin.get(&square).await.ok();
        case.refused(of(&square)).await.is("api.channel.delete_channel.cannot.app_error", 400);
        let channel = case.channel().await;
        case.call_other("channels.delete-channel", of(&channel)).await;
        case.refused(of(&channel)).await.is("api.channel.delete_channel.deleted.app_error", 400);
    });
}

#[test]
fn get_public_channels_for_team_pages() {
    success("channels.get-public-channels-for-team").run(async |case| {
        let team = json!({"name": case.name("team"), "display_name": "T", "type": "O"});
        let team = id(&case.admin.post("/api/v4/teams", &team).await.ok());
        let page = async |page: i32| {
            let found = case.call(json!({"team_id": team, "page": page, "per_page": 1})).await;
            found[0]["name"].as_str().map(str::to_owned)
        };
        assert_eq!(page(0).await.as_deref(), Some("off-topic"));
        assert_eq!(page(1).await.as_deref(), Some("town-square"));
        assert_eq!(page(2).await, None);
    });
}

#[test]
fn get_public_channels_for_team_tells_of_a_broken_store() {
    error("channels.get-public-channels-for-team").without_table("channels").run(async |case| {
        case.refused(json!({"team_id": NOBODY, "page": 0, "per_page": 1})).await.is_of_the_store();
    });
}

#[test]
fn get_channel_gives_archived_ones_too() {
    success("channels.get-channel").run(async |case| {
        let channel = case.channel().await;
        case.call_other("channels.delete-channel", of(&channel)).await;
        let found = case.call(of(&channel)).await;
        assert_eq!((&found["name"], &found["delete_at"]), (&channel["name"], &seen(case, &channel).await["delete_at"]));
    });
}

#[test]
fn get_channel_wants_one() {
    error("channels.get-channel").run(async |case| case.refused(json!({"channel_id": NOBODY})).await.is(MISSING, 404));
}

#[test]
fn get_channel_by_name_gives_it() {
    success("channels.get-channel-by-name").run(async |case| {
        let channel = case.channel().await;
        let named = json!({"team_id": case.team_id, "name": channel["name"], "include_deleted": false});
        assert_eq!(case.call(named).await["id"], channel["id"]);
    });
}

#[test]
fn get_channel_by_name_hides_archived_ones() {
    error("channels.get-channel-by-name").run(async |case| {
        let channel = case.channel().await;
        case.call_other("channels.delete-channel", of(&channel)).await;
        let mut named = json!({"team_id": case.team_id, "name": channel["name"], "include_deleted": false});
        case.refused(named.clone()).await.is("app.channel.get_by_name.missing.app_error", 404);
        named["include_deleted"] = json!(true);
        case.call(named).await;
    });
}

#[test]
fn get_channel_by_name_for_team_name_gives_it() {
    success("channels.get-channel-by-name-for-team-name").run(async |case| {
        let channel = case.channel().await;
        let named = json!({
            "team_name": "conformance-team", "channel_name": channel["name"], "include_deleted": false,
        });
        assert_eq!(case.call(named).await["id"], channel["id"]);
    });
}

#[test]
fn get_channel_by_name_for_team_name_wants_both() {
    error("channels.get-channel-by-name-for-team-name").run(async |case| {
        let named = |team: &str| json!({"team_name": team, "channel_name": "nothing", "include_deleted": true});
        case.refused(named("no-team")).await.is("app.team.get_by_name.missing.app_error", 404);
        case.refused(named("conformance-team")).await.is("app.channel.get_by_name.missing.app_error", 404);
    });
}

#[test]
fn get_channels_for_team_for_user_gives_those_of_the_user() {
    success("channels.get-channels-for-team-for-user").run(async |case| {
        let (user, channel) = (case.user().await, case.channel().await);
        case.join(&channel, &user).await;
        let direct = json!({"user_id1": user.id, "user_id2": case.bob.id});
        let direct = case.call_other("channels.get-direct-channel", direct).await;
        let mine = json!({"team_id": case.team_id, "user_id": user.id, "include_deleted": false});
        let found = ids(&case.call(mine).await);
        assert!(found.contains(&id(&channel)) && found.contains(&id(&direct)) && found.len() == 4, "{found:?}");
    });
}

#[test]
fn get_channels_for_team_for_user_wants_some() {
    error("channels.get-channels-for-team-for-user").run(async |case| {
        let nobody = json!({"team_id": "", "user_id": NOBODY, "include_deleted": true});
        case.refused(nobody).await.is("app.channel.get_channels.not_found.app_error", 404);
    });
}

#[test]
fn get_channel_stats_counts_members() {
    success("channels.get-channel-stats").run(async |case| {
        let channel = case.channel().await;
        let stats = case.call(of(&channel)).await;
        let seen = case.admin.get(&format!("/api/v4/channels/{}/stats", id(&channel))).await.ok();
        assert_eq!((&stats["member_count"], &stats["member_count"]), (&seen["member_count"], &json!(2)));
    });
}

#[test]
fn get_channel_stats_tells_of_a_broken_store() {
    error("channels.get-channel-stats").without_table("channel_members").run(async |case| {
        case.refused(json!({"channel_id": NOBODY})).await.is_of_the_store();
    });
}

#[test]
fn get_direct_channel_makes_it_once() {
    success("channels.get-direct-channel").run(async |case| {
        let user = case.user().await;
        let mut events = case.events(&user.rest).await;
        let direct = case.call(json!({"user_id1": case.bob.id, "user_id2": user.id})).await;
        assert_eq!(events.next("direct_added").await["data"]["teammate_id"], *user.id);
        let again = case.call(json!({"user_id1": user.id, "user_id2": case.bob.id})).await;
        assert_eq!((&again["id"], direct["type"].as_str()), (&direct["id"], Some("direct")));
        let seen = user.rest.get(&format!("/api/v4/channels/{}", id(&direct))).await.ok();
        assert_eq!(seen["name"], direct["name"]);
    });
}

#[test]
fn get_direct_channel_wants_two_users() {
    error("channels.get-direct-channel").run(async |case| {
        let nobody = json!({"user_id1": case.bob.id, "user_id2": NOBODY});
        case.refused(nobody).await.is("api.channel.create_direct_channel.invalid_user.app_error", 400);
    });
}

#[test]
fn get_group_channel_is_for_three_at_least() {
    success("channels.get-group-channel").run(async |case| {
        let (one, two) = (case.user().await, case.user().await);
        let mut events = case.events(&one.rest).await;
        let group = case.call(json!({"user_ids": [one.id, two.id, case.bob.id]})).await;
        events.next("group_added").await;
        let again = case.call(json!({"user_ids": [case.bob.id, two.id, one.id]})).await;
        assert_eq!((&again["id"], group["type"].as_str()), (&group["id"], Some("group")));
        let seen = two.rest.get(&format!("/api/v4/channels/{}", id(&group))).await.ok();
        assert_eq!(seen["type"], "G");
    });
}

#[test]
fn get_group_channel_refuses_two() {
    error("channels.get-group-channel").run(async |case| {
        let two = json!({"user_ids": [case.admin_id, case.bob.id, case.bob.id]});
        case.refused(two).await.is("api.channel.create_group.bad_size.app_error", 400);
    });
}

#[test]
fn update_channel_changes_it() {
    success("channels.update-channel").run(async |case| {
        let channel = case.channel().await;
        let mut changed = case.call_other("channels.get-channel", of(&channel)).await;
        changed["header"] = json!("Read me");
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"channel": changed})).await;
        let is_meant = |event: &Value| event["data"]["channel"].to_string().contains(&id(&channel));
        events.next_where("channel_updated", is_meant).await;
        assert_eq!(seen(case, &channel).await["header"], "Read me");
    });
}

#[test]
fn update_channel_refuses_a_taken_name() {
    error("channels.update-channel").run(async |case| {
        let mut channel = case.call_other("channels.get-channel", of(&case.channel().await)).await;
        channel["name"] = json!("town-square");
        case.refused(json!({"channel": channel})).await.is("store.sql_channel.save_channel.exists.app_error", 400);
        channel["id"] = json!(NOBODY);
        case.refused(json!({"channel": channel})).await.is(MISSING, 404);
    });
}

#[test]
fn search_channels_finds_archived_ones_too() {
    success("channels.search-channels").run(async |case| {
        let name = case.name("needle");
        let channel = case.call_other("channels.create-channel", new_channel(case, &name)).await;
        case.call_other("channels.delete-channel", of(&channel)).await;
        let found = case.call(json!({"team_id": case.team_id, "term": format!(" {name} ")})).await;
        assert_eq!(ids(&found), [id(&channel)]);
    });
}

#[test]
fn search_channels_tells_of_a_broken_store() {
    error("channels.search-channels").without_table("channels").run(async |case| {
        case.refused(json!({"team_id": case.team_id, "term": "x"})).await.is_of_the_store();
    });
}

#[test]
fn restore_channel_brings_it_back() {
    success("channels.restore-channel").run(async |case| {
        let channel = case.channel().await;
        case.call_other("channels.delete-channel", of(&channel)).await;
        let mut events = case.events(&case.bob.rest).await;
        assert_eq!(case.call(of(&channel)).await["delete_at"], 0);
        let is_meant = |event: &Value| event["data"]["channel_id"] == channel["id"];
        events.next_where("channel_restored", is_meant).await;
        assert_eq!(seen(case, &channel).await["delete_at"], 0);
    });
}

#[test]
fn restore_channel_wants_an_archived_one() {
    error("channels.restore-channel").run(async |case| {
        let channel = case.channel().await;
        case.refused(of(&channel)).await.is("api.channel.restore_channel.restored.app_error", 400);
    });
}

#[test]
fn get_channel_of_type_gives_it() {
    success("channels.get-channel-of-type").run(async |case| {
        let channel = case.channel().await;
        let found = case.call(json!({"channel_id": id(&channel), "channel_type": "open"})).await;
        assert_eq!(found["name"], seen(case, &channel).await["name"]);
    });
}

#[test]
fn get_channel_of_type_wants_that_type() {
    error("channels.get-channel-of-type").run(async |case| {
        let private = json!({"channel_id": id(&case.channel().await), "channel_type": "private"});
        case.refused(private).await.is(MISSING, 404);
    });
}
