//! `wit/channel-members.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, Person, id},
};

const NO_MEMBER: &str = "app.channel.get_member.missing.app_error";

/// The membership as REST shows it; null where there is none.
async fn member(case: &Case, channel: &Value, person: &Person) -> Value {
    let reply = case.admin.get(&format!("/api/v4/channels/{}/members/{}", id(channel), person.id)).await;
    if reply.status == 404 { Value::Null } else { reply.ok() }
}

/// A channel, and somebody of the team who is not in it.
async fn outside(case: &Case) -> (Value, Person) {
    (case.channel().await, case.user().await)
}

fn of(channel: &Value, person: &Person) -> Value {
    json!({"channel_id": id(channel), "user_id": person.id})
}

fn is_about<'a>(person: &'a Person) -> impl Fn(&Value) -> bool + 'a {
    move |event| event.to_string().contains(&person.id)
}

#[test]
fn add_channel_member_joins() {
    success("channel-members.add-channel-member").run(async |case| {
        let (channel, carl) = outside(case).await;
        let mut events = case.events(&case.bob.rest).await;
        let joined = case.call(of(&channel, &carl)).await;
        assert_eq!(joined["roles"], "channel_user");
        events.next_where("user_added", is_about(&carl)).await;
        assert_eq!(member(case, &channel, &carl).await["user_id"], *carl.id);
        let again = case.call(of(&channel, &carl)).await;
        assert_eq!(again["last_update_at"], joined["last_update_at"], "a membership is given back as it is");
    });
}

#[test]
fn add_channel_member_takes_active_people_of_the_team() {
    error("channel-members.add-channel-member").run(async |case| {
        let (channel, carl) = outside(case).await;
        let stranger = case.admin.sign_up(&case.name("stranger")).await.my_id().await;
        let asked = json!({"channel_id": id(&channel), "user_id": stranger});
        case.refused(asked).await.is("app.team.get_member.missing.app_error", 404);
        case.admin.delete(&format!("/api/v4/users/{}", carl.id)).await.ok();
        case.refused(of(&channel, &carl)).await.is("app.channel.add_member.deleted_user.app_error", 403);
        let direct = case.bob.rest.post("/api/v4/channels/direct", &json!([case.bob.id, case.admin_id])).await.ok();
        let dora = case.user().await;
        case.refused(of(&direct, &dora)).await.is("api.channel.add_user_to_channel.type.app_error", 400);
    });
}

#[test]
fn add_user_to_channel_names_who_did_it() {
    success("channel-members.add-user-to-channel").run(async |case| {
        let (channel, carl) = outside(case).await;
        let mut asked = of(&channel, &carl);
        asked["as_user_id"] = json!(case.bob.id);
        case.call(asked).await;
        assert_eq!(member(case, &channel, &carl).await["user_id"], *carl.id);
        let list = case.admin.get(&format!("/api/v4/channels/{}/posts", id(&channel))).await.ok();
        let line = &list["posts"][list["order"][0].as_str().unwrap()];
        assert_eq!(line["type"], "system_add_to_channel");
        assert_eq!(line["user_id"], *case.bob.id);
    });
}

#[test]
fn add_user_to_channel_wants_somebody_who_does_it() {
    error("channel-members.add-user-to-channel").run(async |case| {
        let (channel, carl) = outside(case).await;
        let asked = json!({"channel_id": id(&channel), "user_id": carl.id, "as_user_id": NOBODY});
        case.refused(asked).await.is("app.user.missing_account.const", 404);
        assert_eq!(member(case, &channel, &carl).await, Value::Null);
    });
}

#[test]
fn get_channel_member_gives_a_membership() {
    success("channel-members.get-channel-member").run(async |case| {
        let channel = case.channel().await;
        let found = case.call(of(&channel, &case.bob)).await;
        assert_eq!((&found["user_id"], &found["scheme_user"]), (&json!(case.bob.id), &json!(true)));
    });
}

#[test]
fn get_channel_member_wants_a_member() {
    error("channel-members.get-channel-member").run(async |case| {
        let (channel, carl) = outside(case).await;
        case.refused(of(&channel, &carl)).await.is(NO_MEMBER, 404);
    });
}

#[test]
fn get_channel_members_gives_pages() {
    success("channel-members.get-channel-members").run(async |case| {
        let channel = case.channel().await;
        let mut found = Vec::new();
        for page in 0..3 {
            let asked = json!({"channel_id": id(&channel), "page": page, "per_page": 1});
            found.extend(case.call(asked).await.as_array().unwrap().clone());
        }
        let mut ids: Vec<&str> = found.iter().map(|member| member["user_id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        let mut expected = [case.admin_id.as_str(), case.bob.id.as_str()];
        expected.sort_unstable();
        assert_eq!(ids, expected);
    });
}

#[test]
fn get_channel_members_tells_of_a_broken_store() {
    error("channel-members.get-channel-members").without_table("channel_members").run(async |case| {
        case.refused(json!({"channel_id": NOBODY, "page": 0, "per_page": 1})).await.is_of_the_store();
    });
}

#[test]
fn get_channel_members_by_ids_leaves_strangers_out() {
    success("channel-members.get-channel-members-by-ids").run(async |case| {
        let (channel, carl) = outside(case).await;
        let asked = json!({"channel_id": id(&channel), "user_ids": [carl.id, case.bob.id, NOBODY]});
        let found = case.call(asked).await;
        assert_eq!((found.as_array().map(Vec::len), &found[0]["user_id"]), (Some(1), &json!(case.bob.id)));
    });
}

#[test]
fn get_channel_members_by_ids_tells_of_a_broken_store() {
    error("channel-members.get-channel-members-by-ids").without_table("channel_members").run(async |case| {
        case.refused(json!({"channel_id": NOBODY, "user_ids": [case.bob.id]})).await.is_of_the_store();
    });
}

#[test]
fn get_channel_members_for_user_passes_over_the_team() {
    success("channel-members.get-channel-members-for-user").run(async |case| {
        let (channel, carl) = outside(case).await;
        case.join(&channel, &carl).await;
        let asked = json!({"team_id": NOBODY, "user_id": carl.id, "page": 0, "per_page": 50});
        let found = case.call(asked).await;
        // The two channels that everybody is in, and this one.
        assert_eq!(found.as_array().map(Vec::len), Some(3));
        assert!(found.as_array().unwrap().iter().any(|member| member["channel_id"] == channel["id"]));
    });
}

#[test]
fn get_channel_members_for_user_tells_of_a_broken_store() {
    error("channel-members.get-channel-members-for-user").without_table("channel_members").run(async |case| {
        let asked = json!({"team_id": "", "user_id": case.bob.id, "page": 0, "per_page": 1});
        case.refused(asked).await.is_of_the_store();
    });
}

fn roles(channel: &Value, person: &Person, roles: &str) -> Value {
    json!({"channel_id": id(channel), "user_id": person.id, "new_roles": roles})
}

#[test]
fn update_channel_member_roles_makes_an_admin() {
    success("channel-members.update-channel-member-roles").run(async |case| {
        let (channel, carl) = outside(case).await;
        case.join(&channel, &carl).await;
        let mut events = case.events(&carl.rest).await;
        case.call(roles(&channel, &carl, "channel_user channel_admin")).await;
        assert_eq!(member(case, &channel, &carl).await["scheme_admin"], true);
        events.next("channel_member_updated").await;
    });
}

#[test]
fn update_channel_member_roles_wants_roles_of_channels() {
    error("channel-members.update-channel-member-roles").run(async |case| {
        let (channel, carl) = outside(case).await;
        case.refused(roles(&channel, &carl, "channel_user")).await.is(NO_MEMBER, 404);
        case.join(&channel, &carl).await;
        for (wanted, why) in [
            ("channel_user emperor", "app.role.check_roles_exist.role_not_found"),
            ("channel_user team_admin", "api.channel.update_channel_member_roles.scheme_role.app_error"),
            ("channel_guest", "api.channel.update_channel_member_roles.changing_guest_role.app_error"),
            ("channel_admin", "api.channel.update_channel_member_roles.unset_user_scheme.app_error"),
        ] {
            case.refused(roles(&channel, &carl, wanted)).await.is(why, 400);
        }
    });
}

#[test]
fn update_channel_member_notifications_changes_what_is_known() {
    success("channel-members.update-channel-member-notifications").run(async |case| {
        let (channel, carl) = outside(case).await;
        case.join(&channel, &carl).await;
        let mut events = case.events(&carl.rest).await;
        let mut asked = of(&channel, &carl);
        asked["notifications"] = json!([["desktop", "none"], ["nonsense", "1"]]);
        case.call(asked).await;
        let props = member(case, &channel, &carl).await["notify_props"].clone();
        assert_eq!((&props["desktop"], &props["nonsense"]), (&json!("none"), &Value::Null));
        events.next("channel_member_updated").await;
    });
}

#[test]
fn update_channel_member_notifications_wants_a_member() {
    error("channel-members.update-channel-member-notifications").run(async |case| {
        let (channel, carl) = outside(case).await;
        let mut asked = of(&channel, &carl);
        asked["notifications"] = json!([["desktop", "none"]]);
        case.refused(asked.clone()).await.is(NO_MEMBER, 404);
        case.sql(&format!("UPDATE channels SET type = 'S' WHERE id = '{}'", id(&channel))).await;
        let backing = "app.channel.update_member_notify_props.backing_channel.app_error";
        case.refused(asked).await.is(backing, 400);
    });
}

#[test]
fn patch_channel_members_notifications_changes_several() {
    success("channel-members.patch-channel-members-notifications").run(async |case| {
        let (channel, carl) = outside(case).await;
        case.join(&channel, &carl).await;
        let mut events = case.events(&carl.rest).await;
        let members = [of(&channel, &carl), of(&channel, &case.bob)];
        case.call(json!({"members": members, "notify_props": [["mark_unread", "mention"]]})).await;
        for person in [&carl, &case.bob] {
            assert_eq!(member(case, &channel, person).await["notify_props"]["mark_unread"], "mention");
        }
        events.next("channel_member_updated").await;
    });
}

#[test]
fn patch_channel_members_notifications_takes_two_hundred() {
    error("channel-members.patch-channel-members-notifications").run(async |case| {
        let (channel, carl) = outside(case).await;
        let asked = |count| json!({"members": vec![of(&channel, &carl); count], "notify_props": []});
        let many = "api.channel.patch_channel_members_notify_props.too_many.app_error";
        case.refused(asked(201)).await.is(many, 400);
        case.refused(asked(1)).await.is(NO_MEMBER, 404);
    });
}

#[test]
fn delete_channel_member_leaves() {
    success("channel-members.delete-channel-member").run(async |case| {
        let (channel, carl) = outside(case).await;
        case.join(&channel, &carl).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(of(&channel, &carl)).await;
        let removed = events.next_where("user_removed", is_about(&carl)).await;
        assert_eq!(removed["data"]["remover_id"], *carl.id, "who leaves does it");
        assert_eq!(member(case, &channel, &carl).await, Value::Null);
    });
}

#[test]
fn delete_channel_member_keeps_people_in_town_square_and_in_direct_messages() {
    error("channel-members.delete-channel-member").run(async |case| {
        let square = format!("/api/v4/teams/{}/channels/name/town-square", case.team_id);
        let square = case.admin.get(&square).await.ok();
        case.refused(of(&square, &case.bob)).await.is("api.channel.remove.default.app_error", 400);
        let direct = case.bob.rest.post("/api/v4/channels/direct", &json!([case.bob.id, case.admin_id])).await.ok();
        case.refused(of(&direct, &case.bob)).await.is("api.channel.leave.direct.app_error", 400);
        let (channel, carl) = outside(case).await;
        case.refused(of(&channel, &carl)).await.is(NO_MEMBER, 404);
    });
}
