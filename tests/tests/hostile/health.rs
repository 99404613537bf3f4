//! From a fault to a disabled plugin.

use std::time::Duration;

use wasmoat_runtime::{FaultKind, Limits, Policy, Rejection};
use wasmoat_tests::{Setup, guest};

use crate::{house, in_time, the_good_plugin_answers};

const CLOSED: Policy = Policy { fail_closed: true, single_instance: false };

#[tokio::test]
async fn a_fault_lets_a_post_pass_as_mattermost_does() {
    let house = house().await;
    house.activate("panics", guest("panics"), Limits::default()).await.unwrap();
    assert_eq!(house.post("panic").await.unwrap().message, "panic");
}

#[tokio::test]
async fn a_fault_of_a_plugin_that_fails_closed_refuses_the_post() {
    let house = house().await;
    house.activate("panics", guest("panics"), CLOSED).await.unwrap();
    let Err(Rejection::Fault(fault)) = house.post("panic").await else { panic!("it passed") };
    assert_eq!((fault.plugin.as_str(), fault.hook), ("panics", "message-will-be-posted"));
    assert!(house.post("hello").await.is_ok(), "only the post that made it fault is refused");
}

#[tokio::test]
async fn a_plugin_that_faults_too_often_is_disabled() {
    let house = house().await;
    let limits = Limits { faults_until_disabled: 2, ..Limits::default() };
    house.activate("panics", guest("panics"), Setup { limits, policy: CLOSED }).await.unwrap();
    assert!(house.post("panic").await.is_err());
    assert!(house.runtime.is_active("panics") && house.platform.disabled().is_empty());
    assert!(house.post("panic").await.is_err());
    assert!(!house.runtime.is_active("panics"));
    let disabled = house.platform.disabled();
    let [(plugin, reason)] = disabled.as_slice() else { panic!("{disabled:?}") };
    assert_eq!(plugin, "panics");
    assert!(reason.contains("2 faults") && reason.contains("faults_until_disabled"), "{reason}");
    assert!(house.post("panic").await.is_ok(), "nobody asks it any more");
    assert_eq!(house.platform.faults().len(), 2);
    the_good_plugin_answers(&house).await;
}

#[tokio::test]
async fn a_plugin_that_faults_in_a_row_is_left_alone_for_a_while_and_then_tried_again() {
    in_time(async {
        let house = house().await;
        let limits = Limits { faults_until_disabled: 10_000, ..Limits::default() };
        house.activate("panics", guest("panics"), Setup { limits, policy: CLOSED }).await.unwrap();
        for _ in 0..3 {
            assert!(matches!(house.fault("panic").await, FaultKind::Panic { .. }));
        }
        // The pause grows: on however slow a machine one call comes within it.
        while !matches!(house.fault("panic").await, FaultKind::BackingOff { faults: 3.., .. }) {}
        while house.post("hello").await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(matches!(house.fault("panic").await, FaultKind::Panic { .. }), "it begins anew");
    })
    .await;
}
