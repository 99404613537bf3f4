//! What the server offers of it to clients.

use serde_json::json;
use wasmoat_tests::{Rest, llm::Answer};

use crate::house::{AGENTS, House};

async fn rewrite(rest: &Rest, agent: &str, action: &str, message: &str) -> wasmoat_tests::Reply {
    let body = json!({"agent_id": agent, "message": message, "action": action});
    rest.post("/api/v4/posts/rewrite", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_list_the_agents_and_services_of_their_user() {
    let house = House::open(|_| Answer::text("")).await;
    let bob = house.admin.sign_up("bob").await;
    let agents = bob.get("/api/v4/agents").await.ok();
    assert_eq!(
        agents,
        json!([{"id": house.agent("helper").await, "displayName": "Helper", "username": "helper",
                "service_id": "main", "service_type": "openaicompatible", "is_default": true}])
    );
    let services = bob.get("/api/v4/llmservices").await.ok();
    assert_eq!(services, json!([{"id": "main", "name": "Main", "type": "openaicompatible"}]));
    assert_eq!(bob.get("/api/v4/agents/status").await.ok(), json!({"available": true}));
    for path in ["/api/v4/agents", "/api/v4/agents/status", "/api/v4/llmservices"] {
        assert_eq!(house.server.stranger().get(path).await.status, 401, "{path}");
    }

    house.admin.post(&format!("/api/v4/plugins/{AGENTS}/disable"), &json!({})).await.ok();
    for path in ["/api/v4/agents", "/api/v4/llmservices"] {
        assert_eq!(bob.get(path).await.ok(), json!([]), "{path}: not there is no error");
    }
    let status = bob.get("/api/v4/agents/status").await.ok();
    assert_eq!(status, json!({"available": false, "reason": "app.agents.bridge.not_available.plugin_not_active"}));
    house.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_rewritten_by_an_agent() {
    let house = House::open(|question| match question.turn(1) {
        turn if turn.contains("empty") => Answer::text(r#"{"rewritten_text": " "}"#),
        turn if turn.contains("prose") => Answer::text("Sure, here it is."),
        turn if turn.contains("other") => Answer::text(r#"{"text": "Hi."}"#),
        turn if turn.contains("down") => Answer::json(401, &json!({})),
        _ => Answer::text(r#"{"rewritten_text": "Hi."}"#),
    })
    .await;
    let bob = house.admin.sign_up("bob").await;
    let helper = house.agent("helper").await;
    let reply = rewrite(&bob, &helper, "shorten", "hello everybody").await;
    assert_eq!(reply.ok(), json!({"rewritten_text": "Hi."}));
    let asked = house.provider.questions().pop().unwrap();
    assert!(asked.turn(0).contains("rewritten_text") && asked.turn(1).contains("hello everybody"), "{asked:?}");
    assert_eq!(asked.body["response_format"]["json_schema"]["schema"]["required"], json!(["rewritten_text"]));

    for message in ["empty", "prose", "other", "down"] {
        assert_eq!(rewrite(&bob, &helper, "simplify", message).await.status, 500, "{message}");
    }
    let before = house.provider.questions().len();
    assert_eq!(rewrite(&bob, &helper, "explode", "hello").await.status, 400);
    assert_eq!(rewrite(&bob, "short", "shorten", "hello").await.status, 400);
    assert_eq!(rewrite(&house.server.stranger(), &helper, "shorten", "hello").await.status, 401);
    let secret = house.agent("secret").await;
    assert_eq!(rewrite(&bob, &secret, "shorten", "hello").await.status, 500, "the agent is not for bob");
    assert_eq!(house.provider.questions().len(), before, "no model was asked");
    house.server.stop().await;
}
