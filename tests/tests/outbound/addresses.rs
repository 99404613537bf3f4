//! Only addresses that were granted, wherever a name leads.

use serde_json::json;

use crate::{
    outside::Outside,
    world::{World, in_time},
};

/// Every way to write the address of this machine.
fn loopbacks(port: u16) -> Vec<String> {
    let forms = [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.000.000.001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "0",
        "[::]",
        "\u{ff11}27.0.0.1",
        "127\u{3002}0\u{3002}0\u{3002}1",
    ];
    forms.iter().map(|form| format!("http://{form}:{port}/echo")).collect()
}

#[tokio::test]
async fn every_public_host_is_not_this_machine_in_whatever_form() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&format!("http://*:{}", outside.port())]).await;
        for url in loopbacks(outside.port()) {
            let outcome = world.get(&url).await;
            assert!(outcome.error == "denied" || outcome.error == "invalid", "{url}: {outcome:?}");
        }
        assert_eq!(outside.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_was_granted_is_granted_in_all_its_forms() {
    in_time(async {
        let outside = Outside::new().await;
        let world = World::reaching(&[&outside.rule()]).await;
        for form in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]"] {
            let url = format!("http://{form}:{}/echo", outside.port());
            // What is sent is the plain form, so that no server reads it otherwise.
            let outcome = world.get(&url).await;
            if form.starts_with('[') {
                assert_eq!(outcome.status, 200, "{outcome:?}");
            } else {
                assert!(outcome.must_be(200).body.contains(&format!("host: {}\n", outside.address)), "{outcome:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_that_leads_into_the_network_of_the_server_is_denied() {
    in_time(async {
        let outside = Outside::new().await;
        let port = outside.port();
        let world = World::reaching(&[&format!("http://api.example.org:{port}")]).await;
        for (address, kind) in [
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("::1", "loopback"),
            ("10.1.2.3", "private"),
            ("172.16.0.1", "private"),
            ("192.168.0.1", "private"),
            ("100.64.0.1", "CGNAT"),
            ("169.254.1.1", "link-local"),
            ("169.254.169.254", "metadata"),
            ("fd00:ec2::254", "metadata"),
            ("168.63.129.16", "metadata"),
            ("fd12:3456::1", "unique local"),
            ("fe80::1", "link-local"),
            ("0.0.0.0", "unspecified"),
            ("::", "unspecified"),
            ("224.0.0.1", "multicast"),
            ("ff02::1", "multicast"),
            ("192.0.2.1", "documentation"),
            ("2001:db8::1", "documentation"),
            ("255.255.255.255", "reserved"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:10.0.0.1", "private"),
            ("64:ff9b::7f00:1", "loopback"),
            ("64:ff9b::a9fe:a9fe", "metadata"),
            ("2002:7f00:1::", "loopback"),
            ("2002:a00:1::", "private"),
        ] {
            world.names.set("api.example.org", &[&[address]]);
            let outcome = world.get(&format!("http://api.example.org:{port}/echo")).await;
            outcome.must_fail(
                "denied",
                &format!("`api.example.org:{port}` leads to the {kind}").replace("the CGNAT", "the shared (CGNAT"),
            );
        }
        assert_eq!(outside.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn one_bad_address_among_good_ones_is_enough() {
    in_time(async {
        let outside = Outside::new().await;
        let port = outside.port();
        let world = World::reaching(&[&format!("http://api.example.org:{port}")]).await;
        world.names.set("api.example.org", &[&["93.184.215.14", "2606:4700::1111", "127.0.0.1"]]);
        world.get(&format!("http://api.example.org:{port}/echo")).await.must_fail("denied", "loopback");
        assert_eq!(outside.connections(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_is_bound_anew_behind_the_check_is_denied() {
    in_time(async {
        let outside = Outside::new().await;
        let port = outside.port();
        let world = World::reaching(&[&format!("http://api.example.org:{port}")]).await;
        world.names.set("api.example.org", &[&["93.184.215.14"], &["127.0.0.1"]]);
        let order = json!({ "url": format!("http://api.example.org:{port}/echo"), "timeout": 300 });
        // The first answer is a good one, only nobody of this test is there.
        let first = world.one(&order).await;
        assert!(["timeout", "unreachable", "interrupted"].contains(&first.error.as_str()), "{first:?}");
        world.one(&order).await.must_fail("denied", "loopback");
        assert_eq!((outside.connections(), world.names.asked().len()), (0, 2));
    })
    .await;
}

#[tokio::test]
async fn a_connection_goes_to_the_very_address_that_was_checked() {
    in_time(async {
        let (outside, other) = (Outside::new().await, Outside::new().await);
        let port = outside.port();
        let world = World::reaching(&[&format!("private:http://api.example.org:{port}")]).await;
        // Whoever asked twice would get the second answer, where nobody is.
        world.names.set("api.example.org", &[&["127.0.0.1"], &["127.0.0.2"]]);
        world.get(&format!("http://api.example.org:{port}/echo")).await.must_be(200);
        assert_eq!(world.names.asked(), ["api.example.org"]);
        assert_eq!((outside.connections(), other.connections()), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_private_rule_does_not_reach_metadata() {
    in_time(async {
        let world = World::reaching(&["private:http://wiki.corp.example"]).await;
        for address in ["169.254.169.254", "fd00:ec2::254", "169.254.1.1", "fe80::1", "0.0.0.0"] {
            world.names.set("wiki.corp.example", &[&[address]]);
            world.get("http://wiki.corp.example/").await.must_fail("denied", "which was not granted");
        }
    })
    .await;
}

#[tokio::test]
async fn a_private_rule_is_for_its_own_name_and_port() {
    in_time(async {
        let outside = Outside::new().await;
        let port = outside.port();
        let rules = [format!("private:http://wiki.corp.example:{port}"), format!("http://*:{port}")];
        let world = World::reaching(&[&rules[0], &rules[1]]).await;
        for name in ["wiki.corp.example", "evil.example.org"] {
            world.names.set(name, &[&["127.0.0.1"]]);
        }
        world.get(&format!("http://wiki.corp.example:{port}/echo")).await.must_be(200);
        world.get(&format!("http://evil.example.org:{port}/echo")).await.must_fail("denied", "loopback");
        world.get(&outside.url("/echo")).await.must_fail("denied", "loopback");
    })
    .await;
}

#[tokio::test]
async fn a_name_without_an_address_is_told_as_that() {
    in_time(async {
        let world = World::reaching(&["*.example.org"]).await;
        world.names.set("empty.example.org", &[&[]]);
        for name in ["empty.example.org", "unknown.example.org"] {
            world.get(&format!("https://{name}/")).await.must_fail("unresolved", name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_host_where_nobody_listens_is_told_as_that() {
    in_time(async {
        let closed = Outside::new().await;
        let (url, rule) = (closed.url("/"), closed.rule());
        drop(closed);
        let world = World::reaching(&[&rule]).await;
        let outcome = async {
            loop {
                let outcome = world.get(&url).await;
                // The listener may take a moment to close.
                if outcome.error == "unreachable" {
                    return outcome;
                }
            }
        };
        outcome.await.must_fail("unreachable", "127.0.0.1");
    })
    .await;
}
