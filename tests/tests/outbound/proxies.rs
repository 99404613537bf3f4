//! Through a proxy the rules hold as without one.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncWriteExt as _, copy_bidirectional},
    net::TcpStream,
};
use wasmoat_runtime::Limits;

use crate::{
    outside::{Outside, read_head},
    world::{Names, World, in_time, network},
};

/// A proxy that leads everything to one server, and notes what it was asked.
async fn proxy(to: &Outside) -> (Outside, Arc<Mutex<Vec<String>>>) {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let (noted, to) = (Arc::clone(&seen), to.address);
    let proxy = Outside::raw(move |mut stream| {
        let noted = Arc::clone(&noted);
        async move {
            let head = read_head(&mut stream).await;
            let mut onward = TcpStream::connect(to).await.unwrap();
            if head.starts_with("CONNECT") {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            } else {
                onward.write_all(head.as_bytes()).await.unwrap();
            }
            noted.lock().unwrap().push(head);
            let _ = copy_bidirectional(&mut stream, &mut onward).await;
        }
    })
    .await;
    (proxy, seen)
}

#[tokio::test]
async fn a_proxy_is_asked_for_what_was_granted_and_for_nothing_else() {
    in_time(async {
        let outside = Outside::new().await;
        let (proxy, seen) = proxy(&outside).await;
        let names = Names::default();
        let at = format!("http://user:secret@{}", proxy.address);
        let network = network(&names).with_proxies(&at, &at, "");
        let world = World::on(network, names, &["http://api.example.org", "http://*:8080"], Limits::default()).await;
        let outcome = world.get("http://api.example.org/echo").await;
        // The password is the proxy's own, and the server of this test stands for the proxy too.
        assert!(outcome.must_be(200).body.starts_with("GET http://api.example.org/echo\n"), "{outcome:?}");
        assert!(seen.lock().unwrap()[0].contains("proxy-authorization: Basic dXNlcjpzZWNyZXQ="));
        assert_eq!(world.names.asked().len(), 0, "the proxy resolves");
        world.get("http://other.example.org/").await.must_fail("denied", "other.example.org");
        world.get("http://127.0.0.1:8080/").await.must_fail("denied", "loopback");
        world.get("http://0x7f000001:8080/").await.must_fail("denied", "loopback");
        world.get("http://169.254.169.254:8080/").await.must_fail("denied", "metadata");
        assert_eq!(proxy.connections(), 1);
    })
    .await;
}

#[tokio::test]
async fn https_goes_through_a_tunnel_and_its_certificate_is_the_hosts() {
    in_time(async {
        // What is behind the tunnel speaks no TLS, so the request ends there and not before.
        let outside = Outside::new().await;
        let (proxy, seen) = proxy(&outside).await;
        let names = Names::default();
        let at = format!("http://user:secret@{}", proxy.address);
        let world =
            World::on(network(&names).with_proxies("", &at, ""), names, &["*.example.org"], Limits::default()).await;
        let outcome = world.get("https://api.example.org/").await;
        outcome.must_fail("tls", "api.example.org");
        let seen = seen.lock().unwrap().join("");
        assert!(seen.starts_with("CONNECT api.example.org:443 HTTP/1.1\r\n"), "{seen}");
        assert!(seen.to_lowercase().contains("proxy-authorization: basic dxnlcjpzzwnyzxq="), "{seen}");
    })
    .await;
}

#[tokio::test]
async fn a_host_without_proxy_is_reached_directly_and_checked() {
    in_time(async {
        let outside = Outside::new().await;
        let (proxy, _) = proxy(&outside).await;
        let names = Names::default();
        let at = format!("http://{}", proxy.address);
        let network = network(&names).with_proxies(&at, &at, "direct.example.org");
        let rule = format!("http://*.example.org:{}", outside.port());
        let world = World::on(network, names, &[&rule], Limits::default()).await;
        world.names.set("direct.example.org", &[&["127.0.0.1"]]);
        let outcome = world.get(&format!("http://direct.example.org:{}/echo", outside.port())).await;
        outcome.must_fail("denied", "loopback");
        assert_eq!((proxy.connections(), outside.connections()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_proxy_that_is_not_there_does_not_tell_where_it_would_be() {
    in_time(async {
        let closed = Outside::new().await;
        let at = format!("http://user:secret@{}", closed.address);
        let address = closed.address.to_string();
        drop(closed);
        tokio::task::yield_now().await;
        let names = Names::default();
        let network = network(&names).with_proxies(&at, &at, "");
        let world = World::on(network, names, &["http://api.example.org", "api.example.org"], Limits::default()).await;
        for url in ["http://api.example.org/", "https://api.example.org/"] {
            let outcome = world.get(url).await;
            assert!(!outcome.error.is_empty(), "{outcome:?}");
            assert!(!outcome.text.contains("secret") && !outcome.text.contains(&address), "{outcome:?}");
        }
    })
    .await;
}
