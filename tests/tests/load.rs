//! 64 clients at once post through three filter plugins: no error, no deadlock, and no more
//! instances than allowed.
//!
//! For 5 seconds; for so many as `WASMOAT_LOAD_SECONDS` says, like
//! `WASMOAT_LOAD_SECONDS=30 cargo test -p wasmoat-tests --test load`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Map, json};
use wasmoat_runtime::Limits;
use wasmoat_tests::{Channel, Rest, TestServer, plugin, renamed};

const CLIENTS: usize = 64;
const FILTERS: [(&str, &str); 3] = [("word-filter", "heck"), ("second-filter", "darn"), ("third-filter", "drat")];

fn duration() -> Duration {
    let seconds = env::var("WASMOAT_LOAD_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(5))
}

async fn install_filters(admin: &Rest) {
    let mut settings = Map::new();
    for (id, word) in FILTERS {
        admin.install(id, "filter.tar.gz", renamed(&plugin("word-filter"), id)).await;
        settings.insert(id.into(), json!({"words": word, "action": "mask"}));
    }
    // More people than a team takes by default.
    let team = json!({"MaxUsersPerTeam": 2 * CLIENTS});
    let patch = json!({"TeamSettings": team, "PluginSettings": {"Plugins": settings}});
    admin.put("/api/v4/config/patch", &patch).await.ok();
}

/// Posts until the end; every post must have passed all three filters.
async fn keep_posting(client: Rest, channel: Channel, until: Instant, posts: Arc<AtomicUsize>) {
    while Instant::now() < until {
        let post = client.say(&channel, "heck, darn and drat").await;
        assert_eq!(post.status, 201, "{}", post.body);
        assert_eq!(post.body["message"], "****, **** and ****");
        posts.fetch_add(1, Ordering::Relaxed);
    }
}

/// The most instances that were seen, of any filter.
async fn watch_instances(server: &TestServer, until: Instant) -> usize {
    let mut most = 0;
    while Instant::now() < until {
        for (id, _) in FILTERS {
            let (in_use, idle) = server.running.core().runtime.instances(id).unwrap();
            most = most.max(in_use + idle);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    most
}

#[tokio::test(flavor = "multi_thread")]
async fn many_clients_post_through_three_filters() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    install_filters(&admin).await;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(admin.sign_up(&format!("client{number}")).await);
    }
    let channel = admin.new_channel("load", &clients.iter().collect::<Vec<_>>()).await;
    let (until, posts) = (Instant::now() + duration(), Arc::new(AtomicUsize::new(0)));
    let posting = clients
        .into_iter()
        .map(|client| tokio::spawn(keep_posting(client, channel.clone(), until, Arc::clone(&posts))));
    let posting: Vec<_> = posting.collect();
    let most = watch_instances(&server, until).await;
    let ended = tokio::time::timeout(Duration::from_secs(60), join_all(posting)).await.expect("a deadlock");
    ended.into_iter().for_each(|client| client.unwrap());

    let posts = posts.load(Ordering::Relaxed);
    println!("{posts} posts in {:?}, at most {most} instances of a filter", duration());
    assert!(posts >= CLIENTS, "each client got through at least once");
    let limits = Limits::default();
    let bound = usize::try_from(limits.instances + limits.instances_idle).unwrap();
    assert!(most <= bound, "{most} instances, {bound} are allowed");
    for (id, _) in FILTERS {
        assert!(server.running.core().runtime.is_active(id), "{id} is still active");
    }
    server.stop().await;
}
