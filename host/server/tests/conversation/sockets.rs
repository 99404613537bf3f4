use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::{scene::Scene, world::Client};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects with the token in the upgrade, or without one.
    async fn open(client: &Client, query: &str, with_token: bool) -> Self {
        let http = client.request("GET", &format!("websocket{query}")).build().unwrap();
        let mut request = http.url().as_str().replacen("http", "ws", 1).into_client_request().unwrap();
        if with_token {
            let value = HeaderValue::from_str(&format!("BEARER {}", client.token)).unwrap();
            request.headers_mut().insert("authorization", value);
        }
        Self(connect_async(request).await.unwrap().0)
    }

    /// Connects and reads the hello.
    async fn logged_in(client: &Client) -> (Self, Value) {
        let mut socket = Self::open(client, "?connection_id=&sequence_number=0", true).await;
        let hello = socket.next().await;
        assert_eq!((&hello["event"], &hello["seq"]), (&"hello".into(), &0.into()));
        (socket, hello)
    }

    async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        loop {
            match timeout(Duration::from_secs(10), self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                end => panic!("the socket ended: {end:?}"),
            }
        }
    }

    /// The answer to a request; events before it are passed over.
    async fn answer(&mut self) -> Value {
        loop {
            let frame = self.next().await;
            if frame.get("seq_reply").is_some() {
                assert!(frame.get("seq").is_none() && frame.get("event").is_none(), "{frame}");
                return frame;
            }
        }
    }

    async fn event(&mut self, name: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["event"] == name {
                return frame;
            }
        }
    }

    async fn ends(mut self) {
        let end = timeout(Duration::from_secs(20), async {
            while let Some(Ok(frame)) = self.0.next().await {
                assert!(!matches!(frame, Message::Text(_)), "nothing was to be said: {frame}");
            }
        });
        end.await.unwrap();
    }
}

fn challenge(token: &str) -> Value {
    json!({"seq": 1, "action": "authentication_challenge", "data": {"token": token}})
}

#[tokio::test]
async fn hello_comes_before_the_answer_to_the_challenge() {
    let scene = Scene::new().await;
    let mut socket = Socket::open(&scene.bob, "/", false).await;
    socket.send(challenge(&scene.bob.token)).await;
    let hello = socket.next().await;
    assert_eq!((&hello["event"], &hello["seq"]), (&"hello".into(), &0.into()));
    assert_eq!(hello["data"]["connection_id"].as_str().unwrap().len(), 26);
    assert_eq!(hello["broadcast"]["user_id"], scene.bob.id.as_str());
    assert_eq!(socket.next().await, json!({"status": "OK", "seq_reply": 1}));
    socket.send(json!({"seq": 2, "action": "ping"})).await;
    let pong = socket.answer().await;
    assert_eq!((&pong["seq_reply"], &pong["data"]["text"]), (&2.into(), &"pong".into()));
}

#[tokio::test]
async fn a_wrong_token_closes_the_socket_without_a_word() {
    let scene = Scene::new().await;
    let mut socket = Socket::open(&scene.bob, "", false).await;
    socket.send(challenge("wrong")).await;
    socket.ends().await;
    let mut unknown = Socket::open(&scene.bob, "", false).await;
    unknown.send(json!({"seq": 1, "action": "ping"})).await;
    unknown.ends().await;
}

#[tokio::test]
async fn events_are_numbered_without_gap() {
    let scene = Scene::new().await;
    let (mut socket, _) = Socket::logged_in(&scene.bob).await;
    for number in 0..20 {
        scene.say(&scene.ada, &scene.square, &number.to_string()).await;
    }
    socket.send(json!({"seq": 1, "action": "get_statuses", "data": {}})).await;
    let (mut seq, mut posts) = (0, 0);
    while posts < 20 {
        let frame = socket.next().await;
        if let Some(number) = frame.get("seq") {
            seq += 1;
            assert_eq!(*number, seq);
            posts += i32::from(frame["event"] == "posted");
        }
    }
}

#[tokio::test]
async fn actions_answer_or_say_why_not() {
    let scene = Scene::new().await;
    let (mut socket, _) = Socket::logged_in(&scene.bob).await;
    let mut ask = async |frame: Value| {
        socket.send(frame).await;
        socket.answer().await
    };
    let typing = json!({"channel_id": scene.square, "parent_id": ""});
    assert_eq!(
        ask(json!({"seq": 1, "action": "user_typing", "data": typing})).await,
        json!({"status": "OK", "seq_reply": 1})
    );
    let nowhere = ask(json!({"seq": 2, "action": "user_typing", "data": {}})).await;
    assert_eq!((&nowhere["status"], &nowhere["error"]["status_code"]), (&"FAIL".into(), &400.into()));
    let ids = json!({"user_ids": [scene.bob.id]});
    let statuses = ask(json!({"seq": 3, "action": "get_statuses_by_ids", "data": ids})).await;
    assert_eq!(statuses["data"][&scene.bob.id], "online");
    let bad = ask(json!({"seq": 0, "action": "ping"})).await;
    assert_eq!(bad["error"]["id"], "api.web_socket_router.bad_seq.app_error");
    let unknown = ask(json!({"seq": 4, "action": "fly"})).await;
    assert_eq!(unknown["error"]["id"], "api.web_socket_router.bad_action.app_error");
    let active = json!({"user_is_active": false, "manual": true});
    assert_eq!(ask(json!({"seq": 5, "action": "user_update_active_status", "data": active})).await["status"], "OK");
    assert_eq!(scene.bob.get("users/me/status").await.1["status"], "away");
}

#[tokio::test]
async fn typing_is_for_the_others() {
    let scene = Scene::new().await;
    let (mut ada, _) = Socket::logged_in(&scene.ada).await;
    let (mut bob, _) = Socket::logged_in(&scene.bob).await;
    bob.send(json!({"seq": 1, "action": "user_typing", "data": {"channel_id": scene.square, "parent_id": "p"}})).await;
    let typing = ada.event("typing").await;
    assert_eq!(typing["data"], json!({"user_id": scene.bob.id, "parent_id": "p"}));
    assert_eq!(scene.bob.post("users/me/typing", json!({"channel_id": scene.square})).await.0, 200);
    ada.event("typing").await;
    scene.say(&scene.ada, &scene.square, "end").await;
    loop {
        let event = bob.next().await;
        assert_ne!(event["event"], "typing");
        if event["event"] == "posted" {
            break;
        }
    }
}

#[tokio::test]
async fn binary_frames_are_messagepack() {
    let scene = Scene::new().await;
    let (mut socket, _) = Socket::logged_in(&scene.bob).await;
    // {"seq": 7, "action": "ping"}
    let frame = b"\x82\xa3seq\x07\xa6action\xa4ping";
    socket.0.send(Message::binary(&frame[..])).await.unwrap();
    assert_eq!(socket.answer().await["seq_reply"], 7);
}

#[tokio::test]
async fn a_lost_socket_is_resumed_where_it_stopped() {
    let scene = Scene::new().await;
    let (mut socket, hello) = Socket::logged_in(&scene.bob).await;
    scene.say(&scene.ada, &scene.square, "seen").await;
    let seen = socket.event("posted").await;
    let (id, next) = (hello["data"]["connection_id"].as_str().unwrap(), seen["seq"].as_i64().unwrap() + 1);
    drop(socket);
    let missed = scene.say(&scene.ada, &scene.square, "missed").await;
    let mut again = Socket::open(&scene.bob, &format!("?connection_id={id}&sequence_number={next}"), true).await;
    let mut seq = next;
    loop {
        let frame = again.next().await;
        assert_ne!(frame["event"], "hello");
        assert_eq!(frame["seq"], seq);
        seq += 1;
        if frame["event"] == "posted" {
            let post: Value = serde_json::from_str(frame["data"]["post"].as_str().unwrap()).unwrap();
            assert_eq!(post["id"], missed["id"]);
            break;
        }
    }
    let unknown = format!("?connection_id={}&sequence_number=3", "a".repeat(26));
    let mut fresh = Socket::open(&scene.bob, &unknown, true).await;
    assert_eq!(fresh.next().await["event"], "hello");
    for nonsense in [
        format!("?connection_id={id}"),
        format!("?connection_id={id}&sequence_number=x"),
        "?connection_id=short&sequence_number=1".to_owned(),
    ] {
        Socket::open(&scene.bob, &nonsense, true).await.ends().await;
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_request_ends_the_socket() {
    let scene = Scene::new().await;
    for frame in ["x".repeat(9000), "no json".to_owned()] {
        let (mut socket, _) = Socket::logged_in(&scene.bob).await;
        socket.0.send(Message::text(frame)).await.unwrap();
        timeout(Duration::from_secs(10), async { while let Some(Ok(_)) = socket.0.next().await {} }).await.unwrap();
    }
}

#[tokio::test]
async fn the_end_of_a_session_is_the_end_of_its_socket() {
    let scene = Scene::new().await;
    let (mut socket, _) = Socket::logged_in(&scene.bob).await;
    assert_eq!(scene.bob.post("users/logout", json!({})).await.0, 200);
    timeout(Duration::from_secs(10), async { while let Some(Ok(_)) = socket.0.next().await {} }).await.unwrap();
}

#[tokio::test]
async fn pages_of_other_sites_cannot_connect() {
    let scene = Scene::new().await;
    let http = scene.bob.request("GET", "websocket").build().unwrap();
    let url = http.url().as_str().replacen("http", "ws", 1);
    let connect = async |origin: &str| {
        let mut request = url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("origin", HeaderValue::from_str(origin).unwrap());
        connect_async(request).await.is_ok()
    };
    assert!(!connect("http://evil.example").await);
    let own = format!("http://{}:{}", http.url().host_str().unwrap(), http.url().port().unwrap());
    assert!(connect(&own).await);
}
