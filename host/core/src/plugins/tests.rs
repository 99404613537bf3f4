use std::{path::Path, sync::Arc};

use bytes::Bytes;
use serde_json::{Value, json};
use wasmoat_model::PluginState;
use wasmoat_runtime::CallContext;

use super::*;
use crate::{Core, Options, testing::TestCore};

mod secrets;
mod signatures;

/// A component that activates, and may read the configuration.
const GOOD: &str = r#"(component
    (import "wasmoat:plugin/config@1.0.0" (instance $config (export "get-config" (func (result string)))))
    (core module $m
        (memory (export "mem") 1)
        (func (export "on-activate") (result i32) i32.const 16))
    (core instance $i (instantiate $m))
    (func $f (result (result (error string))) (canon lift (core func $i "on-activate") (memory (core memory $i "mem"))))
    (instance (export "wasmoat:plugin/on-activate@1.0.0") (export "on-activate" (func $f))))"#;

/// A component whose `on-activate` answers the error `no luck`.
const UNLUCKY: &str = r#"(component
    (core module $m
        (memory (export "mem") 1)
        (data (i32.const 16) "\01\00\00\00\40\00\00\00\07\00\00\00")
        (data (i32.const 64) "no luck")
        (func (export "on-activate") (result i32) i32.const 16))
    (core instance $i (instantiate $m))
    (func $f (result (result (error string))) (canon lift (core func $i "on-activate") (memory (core memory $i "mem"))))
    (instance (export "wasmoat:plugin/on-activate@1.0.0") (export "on-activate" (func $f))))"#;

/// What [`GOOD`] imports.
const IMPORT: &str =
    r#"(import "wasmoat:plugin/config@1.0.0" (instance $config (export "get-config" (func (result string)))))"#;

/// The component with a manifest in a custom section.
fn component(wat: &str, manifest: &Value) -> Bytes {
    let mut bytes = wat::parse_str(wat).unwrap();
    let name = wasmoat_runtime::MANIFEST_SECTION.as_bytes();
    let content = [&[u8::try_from(name.len()).unwrap()], name, manifest.to_string().as_bytes()].concat();
    bytes.push(0);
    // An unsigned LEB128 number.
    let mut size = content.len();
    while size >= 0x80 {
        bytes.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
        size >>= 7;
    }
    bytes.push(u8::try_from(size).unwrap());
    bytes.extend(content);
    bytes.into()
}

fn manifest(version: &str) -> Value {
    json!({
        "id": "Moat", "name": "Moat", "version": version,
        "settings_schema": {
            "settings": [{ "key": "Depth", "type": "number", "default": 3 }, { "key": "Key", "secret": true }],
            "sections": [{ "key": "s", "settings": [{ "key": "Wide", "type": "bool", "default": true }] }],
        },
    })
}

fn upload(wat: &str, version: &str, force: bool) -> Upload {
    Upload { bytes: component(wat, &manifest(version)), file_name: "moat.wasm".to_owned(), force, signature: None }
}

fn admin() -> CallContext {
    CallContext::core()
}

fn status(core: &Core) -> (PluginState, String, String) {
    let statuses = core.get_plugin_statuses().unwrap();
    let [status] = statuses.as_slice() else { panic!("{statuses:?}") };
    (status.state, status.version.clone(), status.error.clone())
}

/// Folders of installed versions.
fn versions(core: &Core) -> usize {
    let count = |path: &Path| path.read_dir().map_or(0, Iterator::count);
    assert_eq!(count(&core.data.join("plugins.incoming")), 0, "something was left where uploads are unpacked");
    let plugins = core.data.join("plugins").read_dir().unwrap();
    plugins.map(|plugin| count(&plugin.unwrap().path())).sum()
}

async fn enabled() -> TestCore {
    let core = Core::for_tests().await;
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    assert_eq!(status(&core), (PluginState::Running, "1.0.0".to_owned(), String::new()));
    core
}

#[tokio::test]
async fn a_plugin_is_installed_enabled_disabled_and_removed() {
    let core = Core::for_tests().await;
    let manifest = core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    assert_eq!(manifest.id, "moat", "ids are in lower case");
    assert_eq!(status(&core).0, PluginState::NotRunning, "an upload does not enable");
    core.enable_plugin(&admin(), "Moat").await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running);
    assert!(core.config.get().is_plugin_enabled("moat"));
    assert_eq!(core.get_plugins().unwrap().active.len(), 1);
    core.set_plugin_key("moat", "k", Some(b"v".to_vec())).await.unwrap();
    core.disable_plugin(&admin(), "moat").await.unwrap();
    assert_eq!(status(&core).0, PluginState::NotRunning);
    core.enable_plugin(&admin(), "moat").await.unwrap();
    core.remove_plugin(&admin(), "moat").await.unwrap();
    assert!(core.get_plugin_statuses().unwrap().is_empty() && !core.runtime.is_active("moat"));
    assert!(!core.config.get().is_plugin_enabled("moat"), "a reinstall stays off");
    assert_eq!(versions(&core), 0);
    assert_eq!(core.get_plugin_key("moat", "k").await.unwrap(), Some(b"v".to_vec()), "its data stays");
    for error in [
        core.enable_plugin(&admin(), "moat").await.unwrap_err(),
        core.disable_plugin(&admin(), "moat").await.unwrap_err(),
        core.remove_plugin(&admin(), "moat").await.unwrap_err(),
    ] {
        assert_eq!((error.id.as_str(), error.status_code), ("app.plugin.not_installed.app_error", 404));
    }
}

#[tokio::test]
async fn enabling_grants_what_was_shown_and_records_it() {
    let core = enabled().await;
    let plugin = core.get_plugin("moat").unwrap();
    let grant = core.get_plugin_grant(&plugin).await.unwrap().unwrap();
    assert_eq!((grant.consent.permissions, &grant.digest), (["config.read".to_owned()].into(), &plugin.digest));
    let shown = core.inspect_plugin("moat").await.unwrap();
    assert_eq!(shown["permissions"], json!({ "config.read": ["config.get-config"] }));
    assert_eq!(shown["hooks"], json!(["on-activate"]));
    assert_eq!(shown["grant"]["permissions"], json!(["config.read"]));
    assert_eq!(shown["manifest"]["id"], "moat");
    assert!(shown["limits"]["filter_ms"].is_u64());
}

/// A server as it is installed, but for uploads.
async fn as_installed() -> TestCore {
    let core = Core::as_installed().await;
    let patch = json!({ "PluginSettings": { "EnableUploads": true } });
    core.patch_config(&admin(), &patch).await.unwrap();
    core
}

fn yes() -> Decision {
    Decision { approve: Some(Approve::All(true)), ..Decision::default() }
}

#[tokio::test]
async fn nothing_is_granted_by_the_way() {
    let core = as_installed().await;
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    let error = core.enable_plugin(&admin(), "moat").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.plugin.not_approved.app_error", 403));
    core.decide_plugin(&admin(), "moat", yes()).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running);
}

#[tokio::test]
async fn a_removed_plugin_has_to_be_approved_anew() {
    let core = as_installed().await;
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    core.decide_plugin(&admin(), "moat", yes()).await.unwrap();
    core.remove_plugin(&admin(), "moat").await.unwrap();
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    assert_eq!(core.get_plugin_permissions("moat").await.unwrap().approval, Approval::Pending);
}

#[tokio::test]
async fn an_approved_upgrade_that_does_not_start_leaves_the_old_version_and_waits_no_more() {
    let core = as_installed().await;
    core.install_plugin(&admin(), upload(&GOOD.replace(IMPORT, ""), "1.0.0", false)).await.unwrap();
    core.decide_plugin(&admin(), "moat", yes()).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    let before = status(&core);
    let unlucky = UNLUCKY.replace("(core module $m\n", &format!("{IMPORT}\n(core module $m\n"));
    core.install_plugin(&admin(), upload(&unlucky, "2.0.0", true)).await.unwrap();
    assert_eq!(core.get_plugin_permissions("moat").await.unwrap().approval, Approval::UpgradePending);
    let error = core.decide_plugin(&admin(), "moat", yes()).await.unwrap_err();
    assert!(error.status_code == 500 && error.message.contains("no luck"), "{error}");
    assert_eq!(status(&core), before);
    assert_eq!(core.get_plugin_permissions("moat").await.unwrap().approval, Approval::Approved);
    assert_eq!(versions(&core), 1);
}

#[tokio::test]
async fn what_does_not_start_with_less_does_not_go_on_with_more() {
    let core = as_installed().await;
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    core.decide_plugin(&admin(), "moat", yes()).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    // Its copy on disk is lost: it cannot be started anew.
    let plugin = core.get_plugin("moat").unwrap();
    std::fs::remove_file(core.plugins.files.folder(&plugin).join("component.wasm")).unwrap();
    let nothing = Decision { approve: Some(Approve::Only(Consent::default())), ..Decision::default() };
    core.decide_plugin(&admin(), "moat", nothing).await.unwrap();
    assert!(!core.runtime.is_active("moat"));
    assert_eq!(status(&core).0, PluginState::FailedToStart);
}

#[tokio::test]
async fn a_plugin_that_does_not_start_says_why_and_is_tried_again_at_the_next_save() {
    let core = Core::for_tests().await;
    core.install_plugin(&admin(), upload(UNLUCKY, "1.0.0", false)).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    let (state, _, error) = status(&core);
    assert_eq!(state, PluginState::FailedToStart);
    assert!(error.contains("no luck"), "{error}");
    // A good version in its place starts when anything is saved.
    let error = core.install_plugin(&admin(), upload(UNLUCKY, "1.0.1", true)).await.unwrap_err();
    assert_eq!(error.status_code, 500);
    assert_eq!(status(&core).1, "1.0.1", "the files stay");
    core.install_plugin(&admin(), upload(GOOD, "1.0.2", true)).await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running);
}

#[tokio::test]
async fn an_installed_id_is_replaced_with_force_only() {
    let core = enabled().await;
    let error = core.install_plugin(&admin(), upload(GOOD, "2.0.0", false)).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.plugin.install_id.app_error", 400));
    core.install_plugin(&admin(), upload(GOOD, "2.0.0", true)).await.unwrap();
    assert_eq!(status(&core), (PluginState::Running, "2.0.0".to_owned(), String::new()));
    assert_eq!(versions(&core), 1);
}

#[tokio::test]
async fn an_upgrade_that_does_not_start_leaves_the_old_version_running() {
    let core = enabled().await;
    let error = core.install_plugin(&admin(), upload(UNLUCKY, "2.0.0", true)).await.unwrap_err();
    assert!(error.status_code == 500 && error.message.contains("no luck"), "{error}");
    assert_eq!(status(&core), (PluginState::Running, "1.0.0".to_owned(), String::new()));
    assert_eq!(versions(&core), 1);
}

#[tokio::test]
async fn a_bad_upload_is_refused_and_leaves_nothing_behind() {
    let core = Core::for_tests().await;
    let good = component(GOOD, &manifest("1.0.0"));
    let wat = |text: &str| Bytes::from(wat::parse_str(text).unwrap());
    let unknown = GOOD.replace("wasmoat:plugin/config@1.0.0", "evil:plugin/config@1.0.0");
    let version = GOOD.replace("on-activate@1.0.0", "on-activate@2.0.0");
    for (name, bytes, says) in [
        ("truncated", good.slice(..good.len() / 2), "cut off"),
        ("core module", wat("(module)"), "core WebAssembly module"),
        ("unknown import", wat(&unknown), "Unknown import"),
        ("wrong version", wat(&version), "another version"),
        ("no hook", wat("(component)"), "no hook"),
        ("no wasm", Bytes::from_static(b"#!/bin/sh"), "not WebAssembly"),
        ("empty", Bytes::new(), "empty"),
        ("bad manifest", component(GOOD, &json!({ "id": "../up" })), "letters, digits"),
    ] {
        let upload = Upload { bytes, file_name: "moat.wasm".to_owned(), force: false, signature: None };
        let error = core.install_plugin(&admin(), upload).await.unwrap_err();
        assert_eq!(error.status_code, 400, "{name}: {error}");
        assert!(error.message.contains(says), "{name}: {}", error.message);
        assert!(core.get_plugin_statuses().unwrap().is_empty(), "{name}");
        assert_eq!(versions(&core), 0, "{name}");
    }
}

#[tokio::test]
async fn plugins_and_uploads_can_be_switched_off() {
    let core = enabled().await;
    let patch = json!({ "PluginSettings": { "Enable": false } });
    core.patch_config(&admin(), &patch).await.unwrap();
    assert!(!core.runtime.is_active("moat"));
    let error = core.enable_plugin(&admin(), "moat").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.plugin.disabled.app_error", 501));
    core.patch_config(&admin(), &json!({ "PluginSettings": { "Enable": true } })).await.unwrap();
    assert!(core.runtime.is_active("moat"));
}

#[tokio::test]
async fn enabled_plugins_start_again_with_the_server_without_compiling() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Core::open(Options { data: directory.path().to_owned(), config: None, development: true });
    let core = open().await.unwrap();
    core.install_plugin(&admin(), upload(GOOD, "1.0.0", false)).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    // What a killed server leaves.
    std::fs::create_dir_all(directory.path().join("plugins/moat/half-written")).unwrap();
    std::fs::create_dir_all(directory.path().join("plugins/gone/x")).unwrap();
    core.shutdown().await;
    let core = open().await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running);
    assert_eq!(versions(&core), 1);
    let plugin = core.get_plugin("moat").unwrap();
    let bytes = core.plugins.files.component(&plugin).unwrap();
    assert!(core.runtime.compile(bytes).await.unwrap().from_cache());
}

#[tokio::test]
async fn a_component_that_was_changed_on_disk_does_not_start() {
    let core = enabled().await;
    core.disable_plugin(&admin(), "moat").await.unwrap();
    let plugin = core.get_plugin("moat").unwrap();
    let file = core.plugins.files.folder(&plugin).join("component.wasm");
    std::fs::write(file, component(GOOD, &manifest("6.6.6"))).unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    let (state, _, error) = status(&core);
    assert_eq!(state, PluginState::FailedToStart);
    assert!(error.contains("not the one that was installed"), "{error}");
}

#[tokio::test]
async fn a_plugin_sees_its_settings_over_the_defaults_and_in_lower_case() {
    let core = enabled().await;
    let settings = json!({ "Key": "s3cret", "DEPTH": 7 });
    core.save_plugin_config(&admin(), "moat", settings.as_object().unwrap().clone()).await.unwrap();
    let loaded = Value::Object(core.load_plugin_configuration("moat"));
    assert_eq!(loaded, json!({ "key": "s3cret", "depth": 7, "wide": true }));
    let shown = Value::Object(core.get_sanitized_config().plugin("moat"));
    assert_eq!(shown, json!({ "Key": crate::config::MASK, "DEPTH": 7 }));
    // Sending back what was shown keeps the secret.
    core.save_config(&admin(), core.get_sanitized_config().json()).await.unwrap();
    assert_eq!(core.load_plugin_configuration("moat").get("key"), Some(&json!("s3cret")));
}

#[tokio::test]
async fn new_limits_restart_the_plugin_that_they_are_for() {
    let core = enabled().await;
    let before = core.plugins.running().get("moat").cloned().unwrap();
    core.patch_config(&admin(), &json!({ "TeamSettings": { "SiteName": "x" } })).await.unwrap();
    assert_eq!(core.plugins.running().get("moat"), Some(&before));
    let limits = json!({ "PluginSettings": { "Wasmoat": { "Plugins": { "moat": { "filter_ms": 42 } } } } });
    core.patch_config(&admin(), &limits).await.unwrap();
    assert_eq!(core.plugins.running().get("moat").unwrap().limits.filter_ms, 42);
    assert!(core.runtime.is_active("moat"));
}

#[tokio::test]
async fn what_a_newer_server_needs_does_not_start_here() {
    let core = Core::for_tests().await;
    let mut manifest = manifest("1.0.0");
    manifest["min_server_version"] = json!("99.0.0");
    let upload = Upload { bytes: component(GOOD, &manifest), file_name: String::new(), force: false, signature: None };
    core.install_plugin(&admin(), upload).await.unwrap();
    core.enable_plugin(&admin(), "moat").await.unwrap();
    assert!(status(&core).2.contains("needs Mattermost 99.0.0"));
}

#[tokio::test]
async fn admins_are_told_when_a_plugin_is_disabled() {
    let core = enabled().await;
    let id: Arc<str> = "moat".into();
    core.runtime.deactivate("moat").await;
    core.plugin_disabled(&id, "10 faults");
    let (state, _, error) = status(&core);
    assert_eq!((state, error.as_str()), (PluginState::FailedToStayRunning, "10 faults"));
    // Any later save tries again.
    core.patch_config(&admin(), &json!({ "TeamSettings": { "SiteName": "y" } })).await.unwrap();
    assert_eq!(status(&core).0, PluginState::Running);
}
