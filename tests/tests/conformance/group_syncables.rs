//! `wit/groups.wit`: teams and channels that a group is linked to, and the memberships that come of it.

use serde_json::{Value, json};

use crate::{
    Case, error,
    groups::{NO_ROWS, count, group, group_of, unlicensed},
    success,
    world::{NOBODY, Person, id},
};

fn link(group: &Value, kind: &str, syncable_id: &str) -> Value {
    json!({"group_id": id(group), "syncable_id": syncable_id, "auto_add": true, "type": kind})
}

async fn linked(case: &Case, group: &Value, kind: &str, syncable_id: &str) -> Value {
    let link = json!({"group_syncable": link(group, kind, syncable_id)});
    case.call_other("groups.upsert-group-syncable", link).await
}

async fn channels_of(case: &Case, group: &Value) -> Value {
    case.admin.get(&format!("/api/v4/groups/{}/channels", id(group))).await.ok()
}

fn of_link(group: &Value, kind: &str, syncable_id: &str) -> Value {
    json!({"group_id": id(group), "syncable_id": syncable_id, "syncable_type": kind})
}

async fn is_member(case: &Case, channel: &Value, person: &Person) -> bool {
    let path = format!("/api/v4/channels/{}/members/{}", id(channel), person.id);
    case.admin.get(&path).await.status.is_success()
}

#[test]
fn get_group_syncable_gives_the_link() {
    success("groups.get-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        linked(case, &group, "channel", &id(&channel)).await;
        let found = case.call(of_link(&group, "channel", &id(&channel))).await;
        assert_eq!((found["type"].as_str(), found["auto_add"].as_bool()), (Some("channel"), Some(true)));
        let path = format!("/api/v4/groups/{}/channels/{}", id(&group), id(&channel));
        assert_eq!(case.admin.get(&path).await.ok()["channel_id"], channel["id"]);
    });
}

#[test]
fn get_group_syncable_wants_one() {
    error("groups.get-group-syncable").run(async |case| {
        let group = group(case).await;
        case.refused(of_link(&group, "team", NOBODY)).await.is(NO_ROWS, 404);
    });
}

#[test]
fn get_group_syncables_lists_those_of_a_kind() {
    success("groups.get-group-syncables").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        linked(case, &group, "channel", &id(&channel)).await;
        let channels = case.call(json!({"group_id": id(&group), "syncable_type": "channel"})).await;
        assert_eq!((count(&channels), &channels[0]["channel_display_name"]), (Some(1), &channel["display_name"]));
        let teams = case.call(json!({"group_id": id(&group), "syncable_type": "team"})).await;
        assert_eq!((count(&teams), teams[0]["syncable_id"].as_str()), (Some(1), Some(case.team_id.as_str())));
    });
}

#[test]
fn get_group_syncables_is_licensed() {
    unlicensed("groups.get-group-syncables").run(async |case| {
        let links = json!({"group_id": NOBODY, "syncable_type": "team"});
        case.refused(links).await.is("app.group.license_error", 403);
    });
}

#[test]
fn upsert_group_syncable_links_the_team_too() {
    success("groups.upsert-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"group_syncable": link(&group, "channel", &id(&channel))})).await;
        let is_meant = |event: &Value| event["data"]["group_id"] == group["id"];
        events.next_where("received_group_associated_to_team", is_meant).await;
        events.next_where("received_group_associated_to_channel", is_meant).await;
        assert_eq!(channels_of(case, &group).await[0]["channel_id"], channel["id"]);
        let teams = case.admin.get(&format!("/api/v4/groups/{}/teams", id(&group))).await.ok();
        assert_eq!(teams[0]["team_id"], *case.team_id);
    });
}

#[test]
fn upsert_group_syncable_respects_a_constrained_team() {
    error("groups.upsert-group-syncable").run(async |case| {
        let team = json!({"name": case.name("team"), "display_name": "T", "type": "O"});
        let team = id(&case.admin.post("/api/v4/teams", &team).await.ok());
        let channel = json!({"team_id": team, "name": "plans", "display_name": "Plans", "type": "O"});
        let channel = case.admin.post("/api/v4/channels", &channel).await.ok();
        let patch = json!({"group_constrained": true});
        case.admin.put(&format!("/api/v4/teams/{team}/patch"), &patch).await.ok();
        let link = json!({"group_syncable": link(&group(case).await, "channel", &id(&channel))});
        case.refused(link).await.is("group_not_associated_to_synced_team", 400);
    });
}

#[test]
fn update_group_syncable_changes_it_and_revives_it() {
    success("groups.update-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        let mut link = linked(case, &group, "channel", &id(&channel)).await;
        link["scheme_admin"] = json!(true);
        case.call(json!({"group_syncable": link})).await;
        assert_eq!(channels_of(case, &group).await[0]["scheme_admin"], true);
        let gone = of_link(&group, "channel", &id(&channel));
        let gone = case.call_other("groups.delete-group-syncable", gone).await;
        assert_eq!(count(&channels_of(case, &group).await), Some(0));
        case.call(json!({"group_syncable": gone})).await;
        assert_eq!(count(&channels_of(case, &group).await), Some(1));
    });
}

#[test]
fn update_group_syncable_wants_one() {
    error("groups.update-group-syncable").run(async |case| {
        let link = json!({"group_syncable": link(&group(case).await, "team", NOBODY)});
        case.refused(link).await.is(NO_ROWS, 404);
    });
}

#[test]
fn delete_group_syncable_of_a_team_takes_its_channels_along() {
    success("groups.delete-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        linked(case, &group, "channel", &id(&channel)).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(of_link(&group, "team", &case.team_id)).await;
        let is_meant = |event: &Value| event["data"]["group_id"] == group["id"];
        events.next_where("received_group_not_associated_to_team", is_meant).await;
        assert_eq!(count(&channels_of(case, &group).await), Some(0));
    });
}

#[test]
fn delete_group_syncable_wants_a_live_one() {
    error("groups.delete-group-syncable").run(async |case| {
        let (group, channel) = (group(case).await, case.channel().await);
        let of_link = of_link(&group, "channel", &id(&channel));
        case.refused(of_link.clone()).await.is(NO_ROWS, 404);
        linked(case, &group, "channel", &id(&channel)).await;
        case.call_other("groups.delete-group-syncable", of_link.clone()).await;
        case.refused(of_link).await.is("app.group.group_syncable_already_deleted", 400);
    });
}

#[test]
fn create_default_syncable_memberships_brings_people_in() {
    success("groups.create-default-syncable-memberships").run(async |case| {
        let (user, channel) = (case.user().await, case.channel().await);
        let group = group_of(case, &user).await;
        linked(case, &group, "channel", &id(&channel)).await;
        assert!(!is_member(case, &channel, &user).await);
        let scope =
            |again: bool| json!({"params": {"scoped_channel_id": id(&channel), "re_add_removed_members": again}});
        case.call(scope(false)).await;
        assert!(is_member(case, &channel, &user).await);
        user.rest.delete(&format!("/api/v4/channels/{}/members/{}", id(&channel), user.id)).await.ok();
        case.call(scope(false)).await;
        assert!(!is_member(case, &channel, &user).await, "who left stays away");
        case.call(scope(true)).await;
        assert!(is_member(case, &channel, &user).await);
    });
}

#[test]
fn create_default_syncable_memberships_is_licensed() {
    unlicensed("groups.create-default-syncable-memberships").run(async |case| {
        case.refused(json!({"params": {}})).await.is("app.group.license_error", 403);
    });
}

#[test]
fn delete_group_constrained_memberships_takes_strangers_out() {
    success("groups.delete-group-constrained-memberships").run(async |case| {
        let (user, channel) = (case.user().await, case.channel().await);
        case.join(&channel, &user).await;
        let group = group_of(case, &user).await;
        linked(case, &group, "channel", &id(&channel)).await;
        let mut constrained = case.call_other("channels.get-channel", json!({"channel_id": id(&channel)})).await;
        constrained["group_constrained"] = json!(true);
        case.call_other("channels.update-channel", json!({"channel": constrained})).await;
        assert!(is_member(case, &channel, &case.bob).await);
        case.call(json!({})).await;
        assert!(!is_member(case, &channel, &case.bob).await);
        assert!(is_member(case, &channel, &user).await);
        let path = format!("/api/v4/channels/{}/members", id(&channel));
        let refused = case.admin.post(&path, &json!({"user_id": case.bob.id})).await;
        assert_eq!(refused.text("id"), "api.channel.add_members.user_denied");
    });
}

#[test]
fn delete_group_constrained_memberships_is_licensed() {
    unlicensed("groups.delete-group-constrained-memberships").run(async |case| {
        case.refused(json!({})).await.is("app.group.license_error", 403);
    });
}
