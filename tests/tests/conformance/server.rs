//! `wit/server.wit`.

use serde_json::{Value, json};
use wasmoat_tests::sink;

use crate::{Case, edge, error, success, world::NOBODY};

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|id| id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The id that clients are shown.
async fn shown_id(case: &Case) -> Value {
    case.admin.get("/api/v4/config/client?format=old").await.ok()["DiagnosticId"].clone()
}

fn trial(requester_id: &str, users: i32, terms_accepted: bool) -> Value {
    json!({
        "requester_id": requester_id,
        "users": users,
        "terms_accepted": terms_accepted,
        "receive_emails_accepted": true,
    })
}

fn licence() -> Value {
    let licence = json!({
        "id": NOBODY, "issued_at": 1, "starts_at": 1, "expires_at": 4_102_444_800_000_i64, "is_trial": true,
        "sku_name": "Trial", "features": {"data_retention": true},
    });
    json!({"license": licence.to_string()})
}

#[test]
fn get_license_gives_the_trial() {
    let service = sink::service(&licence());
    let settings = json!({"CloudSettings": {"CWSURL": format!("http://127.0.0.1:{}", service.port())}});
    success("server.get-license").settings(settings).run(async |case| {
        case.call_other("server.request-trial-license", trial(&case.admin_id, 5, true)).await;
        let license = case.call(json!({})).await;
        case.admin.delete("/api/v4/license").await.ok();
        let license: Value = serde_json::from_str(license.as_str().expect("a text")).expect("JSON");
        assert_eq!((&license["id"], &license["sku_name"]), (&json!(NOBODY), &json!("Trial")));
    });
}

#[test]
fn get_license_is_nothing_without_one() {
    edge("server.get-license").run(async |case| {
        assert_eq!(case.call(json!({})).await, Value::Null);
        assert_eq!(case.admin.get("/api/v4/license/client?format=old").await.ok()["IsLicensed"], "false");
    });
}

#[test]
fn is_enterprise_ready_says_what_the_build_is() {
    success("server.is-enterprise-ready").run(async |case| {
        let shown = case.admin.get("/api/v4/config/client?format=old").await.ok();
        assert_eq!(case.call(json!({})).await.to_string(), shown["BuildEnterpriseReady"].as_str().unwrap_or_default());
    });
}

#[test]
fn is_enterprise_ready_does_not_ask_for_licensed_features() {
    edge("server.is-enterprise-ready").run(async |case| {
        // The shared server has features turned on.
        assert_eq!(case.call(json!({})).await, false);
    });
}

#[test]
fn get_server_version_is_what_clients_see() {
    success("server.get-server-version").run(async |case| {
        let version = case.call(json!({})).await;
        let headers = case.admin.get("/api/v4/system/ping").await.headers;
        let shown = headers["x-version-id"].to_str().expect("a text");
        assert!(shown.starts_with(version.as_str().expect("a text")), "{shown}");
    });
}

#[test]
fn get_server_version_has_three_numbers() {
    edge("server.get-server-version").run(async |case| {
        let version = case.call(json!({})).await;
        let parts: Vec<_> = version.as_str().expect("a text").split('.').map(str::parse::<u32>).collect();
        assert!(parts.len() == 3 && parts.iter().all(Result::is_ok), "{version}");
    });
}

#[test]
fn get_system_install_date_is_what_clients_see() {
    success("server.get-system-install-date").run(async |case| {
        let shown = case.admin.get("/api/v4/config/client?format=old").await.ok();
        assert_eq!(case.call(json!({})).await.to_string(), shown["InstallationDate"].as_str().unwrap_or_default());
    });
}

#[test]
fn get_system_install_date_tells_of_a_broken_store() {
    error("server.get-system-install-date").without_table("systems").run(async |case| {
        case.refused(json!({})).await.is_of_the_store();
    });
}

#[test]
fn get_diagnostic_id_is_what_clients_see() {
    success("server.get-diagnostic-id").run(async |case| {
        assert_eq!(case.call(json!({})).await, shown_id(case).await);
    });
}

#[test]
fn get_diagnostic_id_is_an_id_and_stays() {
    edge("server.get-diagnostic-id").run(async |case| {
        let first = case.call(json!({})).await;
        assert!(is_id(&first) && first == case.call(json!({})).await, "{first}");
    });
}

#[test]
fn get_telemetry_id_is_what_clients_see() {
    success("server.get-telemetry-id").run(async |case| {
        assert_eq!(case.call(json!({})).await, shown_id(case).await);
    });
}

#[test]
fn get_telemetry_id_is_the_diagnostic_id() {
    edge("server.get-telemetry-id").run(async |case| {
        let id = case.call(json!({})).await;
        assert_eq!(id, case.call_other("server.get-diagnostic-id", json!({})).await);
    });
}

#[test]
fn request_trial_license_installs_what_the_service_gives() {
    let service = sink::service(&licence());
    let settings = json!({
        "CloudSettings": {"CWSURL": format!("http://127.0.0.1:{}/", service.port())},
        "ServiceSettings": {"LicensedFeatures": []},
    });
    success("server.request-trial-license").settings(settings).run(async |case| {
        case.call(trial(&case.admin_id, 5, true)).await;
        let asked = service.next();
        assert_eq!(asked.line, "POST /api/v1/trials");
        assert_eq!((&asked.body["users"], &asked.body["email"]), (&json!(5), &json!("ada@example.org")));
        let shown = case.admin.get("/api/v4/license/client?format=old").await.ok();
        assert_eq!((&shown["IsLicensed"], &shown["IsTrial"]), (&json!("true"), &json!("true")));
        case.admin.delete("/api/v4/license").await.ok();
        let shown = case.admin.get("/api/v4/license/client?format=old").await.ok();
        assert_eq!(shown["IsLicensed"], "false");
    });
}

#[test]
fn request_trial_license_wants_terms_users_and_a_requester() {
    error("server.request-trial-license").run(async |case| {
        let terms = "api.license.request-trial.bad-request.terms-not-accepted";
        case.refused(trial(&case.admin_id, 5, false)).await.is(terms, 400);
        case.refused(trial(&case.admin_id, 0, true)).await.is("api.license.request-trial.bad-request", 400);
        case.refused(trial(NOBODY, 5, true)).await.is("app.user.missing_account.const", 404);
        let no_service = "api.license.request_trial_license.app_error";
        case.refused(trial(&case.admin_id, 5, true)).await.is(no_service, 400);
    });
}

#[test]
fn get_cloud_limits_gives_the_operators() {
    let settings =
        json!({"CloudSettings": {"Limits": {"MessagesHistory": 10_000, "FilesTotalStorage": 1_073_741_824}}});
    success("server.get-cloud-limits").settings(settings).run(async |case| {
        let limits = case.call(json!({})).await;
        assert_eq!(limits["messages"]["history"], 10_000);
        assert_eq!(limits["files"]["total_storage"], 1_073_741_824);
        assert_eq!(limits["teams"], Value::Null);
        assert_eq!(case.admin.get("/api/v4/cloud/limits").await.ok()["messages"]["history"], 10_000);
    });
}

#[test]
fn get_cloud_limits_says_that_a_limit_has_no_place() {
    let settings = json!({"CloudSettings": {"Limits": {"TeamsActive": 3_000_000_000_u64}}});
    error("server.get-cloud-limits").settings(settings).run(async |case| {
        case.refused(json!({})).await.is("app.cloud.get_cloud_limits.app_error", 500);
    });
}

#[test]
fn register_collection_and_topic_does_nothing() {
    success("server.register-collection-and-topic").run(async |case| {
        let before = case.call_other("kv.kv-list", json!({"page": 0, "per_page": 100})).await;
        assert_eq!(case.call(json!({"collection_type": "board", "topic_type": "card"})).await, Value::Null);
        assert_eq!(case.call_other("kv.kv-list", json!({"page": 0, "per_page": 100})).await, before);
    });
}

#[test]
fn register_collection_and_topic_takes_anything() {
    edge("server.register-collection-and-topic").run(async |case| {
        let named = json!({"collection_type": "", "topic_type": NOBODY});
        assert_eq!(case.call(named).await, Value::Null);
    });
}
