//! What a plugin may store.

use futures::future::join_all;
use serde_json::json;
use wasmoat_runtime::CallContext;

use super::{KvSetOptions, usage};
use crate::{Core, testing::TestCore};

const P: &str = "com.example.moat";

/// A core that gives every plugin these limits.
async fn core_with(limits: serde_json::Value) -> TestCore {
    let core = Core::for_tests().await;
    let patch = json!({"PluginSettings": {"Wasmoat": {"Defaults": limits}}});
    core.patch_config(&CallContext::core(), &patch).await.unwrap();
    core
}

async fn set(core: &Core, key: &str, value: usize) -> Result<(), String> {
    core.set_plugin_key(P, key, Some(vec![b'v'; value])).await.map_err(|error| error.id)
}

const FULL: &str = "app.plugin_key_value.quota.app_error";

/// What is written down is what is there.
async fn assert_counted(core: &Core) -> usage::Usage {
    let mut tx = core.store.write().await.unwrap();
    let held = usage::hold(&mut tx, P).await.unwrap();
    assert_eq!(held, usage::count(&mut tx, P).await.unwrap());
    held
}

#[tokio::test]
async fn a_value_has_so_many_bytes_and_no_more() {
    let core = core_with(json!({"kv_value_bytes": 1_000})).await;
    set(&core, "k", 1_000).await.unwrap();
    let error = core.set_plugin_key(P, "k", Some(vec![0; 1_001])).await.unwrap_err();
    assert_eq!(error.status_code, 413);
    assert!(error.message.contains("`kv_value_bytes`") && error.message.contains("1001"), "{error}");
    assert_eq!(core.get_plugin_key(P, "k").await.unwrap().map(|value| value.len()), Some(1_000), "nothing is lost");
}

#[tokio::test]
async fn keys_and_values_together_have_so_many_bytes() {
    let core = core_with(json!({"kv_bytes": 100})).await;
    set(&core, "a", 49).await.unwrap();
    set(&core, "b", 49).await.unwrap();
    assert_eq!(set(&core, "c", 1).await.unwrap_err(), FULL);
    assert_eq!(set(&core, "a", 50).await.unwrap_err(), FULL, "also where a value grows");
    set(&core, "a", 40).await.unwrap();
    set(&core, "c", 8).await.unwrap();
    let error = core.set_plugin_key(P, "ä", Some(b"v".to_vec())).await.unwrap_err();
    assert_eq!(error.status_code, 507);
    assert!(error.message.contains("103 bytes; 100 are allowed (setting `kv_bytes`)"), "{error}");
    assert!(core.get_plugin_key(P, "ä").await.unwrap().is_none());
    core.set_plugin_key("other", "k", Some(vec![0; 90])).await.unwrap();
    assert_eq!(assert_counted(&core).await.bytes, 100);
}

#[tokio::test]
async fn there_are_so_many_keys() {
    let core = core_with(json!({"kv_keys": 2})).await;
    set(&core, "a", 1).await.unwrap();
    set(&core, "b", 1).await.unwrap();
    let error = core.set_plugin_key(P, "c", Some(b"v".to_vec())).await.unwrap_err();
    assert!(error.message.contains("`kv_keys`"), "{error}");
    set(&core, "a", 9).await.unwrap();
    core.delete_plugin_key(P, "a").await.unwrap();
    core.delete_plugin_key(P, "missing").await.unwrap();
    set(&core, "c", 1).await.unwrap();
    core.delete_all_keys_for_plugin(P).await.unwrap();
    assert_eq!(assert_counted(&core).await, usage::Usage::default());
}

#[tokio::test]
async fn every_way_to_write_is_counted() {
    let core = core_with(json!({"kv_bytes": 20})).await;
    let write = async |value: Option<&[u8]>, atomic: bool, old: Option<&[u8]>, expire_in_seconds: i64| {
        let options = KvSetOptions { atomic, old_value: old.map(<[u8]>::to_vec), expire_in_seconds };
        core.set_plugin_key_with_options(P, "k", value.map(<[u8]>::to_vec), options).await.map_err(|error| error.id)
    };
    let (small, large) = (&[b's'; 10][..], &[b'l'; 30][..]);
    assert_eq!(write(Some(large), true, None, 0).await, Err(FULL.to_owned()), "insert");
    assert_eq!(write(Some(small), true, None, 0).await, Ok(true));
    assert_eq!(write(Some(large), true, Some(small), 0).await, Err(FULL.to_owned()), "compare and set");
    assert_eq!(write(Some(large), false, None, 60).await, Err(FULL.to_owned()), "with expiry");
    assert_eq!(write(Some(large), true, Some(large), 0).await, Ok(false), "what is not written takes no room");
    assert_eq!(assert_counted(&core).await, usage::Usage { bytes: 11, keys: 1 });
    assert_eq!(write(None, true, Some(small), 0).await, Ok(true));
    assert_eq!(assert_counted(&core).await, usage::Usage::default());
}

#[tokio::test]
async fn what_has_expired_takes_no_room() {
    let core = core_with(json!({"kv_keys": 1})).await;
    let dead = KvSetOptions { expire_in_seconds: -1, ..KvSetOptions::default() };
    core.set_plugin_key_with_options(P, "dead", Some(vec![1]), dead.clone()).await.unwrap();
    set(&core, "alive", 1).await.unwrap();
    assert_eq!(assert_counted(&core).await.keys, 1);
    core.delete_all_keys_for_plugin(P).await.unwrap();
    core.set_plugin_key_with_options(P, "dead", Some(vec![1]), dead).await.unwrap();
    assert_eq!(core.delete_expired_plugin_keys().await.unwrap(), 1);
    assert_eq!(assert_counted(&core).await.keys, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_write_at_once_none_gets_past_the_limit() {
    let core = core_with(json!({"kv_keys": 5})).await;
    let writes = (0..40).map(|number| {
        let core = (*core).clone();
        tokio::spawn(async move { set(&core, &format!("k{number}"), 1).await.is_ok() })
    });
    let written = join_all(writes).await.into_iter().filter(|written| *written.as_ref().unwrap()).count();
    assert_eq!(written, 5);
    assert_eq!(assert_counted(&core).await.keys, 5);
}

#[tokio::test]
async fn a_plugin_whose_limit_was_lowered_can_still_make_room() {
    let core = core_with(json!({"kv_bytes": 100})).await;
    set(&core, "a", 50).await.unwrap();
    set(&core, "b", 40).await.unwrap();
    let patch = json!({"PluginSettings": {"Wasmoat": {"Defaults": {"kv_bytes": 10}}}});
    core.patch_config(&CallContext::core(), &patch).await.unwrap();
    assert_eq!(set(&core, "a", 51).await.unwrap_err(), FULL);
    set(&core, "a", 30).await.unwrap();
    core.delete_plugin_key(P, "b").await.unwrap();
    assert_eq!(assert_counted(&core).await.bytes, 31);
}

#[tokio::test]
async fn keys_that_mean_to_be_another_plugins_are_ones_own() {
    let core = Core::for_tests().await;
    core.set_plugin_key("victim", "secret", Some(b"s".to_vec())).await.unwrap();
    for key in
        ["../victim/secret", "victim/secret", "secret' OR '1'='1", "%", "_", "secret\u{200b}", "ſecret", "SECRET"]
    {
        assert_eq!(core.get_plugin_key(P, key).await.unwrap(), None, "{key}");
        core.set_plugin_key(P, key, Some(b"x".to_vec())).await.unwrap();
        core.delete_plugin_key(P, key).await.unwrap();
    }
    for plugin in ["", "VICTIM", "victim ", "vic", "victim%"] {
        assert_eq!(core.get_plugin_key(plugin, "secret").await.unwrap(), None, "{plugin}");
        core.delete_all_keys_for_plugin(plugin).await.unwrap();
    }
    assert_eq!(core.list_plugin_keys(P, i32::MIN, i32::MAX).await.unwrap(), Vec::<String>::new());
    assert_eq!(core.get_plugin_key("victim", "secret").await.unwrap().as_deref(), Some(&b"s"[..]));
}

#[tokio::test]
async fn a_key_with_a_nul_is_refused_and_looks_alikes_stay_apart() {
    let core = Core::for_tests().await;
    assert!(core.set_plugin_key(P, "a\0b", Some(b"x".to_vec())).await.is_err());
    // The same letter, composed and decomposed.
    core.set_plugin_key(P, "\u{e9}", Some(b"one".to_vec())).await.unwrap();
    core.set_plugin_key(P, "e\u{301}", Some(b"two".to_vec())).await.unwrap();
    assert_eq!(core.get_plugin_key(P, "\u{e9}").await.unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(core.list_plugin_keys(P, 0, 10).await.unwrap().len(), 2);
}
