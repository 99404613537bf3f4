//! A websocket client as small as tests need it.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use crate::Rest;

/// How long a test waits for an event.
const PATIENCE: Duration = Duration::from_secs(30);

/// The events that a user's client gets.
#[derive(Debug)]
pub struct Events(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Events {
    /// Connects as the user of a client.
    pub async fn of(client: &Rest) -> Self {
        let address = client.url("/api/v4/websocket").replacen("http", "ws", 1);
        let mut request = address.into_client_request().expect("an address");
        let token = HeaderValue::from_str(&format!("BEARER {}", client.token())).expect("a token");
        request.headers_mut().insert("authorization", token);
        let (socket, _) = connect_async(request).await.expect("the server takes websockets");
        let mut events = Self(socket);
        events.next("hello").await;
        events
    }

    /// The next event of this name; others before it are passed over.
    pub async fn next(&mut self, name: &str) -> Value {
        self.next_where(name, |_| true).await
    }

    /// The next event of this name that is the one meant.
    pub async fn next_where(&mut self, name: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let event = self.frame().await;
                if event.get("event").is_some_and(|event| event == name) && is_meant(&event) {
                    return event;
                }
            }
        };
        timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("no event `{name}` that is meant"))
    }

    /// All events up to one that is meant, in order.
    pub async fn until(&mut self, name: &str, is_meant: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut events = Vec::new();
        let wait = async {
            loop {
                let event = self.frame().await;
                let is_last = event.get("event").is_some_and(|event| event == name) && is_meant(&event);
                events.push(event);
                if is_last {
                    return;
                }
            }
        };
        timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("no event `{name}` that is meant"));
        events
    }

    /// Sends a request over the socket.
    pub async fn send(&mut self, request: Value) {
        self.0.send(Message::text(request.to_string())).await.expect("the socket is open");
    }

    async fn frame(&mut self) -> Value {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("frames are JSON"),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                end => panic!("the socket ended: {end:?}"),
            }
        }
    }
}
