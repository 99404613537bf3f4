//! `wit/config.wit`. Settings are shared: cases that change them run alone.

use serde_json::{Value, json};

use crate::{Case, edge, error, success};

/// The settings of the guest, beside those of a plugin that is not installed.
fn settings() -> Value {
    let plugins = json!({"conformance": {"MixedCase": "kept", "Number": 7}, "not-installed": {"secret": "x"}});
    json!({"PluginSettings": {"Plugins": plugins}, "EmailSettings": {"SMTPPassword": "in clear"}})
}

fn parsed(answer: &Value) -> Value {
    serde_json::from_str(answer.as_str().unwrap()).unwrap()
}

async fn stored(case: &Case) -> Value {
    parsed(&case.call_other("config.get-plugin-config", json!({})).await)
}

#[test]
fn load_plugin_configuration_gives_keys_in_lower_case() {
    success("config.load-plugin-configuration").settings(settings()).run(async |case| {
        let loaded = parsed(&case.call(json!({})).await);
        assert_eq!(loaded, json!({"mixedcase": "kept", "number": 7}));
    });
}

#[test]
fn load_plugin_configuration_is_empty_where_nothing_is_set() {
    edge("config.load-plugin-configuration").run(async |case| {
        assert_eq!(case.call(json!({})).await, "{}");
    });
}

#[test]
fn get_config_masks_secrets() {
    success("config.get-config").settings(settings()).run(async |case| {
        let config = parsed(&case.call(json!({})).await);
        assert_eq!(config["EmailSettings"]["SMTPPassword"], "*".repeat(32));
        let shown = case.admin.get("/api/v4/config").await.ok();
        assert_eq!(config["TeamSettings"]["SiteName"], shown["TeamSettings"]["SiteName"]);
    });
}

#[test]
fn get_config_leaves_plugins_out_that_are_not_installed() {
    edge("config.get-config").settings(settings()).run(async |case| {
        let config = parsed(&case.call(json!({})).await);
        let plugins = &config["PluginSettings"]["Plugins"];
        assert!(plugins["not-installed"].is_null(), "{plugins}");
        assert_eq!(plugins["conformance"]["Number"], 7);
    });
}

#[test]
fn get_unsanitized_config_gives_everything_in_clear() {
    success("config.get-unsanitized-config").settings(settings()).run(async |case| {
        let config = parsed(&case.call(json!({})).await);
        assert_eq!(config["EmailSettings"]["SMTPPassword"], "in clear");
    });
}

#[test]
fn get_unsanitized_config_has_every_setting() {
    edge("config.get-unsanitized-config").run(async |case| {
        let config = parsed(&case.call(json!({})).await);
        let shown = case.admin.get("/api/v4/config").await.ok();
        for section in shown.as_object().unwrap().keys() {
            assert!(config[section].is_object(), "{section}");
        }
    });
}

#[test]
fn save_config_replaces_the_whole() {
    success("config.save-config").settings(settings()).run(async |case| {
        let mut config = parsed(&case.call_other("config.get-config", json!({})).await);
        config["TeamSettings"]["SiteName"] = "Saved by a plugin".into();
        let mut events = case.events(&case.bob.rest).await;
        case.call(json!({"config": config.to_string()})).await;
        let shown = case.admin.get("/api/v4/config").await.ok();
        assert_eq!(shown["TeamSettings"]["SiteName"], "Saved by a plugin");
        let kept = parsed(&case.call_other("config.get-unsanitized-config", json!({})).await);
        assert_eq!(kept["EmailSettings"]["SMTPPassword"], "in clear", "a masked secret is the stored one");
        let event = events.next("config_changed").await;
        assert_eq!(event["data"]["config"]["SiteName"], "Saved by a plugin");
    });
}

#[test]
fn save_config_refuses_what_makes_no_sense() {
    error("config.save-config").settings(json!({})).run(async |case| {
        let mut config = parsed(&case.call_other("config.get-config", json!({})).await);
        config["TeamSettings"]["MaxUsersPerTeam"] = 0.into();
        let refusal = case.refused(json!({"config": config.to_string()})).await;
        refusal.is("model.config.is_valid.max_users.app_error", 400);
        case.refused(json!({"config": "[]"})).await.is("api.config.update_config.bad_json.app_error", 400);
        let shown = case.admin.get("/api/v4/config").await.ok();
        assert_ne!(shown["TeamSettings"]["MaxUsersPerTeam"], 0);
    });
}

#[test]
fn get_plugin_config_gives_what_is_stored() {
    success("config.get-plugin-config").settings(settings()).run(async |case| {
        assert_eq!(parsed(&case.call(json!({})).await), json!({"MixedCase": "kept", "Number": 7}));
    });
}

#[test]
fn get_plugin_config_is_empty_where_nothing_is_stored() {
    edge("config.get-plugin-config").run(async |case| {
        assert_eq!(case.call(json!({})).await, "{}");
    });
}

#[test]
fn save_plugin_config_replaces_the_plugins_own() {
    success("config.save-plugin-config").settings(settings()).run(async |case| {
        case.call(json!({"config": json!({"Other": true}).to_string()})).await;
        assert_eq!(stored(case).await, json!({"Other": true}), "replaced, not merged");
        let shown = case.admin.get("/api/v4/config").await.ok();
        assert_eq!(shown["PluginSettings"]["Plugins"]["conformance"], json!({"Other": true}));
    });
}

#[test]
fn save_plugin_config_wants_an_object() {
    error("config.save-plugin-config").run(async |case| {
        for config in ["7", "[]", "no json"] {
            let refusal = case.refused(json!({"config": config})).await;
            refusal.is("api.config.update_config.bad_json.app_error", 400);
        }
    });
}
