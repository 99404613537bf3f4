//! The limits that no other file here is about: each is broken once.

use std::time::Duration;

use wasmoat_runtime::{ActivateError, CallError, FaultKind, Limits};
use wasmoat_tests::{House, guest};

use crate::{house, in_time, the_good_plugin_answers};

/// A component with two tables of 30 000 entries: neither is too large alone.
const TWO_TABLES: &str = r#"
(component
  (core module $m
    (memory (export "mem") 1)
    (table 30000 funcref)
    (table 30000 funcref)
    (func (export "on-activate") (result i32) i32.const 16))
  (core instance $i (instantiate $m))
  (func $f (result (result (error string))) (canon lift (core func $i "on-activate") (memory (core memory $i "mem"))))
  (instance (export "wasmoat:plugin/on-activate@1.0.0") (export "on-activate" (func $f))))"#;

#[tokio::test]
async fn tables_are_bounded_together() {
    let house = house().await;
    let component: Vec<u8> = wat::parse_str(TWO_TABLES).unwrap();
    let activated = house.activate("tables", component.clone().into(), Limits::default()).await;
    let Err(ActivateError::Fault(fault)) = activated else { panic!("{activated:?}") };
    assert_eq!(fault.kind, FaultKind::Table { wanted: 60_000, limit: 50_000 });
    let enough = Limits { table_elements: 60_000, ..Limits::default() };
    house.activate("tables", component.into(), enough).await.unwrap();
    the_good_plugin_answers(&house).await;
}

#[tokio::test]
async fn a_request_that_a_plugin_does_not_answer_ends_at_its_deadline() {
    in_time(async {
        let house = house().await;
        let limits = Limits { provide_ms: 150, ..Limits::default() };
        house.activate("slow", guest("slow-filter"), limits).await.unwrap();
        house.platform.gate.close();
        let Err(CallError::Fault(fault)) = house.http("slow", "/", "").await else { panic!("it answered") };
        let expected = FaultKind::Deadline { limit: Duration::from_millis(150), setting: "provide_ms" };
        assert_eq!(fault.kind, expected);
    })
    .await;
}

#[tokio::test]
async fn an_observer_that_does_not_end_makes_way_for_the_next_event() {
    in_time(async {
        let house = house().await;
        let limits = Limits { observe_ms: 100, faults_until_disabled: 10_000, ..Limits::default() };
        house.activate("sleeper", guest("sleeper"), limits).await.unwrap();
        house.platform.gate.close();
        house.posted("one");
        house.posted("two");
        while house.platform.faults().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let expected = FaultKind::Deadline { limit: Duration::from_millis(100), setting: "observe_ms" };
        assert!(house.platform.faults().iter().all(|fault| fault.kind == expected), "{:?}", house.platform.faults());
    })
    .await;
}

#[tokio::test]
async fn a_plugin_that_takes_too_long_to_be_activated_is_not() {
    in_time(async {
        let house = house().await;
        let limits = Limits { lifecycle_ms: 100, ..Limits::default() };
        house.platform.gate.close();
        let activated = house.activate("late", guest("late-riser"), limits).await;
        let Err(ActivateError::Fault(fault)) = activated else { panic!("{activated:?}") };
        let expected = FaultKind::Deadline { limit: Duration::from_millis(100), setting: "lifecycle_ms" };
        assert_eq!(fault.kind, expected);
        assert!(!house.runtime.is_active("late"));
    })
    .await;
}

/// Makes so many calls at once, and lets them end.
async fn at_once(house: &House, id: &str, calls: usize) {
    house.platform.gate.close();
    let calls: Vec<_> = (0..calls)
        .map(|_| {
            let (house, id) = (house.clone(), id.to_owned());
            tokio::spawn(async move { house.http(&id, "/", "").await.unwrap() })
        })
        .collect();
    house.platform.gate.until_waiting(calls.len()).await;
    house.platform.gate.open();
    for call in calls {
        call.await.unwrap();
    }
}

#[tokio::test]
async fn no_more_instances_are_kept_than_are_allowed_to_idle() {
    in_time(async {
        let house = house().await;
        for (id, instances_idle) in [("keeps-none", 0), ("keeps-two", 2)] {
            let limits = Limits { instances_idle, ..Limits::default() };
            house.activate(id, guest("slow-filter"), limits).await.unwrap();
            at_once(&house, id, 5).await;
            let kept = usize::try_from(instances_idle).unwrap();
            assert_eq!(house.runtime.instances(id), Some((0, kept)), "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_log_line_is_cut_at_its_length() {
    let house = house().await;
    let limits = Limits { log_line_bytes: 300, ..Limits::default() };
    house.activate("flood", guest("log-flood"), limits).await.unwrap();
    house.post("hello").await.unwrap();
    let lines = house.runtime.logs("flood", 0, 10_000);
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| line.message.len() <= 300 + '…'.len_utf8()), "{}", lines[0].message.len());
}

#[tokio::test]
async fn another_limit_of_its_log_is_that_of_the_next_activation() {
    let house = house().await;
    for (log_lines_per_second, most) in [(100, 1_100), (1, 30)] {
        let limits = Limits { log_lines_per_second, ..Limits::default() };
        house.activate("flood", guest("log-flood"), limits).await.unwrap();
        let before = house.runtime.logs("flood", 0, 10_000).last().map_or(0, |line| line.seq);
        house.post("hello").await.unwrap();
        let lines = house.runtime.logs("flood", before, 10_000).len();
        assert!(lines < most, "{lines} lines");
    }
}
