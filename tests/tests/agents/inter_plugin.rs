//! What other plugins see.

use serde_json::{Value, json};
use wasmoat_tests::llm::Answer;

use crate::house::{House, chat};

fn question() -> Value {
    json!({"posts": [{"role": "user", "message": "Hello?"}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_list_agents_and_services_and_have_chats_completed() {
    let house = House::open(|question| match question.body.get("stream") {
        Some(_) => Answer::stream(&["Good ", "day."]).done(),
        None => Answer::text("Good day."),
    })
    .await;
    let helper = house.agent("helper").await;

    let (status, list) = house.http("GET", "/agents", &Value::Null).await;
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(
        (status, &list["agents"][0]["id"], &list["agents"][0]["is_default"]),
        (200, &json!(helper), &json!(true))
    );
    let bob = house.admin.sign_up("bob").await.my_id().await;
    let (_, list) = house.http("GET", &format!("/agents?user_id={bob}"), &Value::Null).await;
    assert!(list.contains("helper") && !list.contains("secret"), "{list}");
    let (_, list) = house.http("GET", "/services", &Value::Null).await;
    assert_eq!(list, r#"{"services":[{"id":"main","name":"Main","type":"openaicompatible"}]}"#);

    let at_once = r#"{"completion":"Good day."}"#;
    for path in [format!("/completion/agent/{helper}/nostream"), "/completion/service/Main/nostream".to_owned()] {
        assert_eq!(house.http("POST", &path, &question()).await, (200, at_once.to_owned()));
    }
    for path in [format!("/completion/agent/{helper}"), "/completion/service/main".to_owned()] {
        let (status, events) = house.http("POST", &path, &question()).await;
        let events: Vec<&str> = events.split_terminator("\n\n").collect();
        assert_eq!(status, 200);
        assert_eq!(events[..2], [r#"data: {"Type":0,"Value":"Good "}"#, r#"data: {"Type":0,"Value":"day."}"#]);
        assert!(events[2].starts_with(r#"data: {"Type":7,"Value":{"input_tokens":9,"#), "{events:?}");
        assert_eq!(events[3..], [r#"data: {"Type":1,"Value":null}"#]);
    }
    let asked = house.provider.questions();
    assert!(asked.iter().all(|asked| asked.path == "/v1/chat/completions"));
    assert!(asked.iter().all(|asked| asked.authorization == "Bearer sk-secret"));

    let secret = house.agent("secret").await;
    let as_bob = json!({"posts": [{"role": "user", "message": "Hello?"}], "user_id": bob});
    let (status, error) = house.http("POST", &format!("/completion/agent/{secret}/nostream"), &as_bob).await;
    assert_eq!(status, 403, "{error}");
    assert_eq!(house.http("POST", &format!("/completion/agent/{}", "x".repeat(26)), &question()).await.0, 404);
    assert_eq!(house.http("POST", "/completion/agent/short", &question()).await.0, 400);
    house.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_from_outside_are_no_plugins_whatever_their_headers_say() {
    let house = House::open(|_| Answer::text("Good day.")).await;
    for name in ["Mattermost-Plugin-ID", "mattermost-plugin-id"] {
        let request = house.admin.request(reqwest::Method::GET, "/plugins/mattermost-ai/bridge/v1/agents");
        let reply = wasmoat_tests::Rest::send(request.header(name, "playbooks")).await;
        assert_eq!(reply.status, 401, "{name}");
    }
    house.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridge_holds_model_and_plugin_to_their_schemas() {
    let house = House::open(|question| {
        let is_wrong = question.turn(0).contains("wrong");
        Answer::text(if is_wrong { r#"{"mood": 7}"# } else { r#"{"mood": "fine"}"# })
    })
    .await;
    let schema = json!({"type": "object", "properties": {"mood": {"type": "string"}}, "required": ["mood"]});
    let answer = house.call("/api/v1/completion", &chat(), Some(&schema)).await;
    assert_eq!(answer, Ok(json!({"mood": "fine"})));
    let asked = house.provider.questions();
    assert_eq!(asked[0].body["response_format"]["json_schema"]["schema"], schema);

    let wrong = json!({"messages": [{"role": "user", "content": "wrong, please"}]});
    let refusal = house.call("/api/v1/completion", &wrong, Some(&schema)).await.unwrap_err().to_string();
    assert!(refusal.contains("schema") && refusal.contains("mood"), "{refusal}");

    let refusal = house.call("/api/v1/completion", &json!({"messages": []}), None).await.unwrap_err().to_string();
    assert!(refusal.contains("schema") && refusal.contains("messages"), "{refusal}");
    assert_eq!(house.provider.questions().len(), 2, "what breaks the schema does not reach the plugin");
    house.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_in_the_metrics_and_the_key_is_shown_nowhere() {
    let house = House::open(|_| Answer::text("Good day.")).await;
    for _ in 0..3 {
        house.call("/api/v1/completion", &chat(), None).await.unwrap();
    }
    let config = house.admin.get("/api/v4/config").await.ok().to_string();
    let log = house.admin.get("/api/v4/plugins/mattermost-ai/logs?lines=1000").await.ok().to_string();
    assert!(config.contains("\"apiKeys\"") && !config.contains("sk-secret"), "the setting is a secret");
    assert!(log.contains("llm_token_usage") && !log.contains("sk-secret"), "{log}");
    house.server.stop().await;
}
