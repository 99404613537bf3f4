//! Fuel by the minute, and who pays for a call.

use std::{sync::Arc, time::Duration};

use wasmoat_model::Job;
use wasmoat_runtime::{CallContext, CallError, Cut, FaultKind, Limits, Policy};
use wasmoat_tests::{House, Setup, guest};

use crate::{house, in_time, the_good_plugin_answers};

const CLOSED: Policy = Policy { fail_closed: true, single_instance: false };

/// About what a million turns of the guest's loop take, at least.
const MILLION_TURNS: u64 = 1_000_000;

fn minute(fuel_per_minute: u64) -> Limits {
    Limits { fuel_per_minute, ..Limits::default() }
}

/// Asks a plugin to compute so many million turns; the fault, where it gets one.
async fn burn(house: &House, id: &str, millions: u64) -> Option<FaultKind> {
    match house.ask(id, "/", &millions.to_string()).await {
        Ok(answer) => {
            assert_eq!(answer, "burnt");
            None
        }
        Err(CallError::Fault(fault)) => Some(fault.kind),
        Err(other) => panic!("{other}"),
    }
}

fn is_minute_of(kind: &FaultKind, payer: &str) -> bool {
    matches!(kind, FaultKind::FuelMinute { plugin, setting: "fuel_per_minute", .. } if plugin == payer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_has_spent_its_minute_is_stopped_and_then_refused() {
    in_time(async {
        let house = house().await;
        let limits = Limits { fuel_per_call: 1_000_000_000, fuel_per_minute: 1_200_000_000, ..Limits::default() };
        house.activate("loop", guest("endless-loop"), Setup { limits, policy: CLOSED }).await.unwrap();
        assert_eq!(house.fault("heck").await, FaultKind::Fuel { limit: 1_000_000_000, setting: "fuel_per_call" });
        for _ in 0..3 {
            let fault = house.fault("heck").await;
            assert!(is_minute_of(&fault, "loop"), "{fault}");
            assert!(fault.to_string().contains("1200000000 units a minute"), "{fault}");
        }
        assert_eq!(house.platform.faults().len(), 1, "to be refused is no fault of its own");
        the_good_plugin_answers(&house).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_calls_spend_a_minute_like_a_large_one() {
    in_time(async {
        let house = house().await;
        house.activate("burner", guest("burner"), minute(50 * MILLION_TURNS)).await.unwrap();
        let mut calls = 0;
        let fault = loop {
            match burn(&house, "burner", 1).await {
                None => calls += 1,
                Some(fault) => break fault,
            }
        };
        assert!(is_minute_of(&fault, "burner"), "{fault}");
        assert!((1..=50).contains(&calls), "{calls}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_cannot_use_up_the_minute_of_another_by_calling_it() {
    in_time(async {
        let house = house().await;
        house.activate("relay", guest("relay"), Limits::default()).await.unwrap();
        house.activate("victim", guest("burner"), minute(50 * MILLION_TURNS)).await.unwrap();
        for _ in 0..100 {
            // The last part of a route is what the victim is told to burn.
            assert_eq!(house.ask("relay", "/", "victim,1").await.unwrap(), "relay(burnt)");
        }
        assert_eq!(burn(&house, "victim", 1).await, None, "its own minute is as it was");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_cannot_spare_its_own_minute_by_letting_others_compute() {
    in_time(async {
        let house = house().await;
        house.activate("relay", guest("relay"), minute(10 * MILLION_TURNS)).await.unwrap();
        // Once there is one plugin between, once there are two.
        house.activate("between", guest("relay"), Limits::default()).await.unwrap();
        house.activate("worker", guest("burner"), Limits::default()).await.unwrap();
        let mut calls = 0;
        let fault = loop {
            match house.ask("relay", "/", "between,worker,1").await {
                Ok(answer) if answer.contains("burnt") => calls += 1,
                // The call of the worker was refused, and the relay was left the time to say so.
                Ok(answer) => assert!(answer.contains("fuel_per_minute") && answer.contains("`relay`"), "{answer}"),
                Err(CallError::Fault(fault)) => break fault,
                Err(other) => panic!("{other}"),
            }
        };
        assert!(is_minute_of(&fault.kind, "relay"), "{fault}");
        assert!(calls <= 10, "{calls}");
        assert_eq!(burn(&house, "worker", 1).await, None, "the worker goes on for others");
        assert_eq!(house.platform.faults(), [], "and has no part in it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_outlasts_the_minute_of_who_started_it_is_stopped_without_blame() {
    in_time(async {
        let house = house().await;
        house.activate("relay", guest("relay"), minute(10 * MILLION_TURNS)).await.unwrap();
        let strict = Limits { faults_until_disabled: 1, ..Limits::default() };
        house.activate("worker", guest("burner"), strict).await.unwrap();
        // Whether the relay is still there to hear of it depends on who is stopped first.
        match house.ask("relay", "/", "worker,100000").await {
            Ok(answer) => assert!(answer.contains("fuel_per_minute"), "{answer}"),
            Err(CallError::Fault(fault)) => assert!(is_minute_of(&fault.kind, "relay"), "{fault}"),
            Err(other) => panic!("{other}"),
        }
        assert!(house.runtime.is_active("worker"));
        assert_eq!(house.platform.faults(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_callers_time_is_not_the_fault_of_whom_it_calls() {
    in_time(async {
        let house = house().await;
        let hasty = Limits { provide_ms: 100, faults_until_disabled: 10_000, ..Limits::default() };
        house.activate("relay", guest("relay"), hasty).await.unwrap();
        let strict = Limits { faults_until_disabled: 1, ..Limits::default() };
        house.activate("slow", guest("slow-filter"), strict).await.unwrap();
        house.platform.gate.close();
        for _ in 0..2 {
            let _ = house.ask("relay", "/", "slow").await;
        }
        assert!(house.runtime.is_active("slow"), "a plugin must not be able to have another one disabled");
        assert!(house.platform.faults().iter().all(|fault| fault.plugin == "relay"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_have_spent_their_minute_wait_and_can_be_cut() {
    in_time(async {
        let house = house().await;
        let limits = Limits { job_fuel_per_minute: 50 * MILLION_TURNS, ..Limits::default() };
        house.activate("burner", guest("burner"), limits).await.unwrap();
        let cut = Cut::default();
        let run = tokio::spawn({
            let (house, cut) = (house.clone(), cut.clone());
            let job = Arc::new(Job { payload: b"1000000".to_vec(), ..Job::default() });
            async move { house.runtime.run_job(&CallContext::core(), "burner", job, &cut).await }
        });
        let burnt = || house.platform.value("burner", "burnt").and_then(|text| text.parse::<u64>().ok());
        while burnt().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // A run that does not wait is far beyond this by then.
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(burnt().unwrap() < 200, "{:?}", burnt());
        assert!(!run.is_finished());
        assert_eq!(burn(&house, "burner", 1).await, None, "its hooks have a minute of their own");
        cut.after(Duration::ZERO);
        let Err(CallError::Fault(fault)) = run.await.unwrap() else { panic!("it ended by itself") };
        assert_eq!(fault.kind, FaultKind::Stopped);
    })
    .await;
}
