//! Who asks is said by the server alone, whatever a client or a plugin writes.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use wasmoat_tests::scene::{Scene, on_a_stage_of_its_own, on_stage, text};

use crate::Attacker;

/// Sends bytes as they are, and answers the status.
async fn raw(scene: &Scene, head: &str) -> u16 {
    let mut stream = TcpStream::connect(scene.server.running.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

/// Names of the headers that a recorder saw and that could be taken for an identity.
async fn identities(scene: &Scene) -> Vec<String> {
    let calls = scene.first.calls("serve-http").await;
    let headers = calls.iter().flat_map(|call| call.get("request/headers").as_array().cloned().unwrap_or_default());
    let mut names: Vec<String> = headers
        .map(|header| text(&header, "name").to_lowercase().replace('_', "-"))
        .filter(|name| name.contains("mattermost"))
        .collect();
    names.dedup();
    names
}

#[test]
fn a_strangers_headers_do_not_make_an_identity() {
    on_stage(async |scene| {
        scene.forget().await;
        let path = scene.first.path("/who");
        for lines in [
            "mattermost-user-id: admin",
            "MATTERMOST-USER-ID: admin\r\nMattermost-User-Id: admin",
            "Mattermost_User_Id: admin",
            "mattermost-user_id: admin\r\nMattermost-Plugin_Id: recorder-b",
            "Mattermost-Plugin-Id: com.mattermost.server",
            "X-Mattermost-Source-Plugin-Id: recorder-b",
            "x_mattermost_source_plugin_id: recorder-b",
        ] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\nConnection: close\r\n\r\n");
            assert_eq!(raw(scene, &head).await, 200, "{lines}");
        }
        assert_eq!(identities(scene).await, Vec::<String>::new());
        // Neither folded lines nor names with spaces are headers at all.
        for lines in
            ["X-A: 1\r\n Mattermost-User-Id: admin", "Mattermost-User-Id : admin", " Mattermost-User-Id: admin"]
        {
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\nConnection: close\r\n\r\n");
            let status = raw(scene, &head).await;
            assert!(matches!(status, 200 | 400), "{lines}: {status}");
        }
        assert_eq!(identities(scene).await, Vec::<String>::new());
    });
}

#[test]
fn a_plugins_headers_do_not_make_an_identity() {
    on_a_stage_of_its_own(async |scene| {
        let attacker = Attacker::install(scene, json!({})).await;
        scene.forget().await;
        let names = [
            "mattermost-user-id",
            "Mattermost_User_Id",
            "MATTERMOST-PLUGIN-ID",
            "X-Mattermost-Source-Plugin-Id",
            "X-A: 1\r\nMattermost-User-Id",
            "Mattermost-User-Id\0",
            " Mattermost-User-Id ",
        ];
        let mut headers: Vec<Value> = names.map(|name| json!({"name": name, "value": "admin"})).to_vec();
        headers.push(json!({"name": "X-B", "value": "1\r\nMattermost-User-Id: admin"}));
        let request = json!({"method": "GET", "url": "/recorder-a/who", "headers": headers, "body": []});
        attacker.call("http.plugin-http", json!({"request": request})).await.ok();
        let calls = scene.first.calls("serve-http").await;
        let headers = calls[0].get("request/headers").as_array().unwrap().clone();
        let seen: Vec<(&str, &str)> =
            headers.iter().map(|header| (text(header, "name"), text(header, "value"))).collect();
        assert!(seen.contains(&("Mattermost-Plugin-Id", "conformance")), "{seen:?}");
        assert!(seen.iter().all(|(_, value)| !value.contains("admin")), "the host's own, and nothing else: {seen:?}");
    });
}

#[test]
fn an_id_in_another_case_is_the_same_plugin() {
    on_a_stage_of_its_own(async |scene| {
        let bundle = wasmoat_tests::renamed(&wasmoat_tests::guest("counter"), "Recorder-A");
        let reply = scene.ada.rest.upload("x.tar.gz", bundle, false).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
        assert_eq!(reply.text("id"), "app.plugin.install_id.app_error", "{}", reply.body);
        for path in
            ["/plugins/RECORDER-A/x", "/plugins/recorder-a%00/x", "/plugins/recorder%2Da/x", "/plugins/ｒecorder-a/x"]
        {
            let reply = scene.bob.rest.get(path).await;
            assert_eq!(reply.status, 404, "{path}");
        }
        let attacker = Attacker::install(scene, json!({})).await;
        let called = attacker.call(
            "bridge.call-plugin",
            json!({
                "target_plugin_id": "RECORDER-A", "endpoint": "/x", "request": [], "response_schema": null,
            }),
        );
        assert_eq!(called.await.status, 422);
    });
}
