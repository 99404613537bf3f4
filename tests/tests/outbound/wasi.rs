//! The standard's door leads to the same broker.

use wasmoat_runtime::Limits;
use wasmoat_tests::{House, guest};

use crate::{
    outside::{Outside, answer, gone},
    world::{Names, in_time, network},
};

struct Standard {
    house: House,
    names: Names,
}

impl Standard {
    async fn reaching(hosts: &[&str]) -> Self {
        Self::with(hosts, Limits::default()).await
    }

    async fn with(hosts: &[&str], limits: Limits) -> Self {
        let names = Names::default();
        let house = House::with_network(network(&names));
        house.activate_reaching("wasi-fetcher", guest("wasi-fetcher"), limits, hosts).await.unwrap();
        Self { house, names }
    }

    async fn ask(&self, request: &str) -> (u16, String) {
        let answer = self.house.http("wasi-fetcher", "/", request).await.unwrap();
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    }

    #[track_caller]
    fn must_fail((status, text): &(u16, String), code: &str) {
        assert!(*status == 502 && text.starts_with(&format!("error: {code}")), "expected {code}: {status} {text}");
    }
}

#[tokio::test]
async fn a_component_that_asks_by_the_standard_needs_the_permission_of_http() {
    let house = House::new();
    let artifact = house.runtime.compile(guest("wasi-fetcher")).await.unwrap();
    let permissions = &artifact.inspection().permissions;
    assert_eq!(permissions.keys().collect::<Vec<_>>(), ["http", "wasi"]);
    assert_eq!(permissions["http"], ["wasi:http/outgoing-handler@0.2.12"]);
}

#[tokio::test]
async fn a_request_by_the_standard_arrives() {
    in_time(async {
        let outside = Outside::new().await;
        let standard = Standard::reaching(&[&outside.rule()]).await;
        let body = "hello ".repeat(10_000);
        let (status, text) = standard.ask(&format!("POST {}\nX-Api-Key: k\n{body}", outside.url("/echo?a=b"))).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.starts_with("POST /echo?a=b\n") && text.contains("\nx-api-key: k\n"), "{}", &text[..300]);
        assert!(text.contains(&format!("\nhost: {}\n", outside.address)) && text.ends_with(&body), "{}", &text[..300]);
        let requests = standard.house.platform.requests();
        assert_eq!((requests.len(), requests[0].1.sent), (1, 60_000));
    })
    .await;
}

#[tokio::test]
async fn the_length_that_a_guest_says_is_sent() {
    in_time(async {
        let outside = Outside::new().await;
        let standard = Standard::reaching(&[&outside.rule()]).await;
        let (status, text) = standard.ask(&format!("PUT {}\nContent-Length: 5\nhello", outside.url("/echo"))).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains("\ncontent-length: 5\n") && !text.contains("transfer-encoding"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn hosts_that_were_not_granted_are_denied_by_the_standard_too() {
    in_time(async {
        let (granted, other) = (Outside::new().await, Outside::new().await);
        let rules = [granted.rule(), format!("http://*:{}", other.port())];
        let standard = Standard::reaching(&[&rules[0], &rules[1]]).await;
        standard.names.set("inside.example", &[&["127.0.0.1"]]);
        let port = other.port();
        Standard::must_fail(&standard.ask("GET https://elsewhere.example/").await, "HttpRequestDenied");
        for host in ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]", "inside.example"] {
            let answer = standard.ask(&format!("GET http://{host}:{port}/echo")).await;
            Standard::must_fail(&answer, "DestinationIpProhibited");
        }
        let answer = standard.ask(&format!("GET http://{}@{}/echo", granted.address, other.address)).await;
        assert_eq!(answer.0, 502, "{answer:?}");
        assert_eq!(other.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_bound_anew_is_denied_by_the_standard_too() {
    in_time(async {
        let outside = Outside::new().await;
        let port = outside.port();
        let standard = Standard::reaching(&[&format!("http://api.example.org:{port}")]).await;
        standard.names.set("api.example.org", &[&["93.184.215.14", "127.0.0.1"]]);
        let answer = standard.ask(&format!("GET http://api.example.org:{port}/echo")).await;
        Standard::must_fail(&answer, "DestinationIpProhibited");
        assert_eq!(outside.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn redirects_are_the_guests_own_to_follow_and_to_be_checked() {
    in_time(async {
        let outside = Outside::new().await;
        let standard = Standard::reaching(&[&outside.rule()]).await;
        let (status, _) = standard.ask(&format!("GET {}", outside.url("/to?http://169.254.169.254/"))).await;
        assert_eq!(status, 302);
        Standard::must_fail(&standard.ask("GET http://169.254.169.254/").await, "HttpRequestDenied");
    })
    .await;
}

#[tokio::test]
async fn limits_hold_for_the_standard_too() {
    in_time(async {
        let silent = Outside::raw(gone).await;
        let large = Outside::raw(|stream| async {
            let body = "x".repeat(100_000);
            answer(stream, format!("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{body}").as_bytes()).await;
        })
        .await;
        let limits =
            Limits { http_ms: 300, http_response_bytes: 50_000, http_request_bytes: 10_000, ..Limits::default() };
        let standard = Standard::with(&[&silent.rule(), &large.rule()], limits).await;
        Standard::must_fail(&standard.ask(&format!("GET {}", silent.url("/"))).await, "HttpResponseTimeout");
        Standard::must_fail(&standard.ask(&format!("GET {}", large.url("/"))).await, "HTTP response body size");
        let upload = standard.ask(&format!("PUT {}\n\n{}", silent.url("/"), "x".repeat(20_000))).await;
        Standard::must_fail(&upload, "HttpRequestBodySize");
        silent.until_open(0).await;
        large.until_open(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_tunnel_is_no_request_by_the_standard_either() {
    in_time(async {
        let outside = Outside::new().await;
        let standard = Standard::reaching(&[&outside.rule()]).await;
        for method in ["CONNECT", "TRACE"] {
            let answer = standard.ask(&format!("{method} {}", outside.url("/"))).await;
            assert_eq!(answer.0, 502, "{answer:?}");
        }
        assert_eq!(outside.connections(), 0);
    })
    .await;
}
