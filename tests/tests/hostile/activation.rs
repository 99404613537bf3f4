//! Plugins that do not come up.

use wasmoat_runtime::{ActivateError, FaultKind, Limits};
use wasmoat_tests::guest;

use crate::{house, the_good_plugin_answers};

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
