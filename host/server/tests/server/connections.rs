//! Clients that take their time, on a socket of their own.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::house::House;

/// Longer than any of this takes, but for a connection that is not closed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that waits for a second.
async fn house() -> House {
    House::with_config(&json!({ "ServiceSettings": { "IdleTimeout": 1 } })).await
}

/// All that comes until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    // One that is closed with something unread is reset.
    assert!(read.is_ok(), "the connection is not closed");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn who_dribbles_headers_is_cut_off() {
    let house = house().await;
    let mut stream = TcpStream::connect(house.address()).await.unwrap();
    stream.write_all(b"GET /api/v4/system/ping HTTP/1.1\r\nX-More: ").await.unwrap();
    let dribbled = timeout(PATIENCE, async {
        // One header, far below every bound but that of time.
        while stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    });
    dribbled.await.expect("a header without an end is not waited for");
    assert!(!rest(&mut stream).await.contains("200 OK"));
    house.stop().await;
}

#[tokio::test]
async fn who_says_nothing_is_cut_off_before_and_after_a_request() {
    let house = house().await;
    let mut silent = TcpStream::connect(house.address()).await.unwrap();
    assert_eq!(rest(&mut silent).await, "");
    let mut idle = TcpStream::connect(house.address()).await.unwrap();
    idle.write_all(b"GET /api/v4/system/ping HTTP/1.1\r\nHost: moat\r\n\r\n").await.unwrap();
    assert!(rest(&mut idle).await.starts_with("HTTP/1.1 200 OK\r\n"));
    house.stop().await;
}

#[tokio::test]
async fn a_body_may_take_longer_than_headers() {
    let house = house().await;
    let mut stream = TcpStream::connect(house.address()).await.unwrap();
    let head = "POST /api/v4/users/login HTTP/1.1\r\nHost: moat\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(1_500)).await;
    stream.write_all(b"}").await.unwrap();
    assert!(rest(&mut stream).await.contains("api.user.login"));
    house.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_waits_for_no_idle_connection() {
    let house = House::new().await;
    let mut silent = TcpStream::connect(house.address()).await.unwrap();
    let mut idle = TcpStream::connect(house.address()).await.unwrap();
    idle.write_all(b"GET /api/v4/system/ping HTTP/1.1\r\nHost: moat\r\n\r\n").await.unwrap();
    idle.read_u8().await.unwrap();
    timeout(Duration::from_secs(5), house.stop()).await.expect("sooner than requests are waited for");
    assert_eq!(rest(&mut silent).await, "");
    rest(&mut idle).await;
}
