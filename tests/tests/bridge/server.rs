//! The bridge of a whole server, seen by its clients.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Mutex,
};
use wasmoat_runtime::{BridgeCall, BridgeError, CallContext, IDENTITY_HEADERS};
use wasmoat_tests::{Bundle, Rest, TestServer, guest};

use crate::in_time;

/// Two servers that share compiled code must not start at once.
static STARTING: Mutex<()> = Mutex::const_new(());

fn bundle(id: &str, component: &str, wasmoat: &Value) -> Vec<u8> {
    let manifest = json!({
        "id": id, "name": id, "version": "1.0.0", "server": { "executable": "plugin.wasm" }, "wasmoat": wasmoat,
    });
    Bundle::default()
        .file("plugin.json", manifest.to_string().as_bytes())
        .file("plugin.wasm", &guest(component))
        .finish()
}

/// A server with the caller and an echo that declares what it offers.
async fn server() -> (TestServer, Rest) {
    let starting = STARTING.lock().await;
    let server = TestServer::start_with_shared_code().await;
    let admin = server.admin().await;
    let may_call = json!({ "plugins": { "echo": "To echo." } });
    admin.install("caller", "caller.tar.gz", bundle("caller", "bridge-caller", &may_call)).await;
    let offers = json!({ "bridge": [
        { "path": "/echo", "version": "1", "description": "Echoes.", "callers": ["caller", "core"],
          "request": { "type": "object" }, "response": { "type": "object" } },
        { "path": "/context", "description": "Who asks.", "callers": ["*"] },
        { "path": "/seen", "description": "What it sees.", "callers": ["*"] },
    ] });
    admin.install("echo", "echo.tar.gz", bundle("echo", "echo", &offers)).await;
    drop(starting);
    (server, admin)
}

async fn told(client: &Rest, call: &Value) -> Value {
    let reply = client.post("/plugins/caller/", call).await;
    assert!(reply.status.is_success(), "{}: {}", reply.status, reply.body);
    reply.body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_carries_the_user_who_started_the_chain() {
    in_time(async {
        let (server, admin) = server().await;
        let call = json!({ "target": "echo", "endpoint": "/context" });
        let context = told(&admin, &call).await["ok"].as_str().unwrap().to_owned();
        let parts: Vec<&str> = context.split('|').collect();
        assert_eq!((parts[0], parts[1]), ("caller", admin.my_id().await.as_str()));
        assert_eq!(parts[2].len(), 26, "the session: {context}");
        assert!(parts[3].contains("system_admin"), "the roles: {context}");
        let nobody = told(&server.stranger(), &call).await;
        assert_eq!(nobody["ok"], "caller|||");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_calls_as_itself_and_is_checked_like_a_plugin() {
    in_time(async {
        let (server, _) = server().await;
        let core = server.running.core();
        let ask = |endpoint: &str, request: &str| BridgeCall {
            target: "echo".into(),
            endpoint: endpoint.into(),
            request: request.into(),
            response_schema: None,
        };
        let cx = CallContext::core();
        assert_eq!(core.call_plugin_from_core(&cx, ask("/echo", "{}")).await.unwrap(), b"{}");
        let answer = core.call_plugin_from_core(&cx, ask("/context", "")).await.unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), "com.mattermost.server|||");
        let refused = core.call_plugin_from_core(&cx, ask("/echo", "[]")).await.unwrap_err();
        assert!(matches!(&refused, BridgeError::SchemaViolation(text) if text.contains("object")), "{refused:?}");
        let refused = core.call_plugin_from_core(&cx, ask("/nowhere", "{}")).await.unwrap_err();
        assert!(matches!(refused, BridgeError::NoEndpoint(_)), "{refused:?}");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_offers_is_checked_when_it_is_uploaded() {
    in_time(async {
        let (server, admin) = server().await;
        for (id, wasmoat, text) in [
            (
                "bad-schema",
                json!({ "bridge": [{ "path": "/x", "description": "d", "callers": ["*"], "request": { "type": 7 } }] }),
                "schema of the request",
            ),
            ("no-callers", json!({ "bridge": [{ "path": "/x", "description": "d", "callers": [] }] }), "names nobody"),
            ("core", json!({}), "the server itself"),
            ("com.mattermost.server", json!({}), "the server itself"),
        ] {
            let reply = admin.upload("x.tar.gz", bundle(id, "echo", &wasmoat), false).await;
            assert_eq!(reply.status, 400, "{id}: {}", reply.body);
            assert!(reply.text("message").contains(text), "{id}: {}", reply.body);
        }
        server.stop().await;
    })
    .await;
}

/// Sends a request as no client library would.
async fn raw(server: &TestServer, request: &str) -> String {
    let mut stream = TcpStream::connect(server.running.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_client_passes_for_somebody_else() {
    in_time(async {
        let (server, admin) = server().await;
        let mut lines = String::new();
        for name in IDENTITY_HEADERS {
            let odd = name.replace("at", "AT").replace("er", "eR");
            for spelt in [(*name).to_owned(), name.to_lowercase(), name.to_uppercase(), odd, name.replace('-', "_")] {
                lines.push_str(&format!("{spelt}: forged\r\n{spelt}:forged\r\n"));
            }
        }
        let agent = "User-Agent: Mattermost-Plugin-Bridge/1.0 forged\r\n";
        let close = "Host: x\r\nConnection: close\r\n";
        let seen =
            raw(&server, &format!("GET /plugins/echo/seen HTTP/1.1\r\n{close}{agent}{lines}X-Kept: kept\r\n\r\n"))
                .await;
        assert!(seen.contains("200 OK") && seen.contains("x-kept=kept"), "{seen}");
        assert!(!seen.contains("forged"), "{seen}");
        // Logged in, the target sees the server's word for it, once.
        let token = admin.token();
        let seen = raw(
            &server,
            &format!("GET /plugins/echo/seen HTTP/1.1\r\n{close}{lines}Authorization: Bearer {token}\r\n\r\n"),
        )
        .await;
        let me = format!("mattermost-user-id={}", admin.my_id().await);
        assert_eq!(seen.matches("mattermost-user-id=").count(), 1, "{seen}");
        assert!(seen.contains(&me) && !seen.contains("forged"), "{seen}");
        // A folded line, and one with a bare line break, are refused or stay one value.
        for broken in [
            "X-A: 1\r\n Mattermost-User-Id: forged\r\n",
            "X-A: 1\nMattermost-User-Id: forged\r\n",
            "X-A: 1\rMattermost-User-Id: forged\r\n",
        ] {
            let seen = raw(&server, &format!("GET /plugins/echo/seen HTTP/1.1\r\n{close}{broken}\r\n")).await;
            assert!(!seen.contains("mattermost-user-id=forged"), "{seen}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_an_answer_as_it_is_made_and_ends_the_call_by_going_away() {
    in_time(async {
        let (server, admin) = server().await;
        // Far more than anybody waits for: the first piece can only be here because it was sent at once.
        let endless = json!({ "count": 100_000_000, "bytes": 1_000 });
        let mut response = admin.request(Method::POST, "/plugins/echo/stream").json(&endless).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let piece = response.chunk().await.unwrap().unwrap();
        assert!(piece.iter().all(|byte| *byte == b'a') && !piece.is_empty());
        let in_use = || server.running.core().runtime.instances("echo").map(|(in_use, _)| in_use);
        assert_eq!(in_use(), Some(1));
        drop(response);
        while in_use() != Some(0) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let cut = json!({ "count": 1, "bytes": 10, "end": "trap" });
        let response = admin.request(Method::POST, "/plugins/echo/stream").json(&cut).send().await.unwrap();
        assert!(response.bytes().await.is_err(), "an answer that is cut is no whole answer");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_reads_a_body_as_it_comes_in() {
    in_time(async {
        let (server, admin) = server().await;
        admin.install("forwarder", "x.tar.gz", bundle("forwarder", "forwarder", &json!({}))).await;
        let (mut client, body) = tokio::io::duplex(64);
        let body = reqwest::Body::wrap_stream(futures::stream::unfold(body, |mut body| async move {
            let mut piece = [0; 64];
            let read = body.read(&mut piece).await.ok().filter(|read| *read > 0)?;
            Some((Ok::<_, std::io::Error>(piece[..read].to_vec()), body))
        }));
        let sent = admin.request(Method::POST, "/plugins/forwarder/x").body(body);
        client.write_all(b"to be").await.unwrap();
        let mut response = sent.send().await.unwrap();
        assert_eq!(response.chunk().await.unwrap().unwrap(), "TO BE", "before the rest is written");
        client.write_all(b" or not").await.unwrap();
        drop(client);
        let mut rest = Vec::new();
        while let Some(piece) = response.chunk().await.unwrap() {
            rest.extend_from_slice(&piece);
        }
        assert_eq!(String::from_utf8(rest).unwrap(), " OR NOT2");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_see_the_map_the_hops_and_the_metrics() {
    in_time(async {
        let (server, admin) = server().await;
        let call = json!({ "target": "echo", "endpoint": "/echo", "request": "{}" });
        assert_eq!(told(&admin, &call).await["ok"], "{}");
        let refused = json!({ "target": "echo", "endpoint": "/echo", "request": "[]" });
        assert_eq!(told(&admin, &refused).await["kind"], "schema-violation");

        let map = admin.get("/api/v4/plugins/bridge/map").await.ok();
        let edge = &map["edges"][0];
        assert_eq!(
            (&edge["source"], &edge["target"], &edge["endpoint"]),
            (&json!("caller"), &json!("echo"), &json!("/echo"))
        );
        assert_eq!((&edge["calls"], &edge["errors"], &edge["breaker"]), (&json!(2), &json!(1), &json!("closed")));
        assert_eq!(map["plugins"][1]["endpoints"][0]["callers"], json!(["caller", "core"]));

        let picture = admin.get("/api/v4/plugins/bridge/map.svg").await;
        assert_eq!(picture.headers["content-type"], "image/svg+xml; charset=utf-8");
        assert!(picture.body.as_str().unwrap().contains("2 calls, 1 errors"), "{}", picture.body);

        let hops = admin.get("/api/v4/plugins/bridge/hops").await.ok();
        let first = &hops["hops"][0];
        assert_eq!(
            (&first["door"], &first["status"], &first["endpoint"]),
            (&json!("call-plugin"), &json!("ok"), &json!("/echo"))
        );
        assert_eq!(first["user_id"], admin.my_id().await);
        let request_id = first["request_id"].as_str().unwrap();
        let own = admin.get(&format!("/api/v4/plugins/bridge/hops?request_id={request_id}")).await.ok();
        assert_eq!(own["hops"].as_array().unwrap().len(), 1);

        let metrics = admin.get("/metrics").await.body.as_str().unwrap().to_owned();
        for status in ["ok", "schema_violation"] {
            let status = format!("status=\"{status}\"");
            let labels =
                ["plugin_bridge_calls_total", "source=\"caller\"", "target=\"echo\"", "method=\"/echo\"", &status];
            let is_there = metrics.lines().any(|line| labels.iter().all(|label| line.contains(label)));
            assert!(is_there, "{status}: {metrics}");
        }
        assert!(metrics.contains("plugin_bridge_call_duration_seconds_bucket"), "{metrics}");

        let bob = admin.sign_up("bob").await;
        for path in ["map", "map.svg", "hops"] {
            let reply = bob.get(&format!("/api/v4/plugins/bridge/{path}")).await;
            assert_eq!(reply.status, 403, "{path}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_in_the_audit_log_without_what_was_said() {
    in_time(async {
        let (server, admin) = server().await;
        let patch = json!({ "ExperimentalAuditSettings": { "FileEnabled": true } });
        admin.put("/api/v4/config/patch", &patch).await.ok();
        told(&admin, &json!({ "target": "echo", "endpoint": "/echo", "request": r#"{"secret": "word"}"# })).await;
        let log = server.audit_log("bridgeCall").await;
        let line = log.lines().find(|line| line.contains("bridgeCall")).unwrap();
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["event"]["parameters"]["endpoint"], "/echo");
        assert_eq!(line["actor"]["user_id"], admin.my_id().await);
        assert!(!line.to_string().contains("secret"), "{line}");
        server.stop().await;
    })
    .await;
}
