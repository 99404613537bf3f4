//! Activating, replacing and configuring while calls are under way.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use wasmoat_runtime::{CallContext, Limits, Policy};
use wasmoat_tests::{House, guest};

use crate::{house, in_time};

/// Posts until it is told to stop; answers how often. Every answer must be of the plugin, in its
/// old version or its new one.
async fn keep_posting(house: House, stop: Arc<AtomicBool>) -> usize {
    let mut posts = 0;
    while !stop.load(Ordering::Relaxed) {
        let answer = house.post("not asked").await.expect("a call was lost");
        assert!(answer.message.starts_with("version "), "{}", answer.message);
        posts += 1;
    }
    posts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_under_load_loses_no_call() {
    in_time(async {
        let house = house().await;
        let closed = Policy { fail_closed: true, single_instance: false };
        house.platform.set_settings("counter", "version 0");
        house.activate("counter", guest("counter"), closed).await.unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let posting: Vec<_> = (0..8).map(|_| tokio::spawn(keep_posting(house.clone(), Arc::clone(&stop)))).collect();
        for version in 1..=20 {
            house.platform.set_settings("counter", format!("version {version}"));
            house.activate("counter", guest("counter"), closed).await.unwrap();
            let answer = house.post("hello").await.unwrap().message;
            assert!(answer.starts_with(&format!("version {version} ")), "the new version answers: {answer}");
        }
        stop.store(true, Ordering::Relaxed);
        for poster in posting {
            assert!(poster.await.unwrap() > 0);
        }
        assert_eq!(house.platform.faults(), []);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_configuration_retires_the_instances_that_saw_the_old_one() {
    let house = house().await;
    house.platform.set_settings("counter", "old");
    house.activate("counter", guest("counter"), Limits::default()).await.unwrap();
    assert_eq!(house.post("x").await.unwrap().message, "old 1");
    house.platform.set_settings("counter", "new");
    assert_eq!(house.post("x").await.unwrap().message, "old 2", "the same instance, and what it read");
    house.runtime.configuration_changed(&CallContext::core()).await;
    assert_eq!(house.post("x").await.unwrap().message, "new 1");
}

#[tokio::test]
async fn a_deactivated_plugin_is_asked_no_more() {
    let house = house().await;
    house.activate("counter", guest("counter"), Limits::default()).await.unwrap();
    assert!(house.runtime.deactivate("counter").await);
    assert_eq!(house.post("hello").await.unwrap().message, "hello");
    assert!(!house.runtime.deactivate("counter").await, "it was active once only");
}
