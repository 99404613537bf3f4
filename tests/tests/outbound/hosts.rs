//! Only hosts that were granted, whatever they are called.

use wasmoat_runtime::{ActivateError, Limits};
use wasmoat_tests::{House, guest};

use crate::{
    outside::Outside,
    world::{World, in_time},
};

#[tokio::test]
async fn a_host_that_was_not_granted_is_denied_and_the_error_says_what_to_write() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&["api.example.org"]).await;
        world.get(&outside.url("/")).await.must_fail("denied", &format!("host `{}` was not granted", outside.rule()));
        world.get("https://other.example.org/").await.must_fail("denied", "host `other.example.org` was not granted");
        assert_eq!((outside.connections(), world.names.asked().len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn without_any_host_every_host_is_denied() {
    in_time(async {
        let world = World::reaching(&[]).await;
        world.get("https://api.example.org/").await.must_fail("denied", "was not granted");
    })
    .await;
}

#[tokio::test]
async fn a_port_that_was_not_granted_is_denied() {
    in_time(async {
        let (granted, other) = (Outside::new().await, Outside::new().await);
        let world = World::reaching(&[&granted.rule()]).await;
        world.get(&granted.url("/echo")).await.must_be(200);
        world.get(&other.url("/echo")).await.must_fail("denied", "was not granted");
        world.get("http://127.0.0.1/").await.must_fail("denied", "was not granted");
        assert_eq!(other.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn plain_http_is_not_granted_by_a_rule_for_https() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.address.to_string()]).await;
        world.get(&outside.url("/echo")).await.must_fail("denied", &outside.rule());
        assert_eq!(outside.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn tricks_with_the_name_of_a_host_are_denied() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&["http://api.example.org:80", "private:http://api.example.org:81"]).await;
        let port = outside.port();
        let evil = format!("127.0.0.1:{port}");
        world.names.set("api.example.org.evil.org", &[&["127.0.0.1"]]);
        world.names.set("api.example.org.", &[&["127.0.0.1"]]);
        for (url, error) in [
            ("http://api.example.org.evil.org:81/".to_owned(), "denied"),
            (format!("http://api.example.org@{evil}/"), "invalid"),
            (format!("http://api.example.org:81@{evil}/"), "invalid"),
            (format!("http://{evil}\\@api.example.org:81/"), "denied"),
            (format!("http://{evil}/@api.example.org:81/"), "denied"),
            (format!("http://{evil}#@api.example.org:81/"), "denied"),
            (format!("http://{evil}?@api.example.org:81/"), "denied"),
            ("http://api.example.org.:81/".to_owned(), "denied"),
            ("http://xapi.example.org:81/".to_owned(), "denied"),
            // A Cyrillic letter.
            ("http://\u{430}pi.example.org:81/".to_owned(), "denied"),
            ("http://api.example.org%2eevil.org:81/".to_owned(), "denied"),
            ("http://api.example.org%00.evil.org:81/".to_owned(), "invalid"),
            ("file:///etc/passwd".to_owned(), "invalid"),
            ("//api.example.org:81/".to_owned(), "invalid"),
        ] {
            let outcome = world.get(&url).await;
            assert_eq!(outcome.error, error, "{url}: {outcome:?}");
        }
        assert_eq!((outside.connections(), world.names.asked().len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_granted_name_is_found_in_any_case_and_form() {
    in_time(async {
        let outside = Outside::new().await;
        let port = outside.port();
        let rules = [format!("private:http://*.example.org:{port}"), format!("private:http://bücher.example:{port}")];
        let world = World::reaching(&[&rules[0], &rules[1]]).await;
        for name in ["api.example.org", "a.b.example.org", "xn--bcher-kva.example"] {
            world.names.set(name, &[&["127.0.0.1"]]);
        }
        for host in ["API.Example.ORG", "a.b.example.org", "bücher.example", "BÜCHER.example", "xn--bcher-kva.example"]
        {
            world.get(&format!("http://{host}:{port}/echo")).await.must_be(200);
        }
    })
    .await;
}

#[tokio::test]
async fn the_host_header_is_the_host_that_was_checked() {
    in_time(async {
        let outside = Outside::new().await;
        let port = outside.port();
        let world = World::reaching(&[&format!("private:http://api.example.org:{port}")]).await;
        world.names.set("api.example.org", &[&["127.0.0.1"]]);
        let outcome = world.get(&format!("http://API.example.org:{port}/echo")).await;
        assert!(outcome.must_be(200).body.contains(&format!("\nhost: api.example.org:{port}\n")), "{outcome:?}");
    })
    .await;
}

#[tokio::test]
async fn a_plugin_is_not_activated_with_a_host_that_is_none() {
    in_time(async {
        let house = House::new();
        let activated =
            house.activate_reaching("fetcher", guest("fetcher"), Limits::default(), &["api.example.org/v1"]).await;
        assert!(matches!(activated, Err(ActivateError::BadHost(_))), "{activated:?}");
    })
    .await;
}

#[tokio::test]
async fn the_permission_is_that_of_http_and_its_functions_are_told() {
    let house = House::new();
    let artifact = house.runtime.compile(guest("fetcher")).await.unwrap();
    let permissions = &artifact.inspection().permissions;
    assert_eq!(permissions.keys().collect::<Vec<_>>(), ["http"]);
    for function in
        ["http-client.send", "http-client.open", "http-client.response.read", "http-client.request-body.write"]
    {
        assert!(permissions["http"].iter().any(|name| name == function), "{function}: {permissions:?}");
    }
}
