//! `wit/bridge.wit`.

use serde_json::{Value, json};
use wasmoat_tests::{guest, renamed};

use crate::{error, success};

fn call(target: &str, endpoint: &str, request: &Value) -> Value {
    let request = request.to_string();
    json!({"target_plugin_id": target, "endpoint": endpoint, "request": request.as_bytes(), "response_schema": null})
}

#[test]
fn call_plugin_posts_to_an_endpoint() {
    success("bridge.call-plugin").run(async |case| {
        let target = case.name("target");
        case.admin.install(&target, "target.tar.gz", renamed(&guest("spoofed-headers"), &target)).await;
        let answer = case.call(call(&target, "/seen", &json!({}))).await;
        let answer: Vec<u8> = serde_json::from_value(answer).unwrap();
        let seen = String::from_utf8(answer).unwrap();
        for header in [
            "content-type=application/json",
            "mattermost-plugin-id=conformance",
            "x-mattermost-source-plugin-id=conformance",
            &format!("mattermost-user-id={}", case.admin_id),
        ] {
            assert!(seen.lines().any(|line| line == header), "{header}: {seen}");
        }
    });
}

#[test]
fn call_plugin_says_why_there_is_no_answer() {
    error("bridge.call-plugin").run(async |case| {
        let refusal = case.refused(call("conformance", "no-slash", &json!({}))).await;
        refusal.is("plugin.bridge", 400);
        assert!(refusal.kind()["invalid_request"].is_string(), "{refusal:?}");
        let refusal = case.refused(call("nobody", "/x", &json!({}))).await;
        refusal.is("plugin.bridge", 404);
        assert!(refusal.kind()["not_found"].is_string(), "{refusal:?}");
        // The guest answers 400 to what is no request of its own.
        let refusal = case.refused(call("conformance", "/call", &json!(7))).await;
        refusal.is("plugin.bridge", 400);
        assert_eq!(refusal.kind()["http"]["status"], 400);
        assert!(!refusal.message().is_empty());
    });
}
