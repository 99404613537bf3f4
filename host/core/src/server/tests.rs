use serde_json::json;
use wasmoat_runtime::CallContext;

use super::*;

#[tokio::test]
async fn a_trial_needs_terms_users_a_requester_and_a_service() {
    let core = Core::for_tests().await;
    let ann = core.new_user("ann").await;
    let good = TrialRequest { requester_id: ann.id, users: 10, terms_accepted: true, receive_emails_accepted: false };
    for (request, status, id) in [
        (
            TrialRequest { terms_accepted: false, ..good.clone() },
            400,
            "api.license.request-trial.bad-request.terms-not-accepted",
        ),
        (TrialRequest { users: 0, ..good.clone() }, 400, "api.license.request-trial.bad-request"),
        (TrialRequest { requester_id: new_id(), ..good.clone() }, 404, "app.user.missing_account.const"),
        (good.clone(), 400, "api.license.request_trial_license.app_error"),
    ] {
        let error = core.request_trial_license(&request).await.unwrap_err();
        assert_eq!((error.id.as_str(), error.status()), (id, status));
    }
    let restricted = json!({ "ExperimentalSettings": { "RestrictSystemAdmin": true } });
    core.patch_config(&CallContext::core(), &restricted).await.unwrap();
    assert_eq!(core.request_trial_license(&good).await.unwrap_err().status(), 403);
}

#[tokio::test]
async fn limits_are_the_operators() {
    let core = Core::for_tests().await;
    assert_eq!(core.get_cloud_limits().unwrap(), wasmoat_model::ProductLimits::default());
    let patch = json!({ "CloudSettings": { "Limits": { "MessagesHistory": 10_000 } } });
    core.patch_config(&CallContext::core(), &patch).await.unwrap();
    assert_eq!(core.get_cloud_limits().unwrap().messages.unwrap().history, Some(10_000));
}

#[tokio::test]
async fn telemetry_is_once_a_day_and_only_where_it_is_allowed() {
    let core = Core::for_tests().await;
    assert!(!core.send_daily_telemetry().await.unwrap());
    let on = json!({ "LogSettings": { "EnableDiagnostics": true } });
    core.patch_config(&CallContext::core(), &on).await.unwrap();
    assert!(core.send_daily_telemetry().await.unwrap());
    assert!(!core.send_daily_telemetry().await.unwrap());
}

#[tokio::test]
async fn an_installation_keeps_its_id_and_date() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::sqlite(&directory.path().join("wasmoat.db")).await.unwrap();
    let first = Identity::load(&store).await.unwrap();
    let second = Identity::load(&store).await.unwrap();
    assert!(wasmoat_model::is_valid_id(&first.id));
    assert_eq!((first.id, first.install_date), (second.id, second.install_date));
}
