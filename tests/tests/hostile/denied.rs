//! Guests that call what nobody granted them, and what they get.

use wasmoat_model::Consent;
use wasmoat_runtime::{ActivateError, CallError, FaultKind, Limits};
use wasmoat_tests::guest;

use crate::{house, in_time, the_good_plugin_answers};

/// All that the guest asks for, but the permissions.
fn nothing(consent: &mut Consent) {
    consent.permissions.clear();
}

#[tokio::test]
async fn a_denied_function_answers_its_own_error() {
    let house = house().await;
    house.activate_with("guest", guest("calls-what-was-denied"), Limits::default(), nothing).await.unwrap();
    let answer = house.ask("guest", "/error", "").await.unwrap();
    for named in ["app.plugin.permission_denied.app_error", "403", "`guest`", "`posts.create-post`", "`posts.write`"] {
        assert!(answer.contains(named), "{named}: {answer}");
    }
    assert!(house.platform.posts().is_empty(), "the platform was not asked");
    the_good_plugin_answers(&house).await;
}

#[tokio::test]
async fn a_denied_function_whose_errors_are_a_variant_answers_the_case_that_refuses() {
    let house = house().await;
    house.activate_with("guest", guest("calls-what-was-denied"), Limits::default(), nothing).await.unwrap();
    let answer = house.ask("guest", "/variant", "").await.unwrap();
    assert!(answer.contains("Unauthorised") && answer.contains("`plugins.call`"), "{answer}");
}

#[tokio::test]
async fn a_denied_function_that_has_no_error_is_a_typed_fault() {
    let house = house().await;
    house.activate_with("guest", guest("calls-what-was-denied"), Limits::default(), nothing).await.unwrap();
    let Err(CallError::Fault(fault)) = house.ask("guest", "/none", "").await else { panic!("it went through") };
    let FaultKind::Denied { message } = &fault.kind else { panic!("{fault}") };
    assert!(message.contains("`posts.send-ephemeral-post`") && message.contains("`posts.write`"), "{message}");
    assert!(house.platform.posts().is_empty(), "the platform was not asked");
    assert_eq!(house.platform.faults(), [fault]);
    the_good_plugin_answers(&house).await;
}

#[tokio::test]
async fn a_storm_of_denied_calls_counts_as_calls_and_fills_no_log() {
    in_time(async {
        let house = house().await;
        let limits = Limits { host_calls_per_call: 100_000, ..Limits::default() };
        house.activate_with("guest", guest("calls-what-was-denied"), limits, nothing).await.unwrap();
        assert_eq!(house.ask("guest", "/storm", "").await.unwrap(), "0 went through");
        let lines = house.runtime.logs("guest", 0, 1_000);
        assert_eq!(lines.iter().filter(|line| line.message.contains("denied")).count(), 1, "{lines:?}");
        let limits = Limits { host_calls_per_call: 100, ..Limits::default() };
        house.activate_with("guest", guest("calls-what-was-denied"), limits, nothing).await.unwrap();
        // Where the guest is stopped depends on the next tick; that it is stopped does not.
        let Err(CallError::Fault(fault)) = house.ask("guest", "/storm", "").await else { panic!("it went on") };
        assert!(matches!(fault.kind, FaultKind::HostCalls { limit: 100, .. }), "{fault}");
    })
    .await;
}

#[tokio::test]
async fn one_denied_permission_leaves_the_others() {
    let house = house().await;
    let without = |consent: &mut Consent| assert!(consent.permissions.remove("posts.write"));
    house.activate_with("guest", guest("calls-what-was-denied"), Limits::default(), without).await.unwrap();
    assert!(house.ask("guest", "/error", "").await.unwrap().contains("permission_denied"));
    assert_eq!(house.ask("guest", "/storm", "").await.unwrap(), "10000 went through");
}

#[tokio::test]
async fn a_component_that_is_built_for_wasi_is_not_activated_without_it() {
    let component = wat::parse_str(
        r#"(component
            (import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64)))))
            (core module $m (memory (export "mem") 1) (func (export "on-activate") (result i32) i32.const 16))
            (core instance $i (instantiate $m))
            (func $f (result (result (error string)))
                (canon lift (core func $i "on-activate") (memory (core memory $i "mem"))))
            (instance (export "wasmoat:plugin/on-activate@1.0.0") (export "on-activate" (func $f))))"#,
    )
    .unwrap();
    let house = house().await;
    let refused = house.activate_with("guest", component.clone().into(), Limits::default(), nothing).await;
    assert_eq!(refused, Err(ActivateError::NotGranted { missing: vec!["wasi".to_owned()] }));
    house.activate("guest", component.into(), Limits::default()).await.unwrap();
}

#[tokio::test]
async fn a_platform_that_knows_no_places_shows_and_gives_nothing_to_a_scoped_plugin() {
    let house = house().await;
    let kept = |consent: &mut Consent| consent.channels = Some(["c".to_owned()].into());
    house.activate_with("guest", guest("calls-what-was-denied"), Limits::default(), kept).await.unwrap();
    let answer = house.ask("guest", "/error", "").await.unwrap();
    assert!(answer.contains("app.plugin.out_of_scope.app_error"), "{answer}");
    assert!(house.platform.posts().is_empty(), "the platform was not asked");
}
