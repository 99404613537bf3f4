use super::*;

const P: &str = "com.example.moat";

fn bytes(text: &str) -> Option<Vec<u8>> {
    Some(text.as_bytes().to_vec())
}

fn atomic(old: Option<&str>) -> KvSetOptions {
    KvSetOptions { atomic: true, old_value: old.and_then(bytes), expire_in_seconds: 0 }
}

fn expiring(seconds: i64) -> KvSetOptions {
    KvSetOptions { expire_in_seconds: seconds, ..KvSetOptions::default() }
}

#[tokio::test]
async fn a_value_is_kept_per_plugin_until_it_is_deleted() {
    let core = Core::for_tests().await;
    core.set_plugin_key(P, "k", bytes("1")).await.unwrap();
    assert_eq!(core.get_plugin_key(P, "k").await.unwrap(), bytes("1"));
    assert_eq!(core.get_plugin_key("other", "k").await.unwrap(), None);
    for absent in [None, Some(Vec::new())] {
        core.set_plugin_key(P, "k", bytes("2")).await.unwrap();
        core.set_plugin_key(P, "k", absent).await.unwrap();
        assert_eq!(core.get_plugin_key(P, "k").await.unwrap(), None);
    }
    core.delete_plugin_key(P, "missing").await.unwrap();
}

#[tokio::test]
async fn a_key_has_1_to_150_characters_not_bytes() {
    let core = Core::for_tests().await;
    core.set_plugin_key(P, &"ü".repeat(150), bytes("1")).await.unwrap();
    for key in [String::new(), "k".repeat(151)] {
        let error = core.set_plugin_key(P, &key, bytes("1")).await.unwrap_err();
        assert_eq!((error.id.as_str(), error.status_code), ("model.plugin_key_value.is_valid.key.app_error", 400));
    }
}

#[tokio::test]
async fn an_atomic_set_without_an_old_value_inserts_only() {
    let core = Core::for_tests().await;
    assert!(core.set_plugin_key_with_options(P, "k", bytes("1"), atomic(None)).await.unwrap());
    assert!(!core.set_plugin_key_with_options(P, "k", bytes("2"), atomic(None)).await.unwrap());
    assert_eq!(core.get_plugin_key(P, "k").await.unwrap(), bytes("1"));
    core.set_plugin_key_with_options(P, "k", bytes("dead"), expiring(-1)).await.unwrap();
    assert!(core.set_plugin_key_with_options(P, "k", bytes("3"), atomic(None)).await.unwrap());
}

#[tokio::test]
async fn an_atomic_set_compares_bytes() {
    let core = Core::for_tests().await;
    core.set_plugin_key(P, "k", bytes("1")).await.unwrap();
    assert!(!core.set_plugin_key_with_options(P, "k", bytes("2"), atomic(Some("0"))).await.unwrap());
    assert!(core.set_plugin_key_with_options(P, "k", bytes("2"), atomic(Some("1"))).await.unwrap());
    assert!(!core.set_plugin_key_with_options(P, "k", None, atomic(Some("1"))).await.unwrap());
    assert!(!core.set_plugin_key_with_options(P, "k", None, atomic(None)).await.unwrap());
    assert!(core.set_plugin_key_with_options(P, "k", None, atomic(Some("2"))).await.unwrap());
    assert_eq!(core.get_plugin_key(P, "k").await.unwrap(), None);
}

#[tokio::test]
async fn of_many_who_increment_at_once_none_is_lost() {
    let core = Core::for_tests().await;
    core.set_plugin_key(P, "n", bytes("0")).await.unwrap();
    let increment = || {
        let core = (*core).clone();
        tokio::spawn(async move {
            loop {
                let old = core.get_plugin_key(P, "n").await.unwrap().unwrap();
                let next: u32 = String::from_utf8(old.clone()).unwrap().parse::<u32>().unwrap() + 1;
                let options = KvSetOptions { atomic: true, old_value: Some(old), expire_in_seconds: 0 };
                if core.set_plugin_key_with_options(P, "n", bytes(&next.to_string()), options).await.unwrap() {
                    return;
                }
            }
        })
    };
    let tasks: Vec<_> = (0..20).map(|_| increment()).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(core.get_plugin_key(P, "n").await.unwrap(), bytes("20"));
}

#[tokio::test]
async fn an_old_value_is_for_atomic_sets() {
    let core = Core::for_tests().await;
    let options = KvSetOptions { atomic: false, ..atomic(Some("1")) };
    let error = core.set_plugin_key_with_options(P, "k", bytes("2"), options).await.unwrap_err();
    assert_eq!(error.id, "model.plugin_kvset_options.is_valid.old_value.app_error");
}

#[tokio::test]
async fn what_has_expired_is_not_there_and_is_swept() {
    let core = Core::for_tests().await;
    core.set_plugin_key_with_options(P, "dead", bytes("1"), expiring(-1)).await.unwrap();
    core.set_plugin_key_with_options(P, "lives", bytes("1"), expiring(60)).await.unwrap();
    assert_eq!(core.get_plugin_key(P, "dead").await.unwrap(), None);
    assert_eq!(core.list_plugin_keys(P, 0, 10).await.unwrap(), ["lives"]);
    assert_eq!(core.delete_expired_plugin_keys().await.unwrap(), 1);
    // A plain set takes the expiry away.
    core.set_plugin_key(P, "lives", bytes("2")).await.unwrap();
    let mut connection = core.store.read().await.unwrap();
    let rows = connection
        .rows("SELECT expire_at FROM plugin_key_values", args![], |row| sqlx::Row::try_get::<i64, _>(row, "expire_at"));
    assert_eq!(rows.await.unwrap(), [0]);
}

#[tokio::test]
async fn keys_are_listed_by_bytes_page_by_page() {
    let core = Core::for_tests().await;
    for key in ["b", "a", "ä", "B", "mmi_botid"] {
        core.set_plugin_key(P, key, bytes("1")).await.unwrap();
    }
    assert_eq!(core.list_plugin_keys(P, 0, 3).await.unwrap(), ["B", "a", "b"]);
    assert_eq!(core.list_plugin_keys(P, 1, 3).await.unwrap(), ["mmi_botid", "ä"]);
    assert_eq!(core.list_plugin_keys(P, 2, 3).await.unwrap(), Vec::<String>::new());
    assert_eq!(core.list_plugin_keys(P, -5, -1).await.unwrap().len(), 5);
    core.delete_all_keys_for_plugin(P).await.unwrap();
    assert!(core.list_plugin_keys(P, 0, 0).await.unwrap().is_empty());
}

use crate::store::{Queries as _, args};
