//! `wit/plugins.wit`.

use serde_json::{Value, json};
use wasmoat_tests::renamed;

use crate::{Case, edge, error, success};

/// A component that does nothing but start.
const QUIET: &str = r#"(component
    (core module $m
        (memory (export "mem") 1)
        (func (export "on-activate") (result i32) i32.const 16))
    (core instance $i (instantiate $m))
    (func $f (result (result (error string))) (canon lift (core func $i "on-activate") (memory (core memory $i "mem"))))
    (instance (export "wasmoat:plugin/on-activate@1.0.0") (export "on-activate" (func $f))))"#;

fn bundle(id: &str) -> Vec<u8> {
    renamed(&wat::parse_str(QUIET).expect("a component"), id)
}

/// A plugin of a name of its own, installed by the admin and not enabled.
async fn installed(case: &Case) -> String {
    let id = case.name("quiet");
    case.admin.upload("quiet.tar.gz", bundle(&id), false).await.ok();
    id
}

/// The state of a plugin, as the admin sees it; none where it is not installed.
async fn state(case: &Case, id: &str) -> Option<i64> {
    let statuses = case.admin.get("/api/v4/plugins/statuses").await.ok();
    let statuses = statuses.as_array().expect("a list");
    statuses.iter().find(|status| status["plugin_id"] == *id)?["state"].as_i64()
}

fn manifests(answer: &Value) -> Vec<Value> {
    let texts = answer.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text"));
    texts.map(|text| serde_json::from_str(text).expect("a manifest")).collect()
}

#[test]
fn get_bundle_path_is_where_the_plugin_lies() {
    success("plugins.get-bundle-path").run(async |case| {
        let path = case.call(json!({})).await;
        let path = std::path::Path::new(path.as_str().expect("a text"));
        assert!(path.is_absolute() && path.join("component.wasm").is_file(), "{}", path.display());
    });
}

#[test]
fn get_bundle_path_is_of_the_caller_whatever_is_asked() {
    edge("plugins.get-bundle-path").run(async |case| {
        let path = case.call(json!({"id": "another"})).await;
        assert!(path.as_str().is_some_and(|path| path.contains("/plugins/conformance/")), "{path}");
    });
}

#[test]
fn get_plugins_has_the_active_ones_first() {
    success("plugins.get-plugins").run(async |case| {
        let idle = installed(case).await;
        let manifests = manifests(&case.call(json!({})).await);
        let place = |id: &str| manifests.iter().position(|manifest| manifest["id"] == *id);
        assert!(place("conformance").expect("the caller") < place(&idle).expect("the idle one"));
    });
}

#[test]
fn get_plugins_is_not_there_where_plugins_are_off() {
    // Alone: it switches all plugins off. The settings are put back at the end.
    error("plugins.get-plugins").settings(json!({})).run(async |case| {
        let mut config = case.admin.get("/api/v4/config").await.ok();
        config["PluginSettings"]["Enable"] = json!(false);
        let off = json!({"config": config.to_string()});
        let refusal = case.refused_after("config.save-config", off, json!({})).await;
        refusal.is("app.plugin.disabled.app_error", 501);
    });
}

#[test]
fn enable_plugin_starts_it() {
    success("plugins.enable-plugin").run(async |case| {
        let id = installed(case).await;
        assert_eq!(state(case, &id).await, Some(0));
        case.call(json!({"id": id})).await;
        assert_eq!(state(case, &id).await, Some(2));
    });
}

#[test]
fn enable_plugin_wants_an_installed_one() {
    error("plugins.enable-plugin").run(async |case| {
        case.refused(json!({"id": "nobody"})).await.is("app.plugin.not_installed.app_error", 404);
    });
}

#[test]
fn disable_plugin_stops_it() {
    success("plugins.disable-plugin").run(async |case| {
        let id = installed(case).await;
        case.call_other("plugins.enable-plugin", json!({"id": id})).await;
        case.call(json!({"id": id.to_uppercase()})).await;
        assert_eq!(state(case, &id).await, Some(0));
    });
}

#[test]
fn disable_plugin_wants_an_installed_one() {
    error("plugins.disable-plugin").run(async |case| {
        case.refused(json!({"id": "nobody"})).await.is("app.plugin.not_installed.app_error", 404);
    });
}

#[test]
fn remove_plugin_deletes_it() {
    success("plugins.remove-plugin").run(async |case| {
        let id = installed(case).await;
        case.call_other("plugins.enable-plugin", json!({"id": id})).await;
        case.call(json!({"id": id})).await;
        assert_eq!(state(case, &id).await, None);
        assert!(!case.server.data().join("plugins").join(&id).exists());
    });
}

#[test]
fn remove_plugin_wants_an_installed_one() {
    error("plugins.remove-plugin").run(async |case| {
        case.refused(json!({"id": "nobody"})).await.is("app.plugin.not_installed.app_error", 404);
    });
}

#[test]
fn get_plugin_status_says_what_runs() {
    success("plugins.get-plugin-status").run(async |case| {
        let own = case.call(json!({"id": "Conformance"})).await;
        assert_eq!((&own["state"], &own["version"]), (&json!("running"), &json!("1.0.0")));
        let idle = installed(case).await;
        let status = case.call(json!({"id": idle})).await;
        assert_eq!((&status["state"], &status["cluster_id"]), (&json!("not_running"), &json!("")));
    });
}

#[test]
fn get_plugin_status_wants_an_installed_one() {
    error("plugins.get-plugin-status").run(async |case| {
        case.refused(json!({"id": "nobody"})).await.is("app.plugin.not_installed.app_error", 404);
    });
}

#[test]
fn install_plugin_installs_a_bundle() {
    success("plugins.install-plugin").run(async |case| {
        let id = case.name("quiet");
        let manifest = case.call(json!({"file": bundle(&id), "replace": false})).await;
        let manifest: Value = serde_json::from_str(manifest.as_str().expect("a text")).expect("a manifest");
        assert_eq!((&manifest["id"], &manifest["version"]), (&json!(id), &json!("1.0.0")));
        assert_eq!(state(case, &id).await, Some(0), "it is not enabled by that");
        case.call(json!({"file": bundle(&id), "replace": true})).await;
    });
}

#[test]
fn install_plugin_replaces_only_where_that_is_wanted() {
    error("plugins.install-plugin").run(async |case| {
        let id = installed(case).await;
        let again = json!({"file": bundle(&id), "replace": false});
        case.refused(again).await.is("app.plugin.install_id.app_error", 400);
        let cut_off = json!({"file": [0x1f, 0x8b, 8, 0], "replace": false});
        case.refused(cut_off).await.is("app.plugin.extract.app_error", 400);
        let nonsense = json!({"file": [1, 2, 3], "replace": false});
        case.refused(nonsense).await.is("app.plugin.component.app_error", 400);
    });
}

#[test]
fn get_plugin_id_is_the_callers() {
    success("plugins.get-plugin-id").run(async |case| {
        assert_eq!(case.call(json!({})).await, "conformance");
    });
}

#[test]
fn get_plugin_id_is_the_callers_whatever_is_asked() {
    edge("plugins.get-plugin-id").run(async |case| {
        assert_eq!(case.call(json!({"id": "another"})).await, "conformance");
    });
}
