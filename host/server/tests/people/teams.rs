use serde_json::{Value, json};

use crate::world::{Client, World, names, refusal};

async fn team(client: &Client, name: &str) -> Value {
    let (status, team) = client.post("teams", json!({"name": name, "display_name": "Team", "type": "O"})).await;
    assert_eq!(status, 201, "{team}");
    team
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

#[tokio::test]
async fn the_creator_manages_the_team() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let carl = world.user(&admin, "carl").await;
    let team = team(&bob, "dev").await;
    let path = format!("teams/{}", id(&team));
    let (_, member) = bob.get(&format!("{path}/members/me")).await;
    assert_eq!(member["roles"], "team_user team_admin");
    assert_eq!(bob.put(&format!("{path}/patch"), json!({"description": "d"})).await.1["description"], "d");
    assert_eq!(carl.put(&format!("{path}/patch"), json!({"description": "x"})).await.0, 403);
    assert_eq!(carl.get(&path).await.0, 403, "a closed team is its members'");
    assert_eq!(bob.get("teams/name/dev").await.1["id"], team["id"]);
    assert_eq!(bob.get("teams/name/dev/exists").await.1, json!({"exists": true}));
    assert_eq!(carl.get("teams/name/dev/exists").await.1, json!({"exists": false}));
    assert_eq!(
        refusal(&bob.post("teams", json!({"name": "dev", "display_name": "D", "type": "O"})).await),
        (400, "app.team.save.app_error")
    );
    assert_eq!(bob.get("users/me/teams").await.1[0]["id"], team["id"]);
}

#[tokio::test]
async fn members_come_and_go() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let carl = world.user(&admin, "carl").await;
    let team = team(&admin, "dev").await;
    let path = format!("teams/{}/members", id(&team));
    let body = |client: &Client| json!({"team_id": id(&team), "user_id": client.id});
    assert_eq!(carl.post(&path, body(&carl)).await.0, 403, "the team is not open to everybody");
    let (status, member) = admin.post(&path, body(&bob)).await;
    assert_eq!((status, member["roles"].as_str()), (201, Some("team_user")));
    let (status, added) = admin.post(&format!("{path}/batch?graceful=true"), json!([body(&carl)])).await;
    assert_eq!((status, added[0]["member"]["user_id"].as_str()), (201, Some(carl.id.as_str())));
    let (_, stats) = bob.get(&format!("teams/{}/stats", id(&team))).await;
    assert_eq!((stats["total_member_count"].as_i64(), stats["active_member_count"].as_i64()), (Some(3), Some(3)));
    let (_, users) = bob.get(&format!("users?in_team={}", id(&team))).await;
    assert_eq!(names(&users, "username"), ["ada", "bob", "carl"]);

    assert_eq!(bob.delete(&format!("{path}/{}", carl.id)).await.0, 403);
    assert_eq!(carl.delete(&format!("{path}/me")).await.0, 200);
    assert_eq!(admin.put(&format!("{path}/{}/roles", bob.id), json!({"roles": "team_user team_admin"})).await.0, 200);
    assert_eq!(bob.get(&format!("{path}/me")).await.1["scheme_admin"], true);
    let (_, memberships) = carl.get("users/me/teams/members").await;
    assert!(memberships[0]["delete_at"].as_i64().unwrap() > 0, "clients see former memberships");
}

#[tokio::test]
async fn an_open_team_and_an_invitation_are_joined_by_oneself() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let carl = world.user(&admin, "carl").await;
    let team = team(&admin, "dev").await;
    let invite_id = team["invite_id"].as_str().unwrap();
    let (_, info) = world.stranger().get(&format!("teams/invite/{invite_id}")).await;
    assert_eq!(info["name"], "dev");
    assert_eq!(bob.post(&format!("teams/members/invite?invite_id={invite_id}"), json!({})).await.0, 201);

    admin.put(&format!("teams/{}/patch", id(&team)), json!({"allow_open_invite": true})).await;
    let (_, listed) = carl.get("teams?include_total_count=true").await;
    assert_eq!(listed["total_count"], 1);
    assert_eq!(listed["teams"][0]["invite_id"], "", "outsiders do not see the invitation");
    let body = json!({"team_id": id(&team), "user_id": carl.id});
    assert_eq!(carl.post(&format!("teams/{}/members", id(&team)), body).await.0, 201);
    let (_, found) = carl.post("teams/search", json!({"term": "de"})).await;
    assert_eq!(names(&found, "name"), ["dev"]);
    assert_eq!(admin.delete(&format!("teams/{}", id(&team))).await.0, 200);
    assert_eq!(carl.get("users/me/teams").await.1, json!([]));
}
