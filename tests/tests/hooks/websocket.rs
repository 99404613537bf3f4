//! Websocket connections and what clients send over them.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};
use wasmoat_tests::{Call, Reply, Rest};

use crate::{
    observers::shows_observer,
    operation::{Operation, Way},
    scene::{FAULTS, Scene, id, on_stage, shown, text},
};

const CONNECT: &str = "on-web-socket-connect";
const DISCONNECT: &str = "on-web-socket-disconnect";
const MESSAGE: &str = "web-socket-message-has-been-posted";

/// A client's connection.
struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What the server calls it; empty before it is logged in.
    id: String,
}

impl Socket {
    async fn of(client: &Rest) -> Self {
        Self::open(client, true).await
    }

    async fn open(client: &Rest, logged_in: bool) -> Self {
        let address = client.url("/api/v4/websocket").replacen("http", "ws", 1);
        let mut request = address.into_client_request().unwrap();
        if logged_in {
            let token = HeaderValue::from_str(&format!("BEARER {}", client.token())).unwrap();
            request.headers_mut().insert("authorization", token);
        }
        let mut socket = Self { stream: connect_async(request).await.unwrap().0, id: String::new() };
        if logged_in {
            socket.hello().await;
        }
        socket
    }

    async fn hello(&mut self) {
        let hello = self.next().await;
        self.id = text(&hello, "data/connection_id").to_owned();
        assert!(!self.id.is_empty(), "{hello}");
    }

    async fn next(&mut self) -> Value {
        loop {
            match timeout(Duration::from_secs(20), self.stream.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                end => panic!("the socket ended: {end:?}"),
            }
        }
    }

    async fn send(&mut self, frame: Value) {
        self.stream.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn close(mut self) {
        self.stream.close(None).await.unwrap();
    }
}

fn is_of(call: &Call, socket: &str) -> bool {
    call.text("web_conn_id") == socket
}

#[test]
fn on_web_socket_connect_and_disconnect() {
    on_stage(async |scene| {
        scene.forget().await;
        let socket = Socket::of(&scene.bob.rest).await;
        let connection = socket.id.clone();
        for recorder in scene.recorders() {
            let call = recorder.wait_for(CONNECT, |call| is_of(call, &connection)).await;
            assert_eq!(call.text("user_id"), scene.bob.id);
            assert!(recorder.calls(DISCONNECT).await.is_empty());
        }
        socket.close().await;
        for recorder in scene.recorders() {
            let call = recorder.wait_for(DISCONNECT, |call| is_of(call, &connection)).await;
            assert_eq!(call.text("user_id"), scene.bob.id);
            let connects = recorder.calls(CONNECT).await;
            assert!(connects[0].at < call.at, "in order");
        }
        shown(CONNECT, &["fired", "payload", "chain"]);
        shown(DISCONNECT, &["fired", "payload", "chain"]);
    });
}

#[test]
fn a_connection_that_logs_in_later_has_no_user_at_first() {
    on_stage(async |scene| {
        scene.forget().await;
        let mut socket = Socket::open(&scene.bob.rest, false).await;
        let call = scene.first.wait_for(CONNECT, |_| true).await;
        assert_eq!(call.text("user_id"), "");
        let token = scene.bob.rest.token();
        socket.send(json!({"seq": 1, "action": "authentication_challenge", "data": {"token": token}})).await;
        socket.hello().await;
        assert_eq!(call.text("web_conn_id"), socket.id, "it keeps its id");
        let told =
            scene.first.wait_for(MESSAGE, |call| call.text("request/action") == "authentication_challenge").await;
        assert!(!told.arguments.to_string().contains(token), "no plugin learns a token");
        socket.close().await;
        let call = scene.first.wait_for(DISCONNECT, |_| true).await;
        assert_eq!(call.text("user_id"), scene.bob.id);
        shown(CONNECT, &["outcomes", "success"]);
        shown(DISCONNECT, &["outcomes", "success"]);
    });
}

/// A plugin that fails at the news of a connection, or of its end, keeps no client from its events.
#[test]
fn a_fault_at_a_connection_is_passed_over() {
    on_stage(async |scene| {
        for hook in [CONNECT, DISCONNECT] {
            for (fault, logged) in FAULTS {
                scene.forget().await;
                scene.first.program(hook, json!({"then": fault})).await;
                let mut socket = Socket::of(&scene.bob.rest).await;
                let connection = socket.id.clone();
                let post = id(&scene.post("hello").await);
                while !socket.next().await.to_string().contains(&post) {}
                socket.close().await;
                for recorder in scene.recorders() {
                    recorder.wait_for(hook, |call| is_of(call, &connection)).await;
                }
                crate::observers::until_logged(scene, hook, logged).await;
            }
            shown(hook, &["fault"]);
        }
    });
}

/// Ada's client sends an action.
struct Sending;

impl Operation for Sending {
    const HOOK: &'static str = MESSAGE;

    async fn prepare(&self, _: &Scene) -> Value {
        Scene::name("custom_recorder-a_").into()
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let mut socket = Socket::of(&scene.ada.rest).await;
        socket.send(json!({"seq": 7, "action": target, "data": {"key": "value"}})).await;
        socket.send(json!({"seq": 8, "action": "ping"})).await;
        while socket.next().await["seq_reply"] != 8 {}
        socket.close().await;
        scene.ada.rest.get("/api/v4/users/me").await
    }

    fn api(&self, _: &Scene, _: &Value) -> Option<(&'static str, Value)> {
        None
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.get("request/action") == target
    }

    fn check(&self, scene: &Scene, call: &Call, _: &Value, _: Way) {
        assert_eq!(call.text("user_id"), scene.ada.id);
        assert!(!call.text("web_conn_id").is_empty() && !call.text("request/session_id").is_empty());
        assert_eq!(call.get("request/seq"), 7);
        let data: Value = serde_json::from_str(call.text("request/data")).unwrap();
        assert_eq!((text(&data, "key"), text(&data, "x_forwarded_for")), ("value", ""));
        assert!(text(&data, "remote_addr").starts_with("127.0.0.1"), "{data}");
    }
}

#[test]
fn web_socket_message_has_been_posted() {
    shows_observer(&Sending);
}

#[test]
fn plugins_see_every_message_and_the_server_answers_its_own() {
    on_stage(async |scene| {
        scene.forget().await;
        let mut socket = Socket::of(&scene.bob.rest).await;
        socket.send(json!({"seq": 1, "action": "custom_somebody_else", "data": {}})).await;
        socket.send(json!({"seq": 2, "action": "get_statuses", "data": {}})).await;
        socket.send(json!({"seq": 3, "action": "no_such_action", "data": {}})).await;
        let mut replies = Vec::new();
        while replies.len() < 2 {
            let frame = socket.next().await;
            replies.extend(frame["seq_reply"].as_i64());
        }
        assert_eq!(replies, [2, 3], "custom actions are not the server's to answer");
        scene.first.wait_for(MESSAGE, |call| call.text("request/action") == "no_such_action").await;
        let calls = scene.first.calls(MESSAGE).await;
        let actions: Vec<_> = calls.iter().map(|call| call.text("request/action")).collect();
        assert_eq!(actions, ["custom_somebody_else", "get_statuses", "no_such_action"], "in order");
    });
}
