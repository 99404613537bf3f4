//! `wit/teams.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error,
    picture::{bmp, is_png},
    success,
    world::{NOBODY, id},
};

const UNKNOWN: &str = "app.team.get.find.app_error";

/// A new open team, with bob in it.
async fn team(case: &Case) -> Value {
    let name = case.name("team");
    let team = json!({"name": name, "display_name": name, "type": "O", "allow_open_invite": true});
    let team = case.admin.post("/api/v4/teams", &team).await.ok();
    let member = json!({"team_id": team["id"], "user_id": case.bob.id});
    case.admin.post(&format!("/api/v4/teams/{}/members", id(&team)), &member).await.ok();
    team
}

async fn stored(case: &Case, team: &Value) -> Value {
    case.admin.get(&format!("/api/v4/teams/{}", id(team))).await.ok()
}

fn has_id(teams: &Value, team: &Value) -> bool {
    teams.as_array().unwrap().iter().any(|other| other["id"] == team["id"])
}

fn is_of(team: &Value) -> impl Fn(&Value) -> bool {
    let team_id = id(team);
    move |event| event["data"]["team"].to_string().contains(&team_id)
}

#[test]
fn create_team_makes_channels_and_no_members() {
    success("teams.create-team").run(async |case| {
        let name = case.name("made");
        let team = case.call(json!({"team": {"name": name, "display_name": "Made", "type": "O"}})).await;
        let stats = case.admin.get(&format!("/api/v4/teams/{}/stats", id(&team))).await.ok();
        assert_eq!(stats["total_member_count"], 0);
        let channel = format!("/api/v4/teams/{}/channels/name/town-square", id(&team));
        case.admin.get(&channel).await.ok();
    });
}

#[test]
fn create_team_wants_a_free_and_good_name() {
    error("teams.create-team").run(async |case| {
        let named = |name: &str| json!({"team": {"name": name, "display_name": "Made", "type": "O"}});
        case.refused(named("conformance-team")).await.is("app.team.save.app_error", 400);
        assert!(case.refused(named("Not Good")).await.id().starts_with("model.team.is_valid."));
    });
}

#[test]
fn delete_team_archives() {
    success("teams.delete-team").run(async |case| {
        let team = team(case).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"team_id": team["id"]})).await;
        events.next_where("delete_team", is_of(&team)).await;
        assert!(stored(case, &team).await["delete_at"].as_i64() > Some(0));
    });
}

#[test]
fn delete_team_wants_a_team() {
    error("teams.delete-team").run(async |case| {
        case.refused(json!({"team_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_teams_lists_archived_ones_too() {
    success("teams.get-teams").run(async |case| {
        let team = team(case).await;
        case.admin.delete(&format!("/api/v4/teams/{}", id(&team))).await.ok();
        assert!(has_id(&case.call(json!({})).await, &team));
    });
}

#[test]
fn get_teams_tells_of_a_broken_store() {
    error("teams.get-teams").without_table("teams").run(async |case| {
        case.refused(json!({})).await.is_of_the_store();
    });
}

#[test]
fn get_team_gives_the_team() {
    success("teams.get-team").run(async |case| {
        let team = team(case).await;
        assert_eq!(case.call(json!({"team_id": team["id"]})).await["name"], team["name"]);
    });
}

#[test]
fn get_team_wants_a_team() {
    error("teams.get-team").run(async |case| {
        case.refused(json!({"team_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_team_by_name_gives_the_team() {
    success("teams.get-team-by-name").run(async |case| {
        assert_eq!(case.call(json!({"name": "conformance-team"})).await["id"], *case.team_id);
    });
}

#[test]
fn get_team_by_name_wants_a_team() {
    error("teams.get-team-by-name").run(async |case| {
        let refusal = case.refused(json!({"name": "no-such-team"})).await;
        refusal.is("app.team.get_by_name.missing.app_error", 404);
    });
}

#[test]
fn get_team_icon_gives_a_png() {
    success("teams.get-team-icon").run(async |case| {
        let team = team(case).await;
        case.call_other("teams.set-team-icon", json!({"team_id": team["id"], "data": bmp([255, 0, 0])})).await;
        assert!(is_png(&case.call(json!({"team_id": team["id"]})).await));
    });
}

#[test]
fn get_team_icon_wants_an_icon() {
    error("teams.get-team-icon").run(async |case| {
        let team = team(case).await;
        let refusal = case.refused(json!({"team_id": team["id"]})).await;
        refusal.is("api.team.get_team_icon.read_file.app_error", 404);
        case.refused(json!({"team_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn set_team_icon_is_seen_by_members() {
    success("teams.set-team-icon").run(async |case| {
        let team = team(case).await;
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"team_id": team["id"], "data": bmp([0, 255, 0])})).await;
        events.next_where("update_team", is_of(&team)).await;
        assert!(stored(case, &team).await["last_team_icon_update"].as_i64() > Some(0));
        let shown = case.bob.rest.get(&format!("/api/v4/teams/{}/image", id(&team))).await;
        assert_eq!((shown.status.as_u16(), shown.headers["content-type"].to_str().unwrap()), (200, "image/png"));
    });
}

#[test]
fn set_team_icon_wants_an_image() {
    error("teams.set-team-icon").run(async |case| {
        let refusal = case.refused(json!({"team_id": case.team_id, "data": [1, 2, 3]})).await;
        refusal.is("api.team.set_team_icon.decode.app_error", 400);
        case.refused(json!({"team_id": NOBODY, "data": bmp([0; 3])})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn remove_team_icon_takes_it_away() {
    success("teams.remove-team-icon").run(async |case| {
        let team = team(case).await;
        case.call_other("teams.set-team-icon", json!({"team_id": team["id"], "data": bmp([0, 255, 0])})).await;
        case.call(json!({"team_id": team["id"]})).await;
        assert_eq!(stored(case, &team).await["last_team_icon_update"].as_i64().unwrap_or(0), 0);
        assert_eq!(case.bob.rest.get(&format!("/api/v4/teams/{}/image", id(&team))).await.status, 404);
    });
}

#[test]
fn remove_team_icon_wants_a_team() {
    error("teams.remove-team-icon").run(async |case| {
        case.refused(json!({"team_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}

#[test]
fn get_teams_unread_for_user_counts() {
    success("teams.get-teams-unread-for-user").run(async |case| {
        let person = case.user().await;
        let unread = async || {
            let teams = case.call(json!({"user_id": person.id})).await;
            teams.as_array().unwrap().iter().find(|team| team["team_id"] == *case.team_id).cloned().unwrap()
        };
        let channel = case.channel().await;
        // The line about the joining mentions whoever joined.
        case.join(&channel, &person).await;
        let before = unread().await;
        case.say(&channel, &format!("hello @{}", person.name)).await;
        let after = unread().await;
        let count = |unread: &Value, field: &str| unread[field].as_i64().unwrap();
        assert!(count(&after, "msg_count") > count(&before, "msg_count"));
        assert_eq!(count(&after, "mention_count"), count(&before, "mention_count") + 1);
        assert_eq!(after["thread_count"], 0);
    });
}

#[test]
fn get_teams_unread_for_user_tells_of_a_broken_store() {
    error("teams.get-teams-unread-for-user").without_table("channel_members").run(async |case| {
        case.refused(json!({"user_id": case.bob.id})).await.is_of_the_store();
    });
}

#[test]
fn update_team_changes_what_can_be_edited() {
    success("teams.update-team").run(async |case| {
        let team = team(case).await;
        let mut events = case.events(&case.bob.rest).await;
        let wanted = json!({"id": team["id"], "name": "another", "display_name": "Another", "description": "d"});
        case.call(json!({"team": wanted})).await;
        events.next_where("update_team", is_of(&team)).await;
        let stored = stored(case, &team).await;
        assert_eq!((&stored["display_name"], &stored["description"]), (&json!("Another"), &json!("d")));
        assert_eq!((&stored["name"], &stored["type"]), (&team["name"], &team["type"]));
    });
}

#[test]
fn update_team_wants_a_team_and_a_name() {
    error("teams.update-team").run(async |case| {
        case.refused(json!({"team": {"id": NOBODY, "display_name": "x"}})).await.is(UNKNOWN, 404);
        let refusal = case.refused(json!({"team": {"id": case.team_id, "display_name": ""}})).await;
        assert!(refusal.id().starts_with("model.team.is_valid."), "{}", refusal.id());
    });
}

#[test]
fn search_teams_looks_into_the_names() {
    success("teams.search-teams").run(async |case| {
        let team = team(case).await;
        let part = team["name"].as_str().unwrap().get(1..).unwrap();
        assert!(has_id(&case.call(json!({"term": part})).await, &team));
        assert_eq!(case.call(json!({"term": "no team is called that"})).await, json!([]));
    });
}

#[test]
fn search_teams_tells_of_a_broken_store() {
    error("teams.search-teams").without_table("teams").run(async |case| {
        case.refused(json!({"term": "x"})).await.is_of_the_store();
    });
}

#[test]
fn get_teams_for_user_lists_memberships() {
    success("teams.get-teams-for-user").run(async |case| {
        let person = case.user().await;
        let teams = case.call(json!({"user_id": person.id})).await;
        assert_eq!(teams.as_array().map(Vec::len), Some(1));
        assert_eq!(teams[0]["id"], *case.team_id);
        assert_eq!(case.call(json!({"user_id": NOBODY})).await, json!([]));
    });
}

#[test]
fn get_teams_for_user_tells_of_a_broken_store() {
    error("teams.get-teams-for-user").without_table("team_members").run(async |case| {
        case.refused(json!({"user_id": case.bob.id})).await.is_of_the_store();
    });
}

#[test]
fn get_team_stats_counts_members() {
    success("teams.get-team-stats").run(async |case| {
        let team = team(case).await;
        let person = case.user().await;
        let member = json!({"team_id": team["id"], "user_id": person.id});
        case.admin.post(&format!("/api/v4/teams/{}/members", id(&team)), &member).await.ok();
        case.admin.delete(&format!("/api/v4/users/{}", person.id)).await.ok();
        let stats = case.call(json!({"team_id": team["id"]})).await;
        assert_eq!((&stats["total_member_count"], &stats["active_member_count"]), (&json!(3), &json!(2)));
    });
}

#[test]
fn get_team_stats_wants_a_team() {
    error("teams.get-team-stats").run(async |case| {
        case.refused(json!({"team_id": NOBODY})).await.is(UNKNOWN, 404);
    });
}
