//! A guest that waits in the host is stopped like one that computes.

use std::time::Duration;

use wasmoat_runtime::{CallContext, CallError, FaultKind, Limits, Policy, Rejection};
use wasmoat_tests::{Setup, guest};

use crate::{house, in_time, the_good_plugin_answers};

const CLOSED: Policy = Policy { fail_closed: true, single_instance: false };

#[tokio::test]
async fn a_call_of_the_api_that_takes_too_long_ends_at_the_deadline() {
    in_time(async {
        let house = house().await;
        let limits = Limits { filter_ms: 200, ..Limits::default() };
        house.activate("slow", guest("slow-filter"), Setup { limits, policy: CLOSED }).await.unwrap();
        house.platform.gate.close();
        let deadline = FaultKind::Deadline { limit: Duration::from_millis(200), setting: "filter_ms" };
        assert_eq!(house.fault("hello").await, deadline);
        // What the guest was waiting for is given up with it.
        house.platform.gate.until_waiting(0).await;
        the_good_plugin_answers(&house).await;
        house.platform.gate.open();
        assert!(house.post("hello").await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn the_deadline_of_the_whole_call_comes_before_that_of_a_plugin() {
    in_time(async {
        let house = house().await;
        let limits = Limits { filter_ms: 60_000, ..Limits::default() };
        house.activate("slow", guest("slow-filter"), Setup { limits, policy: CLOSED }).await.unwrap();
        house.platform.gate.close();
        let context = CallContext::core().within(Duration::from_millis(200));
        let Err(Rejection::Fault(fault)) = house.post_in(&context, "hello").await else { panic!("it passed") };
        assert!(matches!(fault.kind, FaultKind::Deadline { .. }), "{fault}");
    })
    .await;
}

#[tokio::test]
async fn a_plugin_that_is_called_by_another_has_no_longer_than_its_caller() {
    in_time(async {
        let house = house().await;
        let short = Limits { provide_ms: 200, ..Limits::default() };
        let long = Limits { provide_ms: 600_000, ..Limits::default() };
        house.activate("relay", guest("relay"), short).await.unwrap();
        house.activate("slow", guest("slow-filter"), long).await.unwrap();
        house.platform.gate.close();
        // Both end at the same moment; the caller may just be left the time to say so.
        match house.ask("relay", "/", "slow").await {
            Err(CallError::Fault(fault)) => {
                assert!(matches!(fault.kind, FaultKind::Deadline { .. }), "{fault}");
            }
            Ok(answer) => assert!(answer.contains("Timeout"), "{answer}"),
            other => panic!("{other:?}"),
        }
        house.platform.gate.until_waiting(0).await;
    })
    .await;
}

#[tokio::test]
async fn a_guest_that_dribbles_ends_at_the_deadline_and_holds_no_thread() {
    in_time(async {
        let house = house().await;
        let limits = Limits { filter_ms: 300, ..Limits::default() };
        house.activate("dribbler", guest("dribbler"), Setup { limits, policy: CLOSED }).await.unwrap();
        let dribbling = tokio::spawn({
            let house = house.clone();
            async move { house.fault("hello").await }
        });
        // On the one thread of this test.
        while !dribbling.is_finished() {
            the_good_plugin_answers(&house).await;
            tokio::task::yield_now().await;
        }
        let deadline = FaultKind::Deadline { limit: Duration::from_millis(300), setting: "filter_ms" };
        assert_eq!(dribbling.await.unwrap(), deadline);
    })
    .await;
}
