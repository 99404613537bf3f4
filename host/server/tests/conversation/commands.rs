use serde_json::json;

use crate::{scene::Scene, world::refusal};

#[tokio::test]
async fn a_line_with_a_slash_is_run() {
    let scene = Scene::new().await;
    let run = async |line: &str| {
        scene.bob.post("commands/execute", json!({"channel_id": scene.square, "command": line, "team_id": null})).await
    };
    let (status, answer) = run("/me waves").await;
    assert_eq!((status, &answer["response_type"]), (200, &"in_channel".into()));
    let (_, posts) = scene.ada.get(&format!("channels/{}/posts?per_page=1", scene.square)).await;
    let post = &posts["posts"][posts["order"][0].as_str().unwrap()];
    assert_eq!((&post["message"], &post["type"]), (&"*waves*".into(), &"me".into()));
    assert_eq!(refusal(&run("/nonsense").await), (404, "api.command.execute_command.not_found.app_error"));
    assert_eq!(refusal(&run("no slash").await), (400, "api.command.execute_command.start.app_error"));
    let private = scene.channel(&scene.ada, "plans", "P").await;
    let elsewhere = json!({"channel_id": private, "command": "/me waves"});
    assert_eq!(scene.bob.post("commands/execute", elsewhere).await.0, 403);
}

#[tokio::test]
async fn stored_commands_are_for_those_who_manage_them() {
    let scene = Scene::new().await;
    let command = json!({"team_id": scene.team, "trigger": "build", "method": "P", "url": "http://127.0.0.1:9/"});
    assert_eq!(scene.bob.post("commands", command.clone()).await.0, 403);
    let (status, stored) = scene.ada.post("commands", command).await;
    assert_eq!((status, stored["token"].as_str().unwrap().len()), (201, 26));
    let path = format!("commands/{}", stored["id"].as_str().unwrap());
    assert_eq!(scene.bob.get(&path).await.0, 404);
    let (_, renewed) = scene.ada.put(&format!("{path}/regen_token"), json!({})).await;
    assert_ne!(renewed["token"], stored["token"]);
    let (_, custom) = scene.ada.get(&format!("commands?team_id={}&custom_only=true", scene.team)).await;
    assert_eq!(custom[0]["trigger"], "build");
    let (_, offered) = scene.bob.get(&format!("teams/{}/commands/autocomplete", scene.team)).await;
    assert!(offered.as_array().unwrap().iter().all(|command| command["token"] == "" && command["trigger"] != "build"));
    let suggestions = format!("teams/{}/commands/autocomplete_suggestions?user_input=/shr", scene.team);
    assert_eq!(scene.bob.get(&suggestions).await.1[0]["Complete"], "shrug");
    assert_eq!(scene.ada.delete(&path).await.0, 200);
    assert_eq!(scene.ada.get(&path).await.0, 404);
}
