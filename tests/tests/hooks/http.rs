//! `serve-http`: requests to the plugin itself.

use reqwest::Method;
use serde_json::{Value, json};
use wasmoat_tests::{Call, Reply, Rest, plugin};

use crate::scene::{FAULTS, Scene, id, on_stage, shown, text};

const HOOK: &str = "serve-http";

fn header<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    let headers = call.get("request/headers").as_array().into_iter().flatten();
    let mut values = headers.filter(|header| text(header, "name").eq_ignore_ascii_case(name));
    values.next().map(|header| text(header, "value"))
}

fn body(call: &Call) -> String {
    let bytes = call.get("request/body").as_array().into_iter().flatten();
    bytes.filter_map(|byte| byte.as_u64().and_then(|byte| char::from_u32(u32::try_from(byte).ok()?))).collect()
}

fn bytes(text: &str) -> Value {
    text.bytes().collect()
}

async fn ask(scene: &Scene, path: &str) -> Reply {
    scene.bob.rest.get(&scene.first.path(path)).await
}

#[test]
fn a_clients_request_reaches_the_plugin_of_its_path_and_nobody_else() {
    on_stage(async |scene| {
        scene.forget().await;
        let request = scene.bob.rest.request(Method::POST, &scene.first.path("/some/path?x=1&y=%20"));
        let request = request.header("X-Custom", "kept").header("Mattermost-User-Id", "forged").body("the body");
        assert_eq!(Rest::send(request).await.status, 200);
        let calls = scene.first.calls(HOOK).await;
        assert_eq!(calls.len(), 1, "{calls:?}");
        let call = &calls[0];
        assert_eq!((call.text("request/method"), call.text("request/url")), ("POST", "/some/path?x=1&y=%20"));
        assert_eq!(call.text("request/request_uri"), "/plugins/recorder-a/some/path?x=1&y=%20");
        assert_eq!(body(call), "the body");
        assert_eq!(header(call, "X-Custom"), Some("kept"));
        assert_eq!(header(call, "Mattermost-User-Id"), Some(&*scene.bob.id), "the server says who asks");
        assert_eq!(header(call, "Mattermost-Plugin-Id"), None);
        assert_eq!(header(call, "Authorization"), None, "no plugin learns a token");
        assert_eq!(call.text("context/user_id"), scene.bob.id);
        for member in ["request_id", "session_id", "ip_address"] {
            assert!(!call.text(&format!("context/{member}")).is_empty(), "{member}: {call:?}");
        }
        assert!(scene.second.calls(HOOK).await.is_empty(), "only the one that is asked");
        shown(HOOK, &["payload", "chain"]);
    });
}

#[test]
fn other_plugins_and_the_server_ask_too() {
    on_stage(async |scene| {
        scene.forget().await;
        let request = json!({"method": "PUT", "url": "/recorder-a/by/http", "body": bytes("x")});
        scene.second.api("http.plugin-http", json!({"request": request})).await.ok();
        let call = scene.first.wait_for(HOOK, |call| call.text("request/url") == "/by/http").await;
        assert_eq!(
            (header(&call, "Mattermost-Plugin-Id"), header(&call, "Mattermost-User-Id")),
            (Some("recorder-b"), Some(""))
        );
        assert_eq!((call.text("request/method"), &*body(&call)), ("PUT", "x"));

        let request = json!({"target_plugin_id": "recorder-a", "endpoint": "/by/bridge", "request": bytes("{}")});
        scene.second.api("bridge.call-plugin", request).await.ok();
        let is_it = |call: &Call| call.text("method") == "/by/bridge";
        let call = scene.first.wait_for("execute-bridge-call", is_it).await;
        assert_eq!(call.text("context/source_plugin_id"), "recorder-b", "who has the direct form gets no request");

        let integration = json!({"url": "/plugins/recorder-a/by/action", "context": {"a": 1}});
        let action = json!({"id": "go", "name": "Go", "type": "button", "integration": integration});
        let post = json!({
            "channel_id": scene.channel.id, "message": "press", "props": {"attachments": [{"actions": [action]}]},
        });
        let post = scene.ada.rest.post("/api/v4/posts", &post).await.ok();
        let path = format!("/api/v4/posts/{}/actions/go", id(&post));
        scene.bob.rest.post(&path, &json!({})).await.ok();
        let call = scene.first.wait_for(HOOK, |call| call.text("request/url") == "/by/action").await;
        assert_eq!(header(&call, "Mattermost-Plugin-Id"), Some("com.mattermost.server"));
        assert_eq!(header(&call, "Mattermost-User-Id"), Some(&*scene.bob.id));
        let asked: Value = serde_json::from_str(&body(&call)).unwrap();
        assert_eq!((text(&asked, "post_id"), text(&asked, "user_id")), (&*id(&post), &*scene.bob.id));
        shown(HOOK, &["fired"]);
    });
}

#[test]
fn the_answer_is_the_plugins() {
    on_stage(async |scene| {
        let headers = json!([{"name": "X-Tea", "value": "earl grey"}, {"name": "Content-Type", "value": "text/plain"}]);
        let answer = json!({"status": 418, "headers": headers, "body": bytes("short and stout")});
        scene.first.program(HOOK, json!({"then": {"answer": answer}})).await;
        let reply = ask(scene, "/pot").await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (418, Some("short and stout")));
        assert_eq!(reply.headers["x-tea"], "earl grey");
        for status in [0, 99, 1000] {
            scene.first.program(HOOK, json!({"then": {"answer": {"status": status, "headers": [], "body": []}}})).await;
            assert_eq!(ask(scene, "/pot").await.status, 500, "{status} is no status");
        }
        scene.first.program(HOOK, json!({"then": {"answer": {"status": 204, "headers": [], "body": []}}})).await;
        assert_eq!(ask(scene, "/pot").await.status, 204);
        shown(HOOK, &["outcomes", "success"]);
    });
}

#[test]
fn who_is_not_there_is_not_found() {
    on_stage(async |scene| {
        assert_eq!(scene.bob.rest.get("/plugins/nobody/x").await.status, 404, "unknown");
        scene.second.disable().await;
        assert_eq!(scene.bob.rest.get(&scene.second.path("/x")).await.status, 404, "not active");
        scene.ada.rest.install("word-filter", "word-filter.wasm", plugin("word-filter")).await;
        assert_eq!(scene.bob.rest.get("/plugins/word-filter/x").await.status, 404, "without the hook");
        let patch = json!({"PluginSettings": {"Enable": false}});
        scene.ada.rest.put("/api/v4/config/patch", &patch).await.ok();
        assert_eq!(scene.bob.rest.get(&scene.first.path("/x")).await.status, 501, "plugins are off");
    });
}

#[test]
fn a_fault_is_the_servers_error_and_the_next_request_is_answered() {
    on_stage(async |scene| {
        for (fault, logged) in FAULTS {
            scene.first.program(HOOK, json!({"then": fault, "once": true})).await;
            let reply = ask(scene, "/x").await;
            assert_eq!((reply.status.as_u16(), reply.text("id")), (500, "app.plugin.serve_http.app_error"), "{fault}");
            assert!(
                !reply.body.to_string().contains(logged),
                "clients are not told what happened inside: {}",
                reply.body
            );
            let log = scene.first.log().await;
            assert!(log.iter().any(|line| line.contains(HOOK) && line.contains(logged)), "{fault}: {log:?}");
            assert_eq!(ask(scene, "/x").await.status, 200, "{fault}");

            scene.first.program(HOOK, json!({"then": fault, "once": true})).await;
            let request = json!({"request": {"method": "GET", "url": "/recorder-a/x"}});
            let reply = scene.second.api("http.plugin-http", request).await;
            assert_eq!(
                (reply.status.as_u16(), text(&reply.body, "refused/id")),
                (422, "app.plugin.plugin_http.app_error")
            );
            assert_eq!(ask(scene, "/x").await.status, 200, "{fault}");
        }
        shown(HOOK, &["fault"]);
    });
}

#[test]
fn a_plugin_may_ask_itself_and_is_stopped_before_it_does_so_for_ever() {
    on_stage(async |scene| {
        scene.forget().await;
        let call = |url: &str| json!({"function": "http.plugin-http", "arguments": {"request": {"method": "GET", "url": url}}});
        scene.first.program(HOOK, json!({"once": true, "call": call("/recorder-a/inner")})).await;
        assert_eq!(ask(scene, "/outer").await.status, 200);
        let calls = scene.first.calls(HOOK).await;
        let urls: Vec<_> = calls.iter().map(|call| call.text("request/url")).collect();
        assert_eq!(urls, ["/outer", "/inner"]);
        assert_eq!(header(&calls[1], "Mattermost-Plugin-Id"), Some("recorder-a"));

        scene.forget().await;
        scene.first.program(HOOK, json!({"call": call("/recorder-a/again")})).await;
        assert_eq!(ask(scene, "/outer").await.status, 200, "the outermost answers");
        let calls = scene.first.calls(HOOK).await.len();
        assert!((2..=8).contains(&calls), "{calls} calls");
        shown(HOOK, &["reentry"]);
    });
}
