//! Events wait in a queue of each plugin, in order, and no longer than it is.

use std::time::Duration;

use wasmoat_runtime::Limits;
use wasmoat_tests::{House, guest};

use crate::{house, in_time, the_good_plugin_answers};

/// What the sleeper has seen, once it has seen so much.
async fn seen(house: &House, events: usize) -> Vec<String> {
    while house.platform.posts().len() < events {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    house.platform.posts().into_iter().map(|post| post.message).collect()
}

#[tokio::test]
async fn events_arrive_in_the_order_in_which_they_happened() {
    in_time(async {
        let house = house().await;
        house.activate("sleeper", guest("sleeper"), Limits::default()).await.unwrap();
        let sent: Vec<String> = (0..100).map(|number| format!("event {number}")).collect();
        for event in &sent {
            house.posted(event);
        }
        assert_eq!(seen(&house, 100).await, sent);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_in_the_queue_is_dropped_and_counted() {
    in_time(async {
        let house = house().await;
        let limits = Limits { observer_queue: 4, ..Limits::default() };
        house.activate("sleeper", guest("sleeper"), limits).await.unwrap();
        house.platform.gate.close();
        house.posted("in work");
        house.platform.gate.until_waiting(1).await;
        for number in 0..9 {
            house.posted(&format!("event {number}"));
        }
        the_good_plugin_answers(&house).await;
        house.platform.gate.open();
        assert_eq!(seen(&house, 5).await, ["in work", "event 0", "event 1", "event 2", "event 3"]);
        house.posted("later");
        assert_eq!(seen(&house, 6).await[5], "later");
        let lines = house.runtime.logs("sleeper", 0, 100);
        assert!(lines.iter().any(|line| line.message.starts_with("5 events dropped")), "{lines:?}");
    })
    .await;
}

#[tokio::test]
async fn events_that_wait_are_handled_before_a_plugin_is_deactivated() {
    in_time(async {
        let house = house().await;
        house.activate("sleeper", guest("sleeper"), Limits::default()).await.unwrap();
        for number in 0..20 {
            house.posted(&number.to_string());
        }
        assert!(house.runtime.deactivate("sleeper").await);
        assert_eq!(house.platform.posts().len(), 20);
    })
    .await;
}
