//! Plugins that do not come up.

use wasmoat_model::{Asked, ManifestWasmoat};
use wasmoat_runtime::{ActivateError, Activation, FaultKind, Limits, Policy};
use wasmoat_tests::{House, guest};

use crate::{house, the_good_plugin_answers};

/// Activates a guest with all its permissions and nobody that it may call.
async fn activate_alone(house: &House, id: &str) -> Result<(), ActivateError> {
    let artifact = house.runtime.compile(guest(id)).await.unwrap();
    let consent = Asked::of(&artifact.inspection().permissions, &[], &ManifestWasmoat::default()).all();
    let (limits, policy) = (Limits::default(), Policy::default());
    let activation = Activation { id: id.to_owned(), artifact, limits, policy, consent, bridge: Vec::new() };
    house.runtime.activate(house.platform.clone(), activation).await
}

#[tokio::test]
async fn a_trap_in_on_activate_is_a_fault() {
    let house = house().await;
    let activated = house.activate("trap", guest("trap-in-on-activate"), Limits::default()).await;
    let Err(ActivateError::Fault(fault)) = activated else { panic!("{activated:?}") };
    assert_eq!((fault.plugin.as_str(), fault.hook), ("trap", "on-activate"));
    assert!(matches!(fault.kind, FaultKind::Trap { .. }), "{fault}");
    assert!(!house.runtime.is_active("trap"));
    the_good_plugin_answers(&house).await;
}

#[tokio::test]
async fn an_error_of_on_activate_is_told_as_it_is() {
    let house = house().await;
    let activated = house.activate("error", guest("error-in-on-activate"), Limits::default()).await;
    let Err(ActivateError::Refused(reason)) = activated else { panic!("{activated:?}") };
    assert!(reason.contains("no key for the weather service"), "{reason}");
    assert!(!house.runtime.is_active("error"));
    the_good_plugin_answers(&house).await;
}

#[tokio::test]
async fn where_the_new_version_does_not_come_up_the_old_one_stays() {
    let house = house().await;
    house.activate("one", guest("counter"), Limits::default()).await.unwrap();
    for broken in ["trap-in-on-activate", "error-in-on-activate"] {
        assert!(house.activate("one", guest(broken), Limits::default()).await.is_err());
    }
    assert_eq!(house.post("hello").await.unwrap().message, "{} 1");
}

#[tokio::test]
async fn a_plugin_does_not_reach_one_that_it_was_not_allowed_to_call() {
    let house = house().await;
    house.activate("burner", guest("burner"), Limits::default()).await.unwrap();
    activate_alone(&house, "relay").await.unwrap();
    let answer = house.ask("relay", "/", "burner,1").await.unwrap();
    assert!(answer.contains("Unauthorised") && answer.contains("wasmoat.plugins"), "{answer}");
    activate_alone(&house, "spoofed-headers").await.unwrap();
    let response = house.http("spoofed-headers", "/burner", "").await.unwrap();
    assert_eq!(response.status, 0, "the guest's own answer to a refusal");
}
