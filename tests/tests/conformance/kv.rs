//! `wit/kv.wit`. The key-value store is the guest's own: each case has keys of its own in it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Case, error, success};

const TABLE: &str = "plugin_key_values";

fn bytes(text: &str) -> Value {
    text.bytes().collect()
}

async fn get(case: &Case, key: &str) -> Value {
    case.call_other("kv.kv-get", json!({"key": key})).await
}

async fn set(case: &Case, key: &str, value: &str) {
    case.call_other("kv.kv-set", json!({"key": key, "value": bytes(value)})).await;
}

/// The one way in which a write is refused: its key.
async fn refuses_bad_keys(case: &Case, further: &Value) {
    for key in [String::new(), "k".repeat(151)] {
        let mut arguments = further.clone();
        arguments["key"] = key.into();
        case.refused(arguments).await.is("model.plugin_key_value.is_valid.key.app_error", 400);
    }
}

#[test]
fn kv_set_stores_without_expiry() {
    success("kv.kv-set").run(async |case| {
        let key = case.name("key");
        let dying = json!({"key": key, "value": bytes("0"), "expire_in_seconds": 1});
        case.call_other("kv.kv-set-with-expiry", dying).await;
        case.call(json!({"key": key, "value": bytes("1")})).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(get(case, &key).await, bytes("1"));
        let stored = case.server.running.core().get_plugin_key("conformance", &key).await.unwrap();
        assert_eq!(stored.as_deref(), Some(&b"1"[..]));
        assert_eq!(case.server.running.core().get_plugin_key("other", &key).await.unwrap(), None, "its own");
        case.call(json!({"key": key, "value": null})).await;
        assert!(get(case, &key).await.is_null());
    });
}

#[test]
fn kv_set_refuses_bad_keys() {
    error("kv.kv-set").run(async |case| refuses_bad_keys(case, &json!({"value": bytes("1")})).await);
}

#[test]
fn kv_get_gives_the_live_value() {
    success("kv.kv-get").run(async |case| {
        let key = case.name("key");
        assert!(case.call(json!({"key": key})).await.is_null());
        set(case, &key, "1").await;
        assert_eq!(case.call(json!({"key": key})).await, bytes("1"));
        let dead = json!({"key": key, "value": bytes("2"), "expire_in_seconds": -1});
        case.call_other("kv.kv-set-with-expiry", dead).await;
        assert!(case.call(json!({"key": key})).await.is_null());
    });
}

#[test]
fn kv_get_tells_of_a_broken_store() {
    error("kv.kv-get").without_table(TABLE).run(async |case| {
        case.refused(json!({"key": "k"})).await.is_of_the_store();
    });
}

#[test]
fn kv_compare_and_set_writes_over_what_it_knows() {
    success("kv.kv-compare-and-set").run(async |case| {
        let key = case.name("key");
        let compare =
            async |old: Value, new: Value| case.call(json!({"key": key, "old_value": old, "new_value": new})).await;
        assert_eq!(compare(bytes("0"), bytes("1")).await, false, "there is nothing yet");
        assert_eq!(compare(Value::Null, bytes("1")).await, true);
        assert_eq!(compare(Value::Null, bytes("2")).await, false, "inserts only");
        assert_eq!(compare(bytes("1"), bytes("2")).await, true);
        assert_eq!(get(case, &key).await, bytes("2"));
        assert_eq!(compare(bytes("2"), Value::Null).await, true, "an absent value deletes");
        assert!(get(case, &key).await.is_null());
    });
}

#[test]
fn kv_compare_and_set_refuses_bad_keys() {
    error("kv.kv-compare-and-set").run(async |case| {
        refuses_bad_keys(case, &json!({"old_value": null, "new_value": bytes("1")})).await;
    });
}

#[test]
fn kv_compare_and_delete_deletes_what_it_knows() {
    success("kv.kv-compare-and-delete").run(async |case| {
        let key = case.name("key");
        set(case, &key, "1").await;
        for (old, deleted) in [(bytes("2"), false), (Value::Null, false), (bytes("1"), true), (bytes("1"), false)] {
            assert_eq!(case.call(json!({"key": key, "old_value": old})).await, deleted, "{old}");
        }
        assert!(get(case, &key).await.is_null());
    });
}

#[test]
fn kv_compare_and_delete_refuses_bad_keys() {
    error("kv.kv-compare-and-delete").run(async |case| refuses_bad_keys(case, &json!({"old_value": bytes("1")})).await);
}

#[test]
fn kv_set_with_options_does_all_of_it() {
    success("kv.kv-set-with-options").run(async |case| {
        let key = case.name("key");
        let set = async |value: Value, atomic: bool, old: Value, seconds: i64| {
            let options = json!({"atomic": atomic, "old_value": old, "expire_in_seconds": seconds});
            case.call(json!({"key": key, "value": value, "options": options})).await
        };
        assert_eq!(set(bytes("1"), false, Value::Null, 60).await, true);
        assert_eq!(set(bytes("2"), true, Value::Null, 0).await, false);
        assert_eq!(set(bytes("2"), true, bytes("1"), -1).await, true);
        assert!(get(case, &key).await.is_null(), "less than no time to live");
        assert_eq!(set(bytes("3"), true, Value::Null, 0).await, true, "what has expired is not there");
        assert_eq!(set(Value::Null, true, bytes("3"), 0).await, true);
        assert!(get(case, &key).await.is_null());
    });
}

#[test]
fn kv_set_with_options_compares_only_atomically() {
    error("kv.kv-set-with-options").run(async |case| {
        let options = json!({"atomic": false, "old_value": bytes("1"), "expire_in_seconds": 0});
        let refusal = case.refused(json!({"key": case.name("key"), "value": bytes("2"), "options": options})).await;
        refusal.is("model.plugin_kvset_options.is_valid.old_value.app_error", 400);
    });
}

#[test]
fn kv_set_with_expiry_stores_for_a_while() {
    success("kv.kv-set-with-expiry").run(async |case| {
        let [short, long] = [case.name("key"), case.name("key")];
        for (key, seconds) in [(&short, 1), (&long, 60)] {
            case.call(json!({"key": key, "value": bytes("1"), "expire_in_seconds": seconds})).await;
            assert_eq!(get(case, key).await, bytes("1"));
        }
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert!(get(case, &short).await.is_null());
        assert_eq!(get(case, &long).await, bytes("1"));
    });
}

#[test]
fn kv_set_with_expiry_refuses_bad_keys() {
    error("kv.kv-set-with-expiry").run(async |case| {
        refuses_bad_keys(case, &json!({"value": bytes("1"), "expire_in_seconds": 1})).await;
    });
}

#[test]
fn kv_delete_deletes_what_is_there_and_what_is_not() {
    success("kv.kv-delete").run(async |case| {
        let key = case.name("key");
        set(case, &key, "1").await;
        for _ in 0..2 {
            case.call(json!({"key": key})).await;
            assert!(get(case, &key).await.is_null());
        }
    });
}

#[test]
fn kv_delete_tells_of_a_broken_store() {
    error("kv.kv-delete").without_table(TABLE).run(async |case| {
        case.refused(json!({"key": "k"})).await.is_of_the_store();
    });
}

/// Runs alone: the other cases' keys go too.
#[test]
fn kv_delete_all_deletes_the_plugins_keys() {
    success("kv.kv-delete-all").settings(json!({})).run(async |case| {
        let key = case.name("key");
        set(case, &key, "1").await;
        let core = case.server.running.core();
        core.set_plugin_key("other", &key, Some(b"1".to_vec())).await.unwrap();
        case.call(json!({})).await;
        assert!(get(case, &key).await.is_null());
        let keys = case.call_other("kv.kv-list", json!({"page": 0, "per_page": 0})).await;
        assert_eq!(keys, json!([]));
        assert!(core.get_plugin_key("other", &key).await.unwrap().is_some(), "another plugin's stay");
    });
}

#[test]
fn kv_delete_all_tells_of_a_broken_store() {
    error("kv.kv-delete-all").without_table(TABLE).run(async |case| {
        case.refused(json!({})).await.is_of_the_store();
    });
}

/// Runs alone: others' keys would be among them.
#[test]
fn kv_list_gives_live_keys_page_by_page() {
    success("kv.kv-list").settings(json!({})).run(async |case| {
        case.call_other("kv.kv-delete-all", json!({})).await;
        for key in ["b", "a", "ä", "B"] {
            set(case, key, "1").await;
        }
        let dead = json!({"key": "dead", "value": bytes("1"), "expire_in_seconds": -1});
        case.call_other("kv.kv-set-with-expiry", dead).await;
        let page = async |page: i32, size: i32| case.call(json!({"page": page, "per_page": size})).await;
        assert_eq!(page(0, 3).await, json!(["B", "a", "b"]), "by their bytes");
        assert_eq!(page(1, 3).await, json!(["ä"]));
        assert_eq!(page(2, 3).await, json!([]));
        assert_eq!(page(-1, 0).await, json!(["B", "a", "b", "ä"]), "the first page, of ten");
    });
}

#[test]
fn kv_list_tells_of_a_broken_store() {
    error("kv.kv-list").without_table(TABLE).run(async |case| {
        case.refused(json!({"page": 0, "per_page": 10})).await.is_of_the_store();
    });
}
