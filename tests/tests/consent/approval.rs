//! Approving and denying.

use serde_json::{Value, json};
use wasmoat_tests::{Bundle, Events, guest};

use crate::{Moat, RUNNING, refused};

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_to_what_is_not_asked_for_is_refused() {
    let moat = Moat::new().await;
    moat.upload("asks-for-little").await;
    for consent in [
        json!({"permissions": ["posts.read", "users.admin"]}),
        json!({"permissions": ["posts.read"], "hosts": ["example.com"]}),
        json!({"permissions": ["posts.read"], "hosts": ["example.org"]}),
        json!({"permissions": ["posts.read"], "plugins": ["*"]}),
        json!({"permissions": ["posts.read"], "database": true}),
    ] {
        let reply = moat.decide("librarian", json!({"approve": consent})).await;
        refused(&reply, "app.plugin.not_asked.app_error", 400);
    }
    refused(&moat.enable("librarian").await, "app.plugin.not_approved.app_error", 403);
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_author_requires_cannot_be_left_out() {
    let moat = Moat::new().await;
    moat.upload("asks-for-little").await;
    let reply = moat.decide("librarian", json!({"approve": {"permissions": ["posts.write"]}})).await;
    assert!(refused(&reply, "app.plugin.required.app_error", 400).contains("posts.read"));
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_is_none_is_refused() {
    let moat = Moat::new().await;
    moat.upload("asks-for-little").await;
    for decision in [json!({}), json!({"approve": false}), json!({"approve": true, "deny": true})] {
        refused(&moat.decide("librarian", decision).await, "app.plugin.decision.app_error", 400);
    }
    let unknown = moat.decide("librarian", json!({"approve": {"permisions": ["kv"]}})).await;
    assert_eq!(unknown.status, 400, "a typing error is no consent: {}", unknown.body);
    refused(&moat.decide("nobody", json!({"approve": true})).await, "app.plugin.not_installed.app_error", 404);
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_for_the_component_that_the_admin_has_seen() {
    let moat = Moat::new().await;
    moat.upload("asks-for-little").await;
    let seen = moat.permissions("librarian").await["waiting"]["digest"].clone();
    // Somebody replaces the upload between the look and the word.
    moat.upload("asks-for-more").await;
    let reply = moat.decide("librarian", json!({"approve": true, "digest": seen})).await;
    refused(&reply, "app.plugin.decision_outdated.app_error", 409);
    refused(&moat.enable("librarian").await, "app.plugin.not_approved.app_error", 403);
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_upload_is_gone() {
    let moat = Moat::new().await;
    moat.upload("asks-for-little").await;
    moat.decide("librarian", json!({"deny": true})).await.ok();
    refused(&moat.enable("librarian").await, "app.plugin.not_installed.app_error", 404);
    assert!(!moat.server.data().join("plugins/librarian").exists());
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_plugin_can_be_narrowed_while_it_runs() {
    let moat = Moat::with_librarian().await;
    assert_eq!(moat.ask(&format!("/say/{}", moat.channel.id)).await.status, 200);
    moat.decide("librarian", json!({"approve": {"permissions": ["kv", "posts.read"]}})).await.ok();
    assert_eq!(moat.ask(&format!("/say/{}", moat.channel.id)).await.status, 422);
    assert_eq!(moat.status("librarian").await.0, RUNNING);
    let reply = moat.decide("librarian", json!({"deny": true})).await;
    refused(&reply, "app.plugin.nothing_pending.app_error", 400);
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_the_configuration_enables_waits_all_the_same() {
    let moat = Moat::new().await;
    let enabled = json!({"PluginSettings": {"PluginStates": {"librarian": {"Enable": true}}}});
    moat.admin.put("/api/v4/config/patch", &enabled).await.ok();
    moat.upload("asks-for-little").await;
    assert_eq!(moat.ask("/version").await.status, 404);
    moat.decide("librarian", json!({"approve": true})).await.ok();
    assert_eq!(moat.ask("/version").await.body, "version 1", "approved, it starts");
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_audited_and_told_to_clients() {
    let moat = Moat::new().await;
    let audit = json!({"ExperimentalAuditSettings": {"FileEnabled": true}});
    moat.admin.put("/api/v4/config/patch", &audit).await.ok();
    moat.upload("asks-for-little").await;
    let mut events = Events::of(&moat.admin).await;
    moat.decide("librarian", json!({"approve": {"permissions": ["posts.read"]}})).await.ok();
    events.next("plugin_statuses_changed").await;
    moat.decide("librarian", json!({"deny": true})).await;
    let admin = moat.admin.my_id().await;
    let log = moat.server.audit_log("denyPlugin").await;
    moat.server.stop().await;
    let records: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|record: &Value| record["event"]["object_type"] == "plugin")
        .collect();
    let [approved, denied] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((&approved["event_name"], &approved["status"]), (&json!("approvePlugin"), &json!("success")));
    assert_eq!(approved["actor"]["user_id"], admin);
    assert_eq!(approved["event"]["parameters"]["consent"]["permissions"], json!(["posts.read"]));
    assert!(approved["event"]["parameters"]["digest"].is_string());
    assert_eq!((&denied["event_name"], &denied["status"]), (&json!("denyPlugin"), &json!("fail")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_cannot_turn_approval_off() {
    let moat = Moat::new().await;
    moat.upload("conformance").await;
    moat.decide("conformance", json!({"approve": true})).await.ok();
    moat.enable("conformance").await.ok();
    let mut config = moat.admin.get("/api/v4/config").await.ok();
    assert_eq!(config["PluginSettings"]["Wasmoat"]["ApproveOnEnable"], false);
    config["PluginSettings"]["Wasmoat"]["ApproveOnEnable"] = json!(true);
    config["TeamSettings"]["SiteName"] = json!("mine now");
    let call = json!({"function": "config.save-config", "arguments": {"config": config.to_string()}});
    moat.admin.post("/plugins/conformance/call", &call).await.ok();
    let config = moat.admin.get("/api/v4/config").await.ok();
    assert_eq!(config["TeamSettings"]["SiteName"], "mine now", "the rest was saved");
    assert_eq!(config["PluginSettings"]["Wasmoat"]["ApproveOnEnable"], false);
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_installs_another_one_does_not_approve_it() {
    let moat = Moat::new().await;
    moat.upload("conformance").await;
    moat.decide("conformance", json!({"approve": true})).await.ok();
    moat.enable("conformance").await.ok();
    let file: Vec<u8> = guest("asks-for-little").into();
    let call = |function: &str, arguments: Value| json!({"function": function, "arguments": arguments});
    let install = call("plugins.install-plugin", json!({"file": file, "replace": false}));
    moat.admin.post("/plugins/conformance/call", &install).await.ok();
    let enable = call("plugins.enable-plugin", json!({"id": "librarian"}));
    let reply = moat.admin.post("/plugins/conformance/call", &enable).await;
    assert_eq!((reply.status.as_u16(), reply.text("id")), (422, "app.plugin.not_approved.app_error"));
    assert_eq!(moat.permissions("librarian").await["approval"], "pending");
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_manifest_around_the_same_component_waits_for_what_it_adds() {
    let moat = Moat::with_librarian().await;
    let manifest = json!({
        "id": "librarian", "name": "Librarian", "version": "1.0.1", "server": {"executable": "plugin.wasm"},
        "wasmoat": {"hosts": {"evil.example": "Nothing to see here."}},
    });
    let bundle = Bundle::default().file("plugin.json", manifest.to_string().as_bytes());
    let bundle = bundle.file("plugin.wasm", &guest("asks-for-little")).finish();
    moat.admin.upload("librarian.tar.gz", bundle, true).await.ok();
    let shown = moat.permissions("librarian").await;
    assert_eq!((&shown["approval"], &shown["installed"]["version"]), (&json!("upgrade_pending"), &json!("1.0.0")));
    assert!(shown["difference"]["hosts"]["evil.example"].is_string(), "{shown}");
    moat.server.stop().await;
}
