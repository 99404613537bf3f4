use serde_json::json;
use wasmoat_runtime::CallContext;

use super::*;
use crate::Core;

fn open(directory: &tempfile::TempDir, variables: &[(&str, &str)]) -> Result<ConfigService, ConfigError> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ConfigService::with_environment(directory.path().join("config.json"), directory.path(), false, variables)
}

fn on_disk(directory: &tempfile::TempDir) -> Value {
    serde_json::from_slice(&std::fs::read(directory.path().join("config.json")).unwrap()).unwrap()
}

#[test]
fn a_first_start_writes_the_defaults_and_a_second_keeps_what_it_finds() {
    let directory = tempfile::tempdir().unwrap();
    open(&directory, &[]).unwrap();
    let mut config = on_disk(&directory);
    assert_eq!(config["PasswordSettings"]["MinimumLength"], 8);
    config["FutureSettings"] = json!({ "Key": [1, 2] });
    std::fs::write(directory.path().join("config.json"), config.to_string()).unwrap();
    let service = open(&directory, &[]).unwrap();
    assert_eq!(service.get().value("FutureSettings.Key"), Some(&json!([1, 2])));
    assert_eq!(on_disk(&directory), config);
}

#[test]
fn an_override_is_in_force_and_not_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let service = open(&directory, &[("MM_TEAMSETTINGS_SITENAME", "Env")]).unwrap();
    let changed = service.replace(|current| {
        let mut next = current.clone();
        next.set("TeamSettings.MaxUsersPerTeam", json!(9));
        Ok(next)
    });
    assert!(changed.unwrap().is_some());
    assert_eq!(
        (service.text("TeamSettings.SiteName").as_str(), service.number("TeamSettings.MaxUsersPerTeam")),
        ("Env", 9)
    );
    assert_eq!(on_disk(&directory)["TeamSettings"]["SiteName"], "Wasmoat");
    assert_eq!(on_disk(&directory)["TeamSettings"]["MaxUsersPerTeam"], 9);
}

#[test]
fn a_file_that_makes_no_sense_ends_the_start_and_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    for bad in
        ["{", "[]", r#"{"TeamSettings": {"MaxUsersPerTeam": "many"}}"#, r#"{"PasswordSettings": {"MinimumLength": 1}}"#]
    {
        std::fs::write(directory.path().join("config.json"), bad).unwrap();
        let error = open(&directory, &[]).unwrap_err().to_string();
        assert!(error.contains("config.json"), "{error}");
        assert_eq!(std::fs::read_to_string(directory.path().join("config.json")).unwrap(), bad);
    }
}

#[tokio::test]
async fn a_save_fills_defaults_and_refuses_what_makes_no_sense() {
    let core = Core::for_tests().await;
    let cx = CallContext::core();
    let before = core.config.fingerprint();
    core.save_config(&cx, &json!({ "TeamSettings": { "SiteName": "Short" } })).await.unwrap();
    assert_eq!(core.config.text("TeamSettings.SiteName"), "Short");
    assert_eq!(core.config.number("PasswordSettings.MinimumLength"), 8);
    assert_ne!(core.config.fingerprint(), before);
    let error = core.save_config(&cx, &json!({ "FileSettings": { "MaxFileSize": 0 } })).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("model.config.is_valid.max_file_size.app_error", 400));
    assert_eq!(core.config.text("TeamSettings.SiteName"), "Short");
    core.patch_config(&cx, &json!({ "ClusterSettings": { "ReadOnlyConfig": true } })).await.unwrap();
    let error = core.patch_config(&cx, &json!({ "TeamSettings": { "SiteName": "Other" } })).await.unwrap_err();
    assert_eq!(error.status_code, 403);
}

#[tokio::test]
async fn a_reload_takes_up_what_was_written_to_the_file() {
    let core = Core::for_tests().await;
    let path = core.data.join("config.json");
    std::fs::write(&path, json!({ "TeamSettings": { "SiteName": "By hand" } }).to_string()).unwrap();
    core.reload_config(&CallContext::core()).await.unwrap();
    assert_eq!(core.config.text("TeamSettings.SiteName"), "By hand");
}
