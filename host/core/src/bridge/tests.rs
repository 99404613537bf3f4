use serde_json::json;
use wasmoat_runtime::{BridgeCall, BridgeError, CallContext};

use super::bridge_app_error;
use crate::Core;

fn call() -> BridgeCall {
    BridgeCall { target: "nobody".to_owned(), endpoint: "/v1/x".to_owned(), ..BridgeCall::default() }
}

#[tokio::test]
async fn a_plugin_that_is_not_there_is_told_from_plugins_that_are_switched_off() {
    let core = Core::for_tests().await;
    let error = core.call_plugin_from_core(&CallContext::core(), call()).await.unwrap_err();
    assert!(matches!(error, BridgeError::NotFound(_)), "{error:?}");
    core.patch_config(&CallContext::core(), &json!({ "PluginSettings": { "Enable": false } })).await.unwrap();
    let error = core.call_plugin_from_core(&CallContext::core(), call()).await.unwrap_err();
    assert!(matches!(error, BridgeError::NotInitialised), "{error:?}");
}

#[test]
fn a_client_is_told_that_the_plugin_gave_no_answer() {
    let error = bridge_app_error("GetAgents", &BridgeError::Timeout("30 s".to_owned()));
    assert_eq!((error.status_code, error.detailed_error.as_str()), (504, "30 s"));
    assert_eq!(bridge_app_error("GetAgents", &BridgeError::NoEndpoint(String::new())).status_code, 500);
}
