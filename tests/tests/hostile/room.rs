//! Too many calls at once.

use wasmoat_runtime::{CallError, FaultKind, Limits, Policy};
use wasmoat_tests::{House, Setup, guest};

use crate::{house, in_time, the_good_plugin_answers};

/// Holds calls of a plugin at the gate.
fn hold(house: &House, id: &str, calls: usize) -> Vec<tokio::task::JoinHandle<Result<(), CallError>>> {
    let call = || {
        let (house, id) = (house.clone(), id.to_owned());
        tokio::spawn(async move { house.http(&id, "/", "").await.map(drop) })
    };
    (0..calls).map(|_| call()).collect()
}

#[tokio::test]
async fn who_finds_no_instance_in_time_is_told_that_the_plugin_is_overloaded() {
    in_time(async {
        let house = house().await;
        let limits = Limits { instances: 1, filter_ms: 200, ..Limits::default() };
        let policy = Policy { fail_closed: true, single_instance: false };
        house.activate("slow", guest("slow-filter"), Setup { limits, policy }).await.unwrap();
        house.platform.gate.close();
        let held = hold(&house, "slow", 1);
        house.platform.gate.until_waiting(1).await;
        assert_eq!(house.fault("hello").await, FaultKind::Overloaded { limit: 1 });
        assert_eq!(house.platform.faults(), [], "it is not the plugin's fault");
        the_good_plugin_answers(&house).await;
        house.platform.gate.open();
        for call in held {
            assert_eq!(call.await.unwrap(), Ok(()));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_room_in_the_whole_server_is_told_so_and_instances_that_are_there_go_on() {
    in_time(async {
        let house = house().await;
        the_good_plugin_answers(&house).await;
        house.platform.gate.close();
        let limits = Limits { instances: 512, provide_ms: 600_000, ..Limits::default() };
        let mut held = Vec::new();
        // Of 512 slots 288 are for calls from outside: eight times that is more than 2000.
        for id in ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8"] {
            house.activate(id, guest("slow-filter"), limits.clone()).await.unwrap();
            held.extend(hold(&house, id, 288));
        }
        while !held.iter().any(tokio::task::JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
        the_good_plugin_answers(&house).await;
        house.platform.gate.open();
        let mut answered = 0;
        for call in held {
            match call.await.unwrap() {
                Ok(()) => answered += 1,
                Err(CallError::Fault(fault)) => assert_eq!(fault.kind, FaultKind::NoRoom { limit: 2_000 }),
                Err(other) => panic!("{other}"),
            }
        }
        assert!(answered > 1_900, "{answered}");
        assert_eq!(house.platform.faults(), [], "it is nobody's fault");
    })
    .await;
}
