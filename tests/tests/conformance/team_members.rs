//! `wit/team-members.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, Person, id},
};

const NO_TEAM: &str = "app.team.get.find.app_error";
const NO_USER: &str = "app.user.missing_account.const";
const NO_MEMBER: &str = "app.team.get_member.missing.app_error";

/// Id of a new team of the admin's alone.
async fn team(case: &Case) -> String {
    let name = case.name("members");
    id(&case.admin.post("/api/v4/teams", &json!({"name": name, "display_name": name, "type": "O"})).await.ok())
}

fn pair(team_id: &str, user_id: &str) -> Value {
    json!({"team_id": team_id, "user_id": user_id})
}

async fn joined(case: &Case, team_id: &str, person: &Person) {
    case.admin.post(&format!("/api/v4/teams/{team_id}/members"), &pair(team_id, &person.id)).await.ok();
}

async fn is_member(case: &Case, team_id: &str, user_id: &str) -> bool {
    let reply = case.admin.get(&format!("/api/v4/teams/{team_id}/members/{user_id}")).await;
    reply.status == 200 && reply.body["delete_at"] == 0
}

#[test]
fn create_team_member_lets_somebody_in() {
    success("team-members.create-team-member").run(async |case| {
        let (team, person) = (team(case).await, case.user().await);
        let mut events = case.events(&person.rest).await;
        let member = case.call(pair(&team, &person.id)).await;
        events.next_where("added_to_team", |event| event["data"]["team_id"] == team.as_str()).await;
        assert!(is_member(case, &team, &person.id).await);
        let channels = person.rest.get(&format!("/api/v4/users/me/teams/{team}/channels")).await.ok();
        assert_eq!(channels.as_array().map(Vec::len), Some(2), "the default channels are joined");
        assert_eq!(case.call(pair(&team, &person.id)).await, member, "the same again is the same");
    });
}

#[test]
fn create_team_member_wants_both() {
    error("team-members.create-team-member").run(async |case| {
        case.refused(pair(NOBODY, &case.bob.id)).await.is(NO_TEAM, 404);
        case.refused(pair(&case.team_id, NOBODY)).await.is(NO_USER, 404);
    });
}

fn several(case: &Case, team_id: &str, user_ids: &[&str]) -> Value {
    json!({"team_id": team_id, "user_ids": user_ids, "requestor_id": case.admin_id})
}

#[test]
fn create_team_members_lets_several_in() {
    success("team-members.create-team-members").run(async |case| {
        let (team, one, other) = (team(case).await, case.user().await, case.user().await);
        let members = case.call(several(case, &team, &[&one.id, &other.id])).await;
        assert_eq!(members[1]["user_id"], *other.id);
        assert!(is_member(case, &team, &one.id).await && is_member(case, &team, &other.id).await);
    });
}

#[test]
fn create_team_members_stops_at_the_first_failure() {
    error("team-members.create-team-members").run(async |case| {
        let (team, one, other) = (team(case).await, case.user().await, case.user().await);
        let arguments = several(case, &team, &[&one.id, NOBODY, &other.id]);
        case.refused(arguments).await.is(NO_USER, 404);
        assert!(is_member(case, &team, &one.id).await, "who came before is in");
        assert!(!is_member(case, &team, &other.id).await);
    });
}

#[test]
fn create_team_members_gracefully_goes_on() {
    success("team-members.create-team-members-gracefully").run(async |case| {
        let (team, person) = (team(case).await, case.user().await);
        let results = case.call(several(case, &team, &[NOBODY, &person.id])).await;
        assert_eq!((&results[0]["error"]["id"], &results[0]["member"]), (&json!(NO_USER), &Value::Null));
        assert_eq!(results[1]["member"]["user_id"], *person.id);
        assert!(is_member(case, &team, &person.id).await);
    });
}

#[test]
fn create_team_members_gracefully_wants_a_team() {
    error("team-members.create-team-members-gracefully").run(async |case| {
        case.refused(several(case, NOBODY, &[&case.bob.id])).await.is(NO_TEAM, 404);
    });
}

fn removal(team_id: &str, user_id: &str) -> Value {
    json!({"team_id": team_id, "user_id": user_id, "requestor_id": ""})
}

#[test]
fn delete_team_member_takes_out_of_the_channels_too() {
    success("team-members.delete-team-member").run(async |case| {
        let (team, person) = (team(case).await, case.user().await);
        joined(case, &team, &person).await;
        let channel = case.admin.get(&format!("/api/v4/teams/{team}/channels/name/town-square")).await.ok();
        let mut events = case.events(&person.rest).await;
        case.call(removal(&team, &person.id)).await;
        events.next_where("leave_team", |event| event["data"]["team_id"] == team.as_str()).await;
        assert!(!is_member(case, &team, &person.id).await);
        let member = format!("/api/v4/channels/{}/members/{}", id(&channel), person.id);
        assert_eq!(case.admin.get(&member).await.status, 404);
    });
}

#[test]
fn delete_team_member_wants_a_member() {
    error("team-members.delete-team-member").run(async |case| {
        let (team, person) = (team(case).await, case.user().await);
        let refusal = case.refused(removal(&team, &person.id)).await;
        refusal.is("api.team.remove_user_from_team.missing.app_error", 400);
        case.refused(removal(NOBODY, &person.id)).await.is(NO_TEAM, 404);
        case.refused(removal(&team, NOBODY)).await.is(NO_USER, 404);
    });
}

#[test]
fn get_team_members_gives_a_page() {
    success("team-members.get-team-members").run(async |case| {
        let team = team(case).await;
        joined(case, &team, &case.bob).await;
        let page = async |number: i32| case.call(json!({"team_id": team, "page": number, "per_page": 1})).await;
        let mut found = [page(0).await[0]["user_id"].clone(), page(1).await[0]["user_id"].clone()];
        let mut members = [json!(case.bob.id), json!(case.admin_id)];
        found.sort_by_key(Value::to_string);
        members.sort_by_key(Value::to_string);
        assert_eq!(found, members);
        assert_eq!(page(2).await, json!([]));
    });
}

#[test]
fn get_team_members_tells_of_a_broken_store() {
    error("team-members.get-team-members").without_table("team_members").run(async |case| {
        case.refused(json!({"team_id": case.team_id, "page": 0, "per_page": 1})).await.is_of_the_store();
    });
}

#[test]
fn get_team_member_gives_a_former_one_too() {
    success("team-members.get-team-member").run(async |case| {
        let (team, person) = (team(case).await, case.user().await);
        joined(case, &team, &person).await;
        assert_eq!(case.call(pair(&team, &person.id)).await["roles"], "team_user");
        case.admin.delete(&format!("/api/v4/teams/{team}/members/{}", person.id)).await.ok();
        assert!(case.call(pair(&team, &person.id)).await["delete_at"].as_i64() > Some(0));
    });
}

#[test]
fn get_team_member_wants_a_membership() {
    error("team-members.get-team-member").run(async |case| {
        case.refused(pair(&case.team_id, NOBODY)).await.is(NO_MEMBER, 404);
    });
}

#[test]
fn get_team_members_for_user_gives_a_page() {
    success("team-members.get-team-members-for-user").run(async |case| {
        let (team, person) = (team(case).await, case.user().await);
        joined(case, &team, &person).await;
        let all = case.call(json!({"user_id": person.id, "page": 0, "per_page": 10})).await;
        assert_eq!(all.as_array().map(Vec::len), Some(2));
        let second = case.call(json!({"user_id": person.id, "page": 1, "per_page": 1})).await;
        assert_eq!(second[0], all[1]);
    });
}

#[test]
fn get_team_members_for_user_tells_of_a_broken_store() {
    error("team-members.get-team-members-for-user").without_table("team_members").run(async |case| {
        case.refused(json!({"user_id": case.bob.id, "page": 0, "per_page": 1})).await.is_of_the_store();
    });
}

fn roles(team_id: &str, user_id: &str, roles: &str) -> Value {
    json!({"team_id": team_id, "user_id": user_id, "new_roles": roles})
}

#[test]
fn update_team_member_roles_makes_an_admin() {
    success("team-members.update-team-member-roles").run(async |case| {
        let (team, person) = (team(case).await, case.user().await);
        joined(case, &team, &person).await;
        let mut events = case.events(&person.rest).await;
        let member = case.call(roles(&team, &person.id, "team_user team_admin")).await;
        assert_eq!(member["scheme_admin"], true);
        events.next("memberrole_updated").await;
        let stored = case.admin.get(&format!("/api/v4/teams/{team}/members/{}", person.id)).await.ok();
        assert_eq!(stored["scheme_admin"], true);
    });
}

#[test]
fn update_team_member_roles_wants_fitting_roles() {
    error("team-members.update-team-member-roles").run(async |case| {
        let (team, person) = (team(case).await, case.user().await);
        joined(case, &team, &person).await;
        for (names, id) in [
            ("team_user no_such_role", "app.role.check_roles_exist.role_not_found"),
            ("team_user channel_admin", "api.channel.update_team_member_roles.scheme_role.app_error"),
            ("team_admin", "api.channel.update_team_member_roles.unset_user_scheme.app_error"),
            ("team_guest", "api.channel.update_team_member_roles.changing_guest_role.app_error"),
        ] {
            case.refused(roles(&team, &person.id, names)).await.is(id, 400);
        }
        case.refused(roles(&team, NOBODY, "team_user")).await.is(NO_MEMBER, 404);
    });
}
