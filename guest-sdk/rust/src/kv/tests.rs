//! The store's rules, as the mock keeps them, and what the SDK adds.

use std::time::Duration;

use super::*;
use crate::testing::{Platform, calls};

fn set(key: &str, value: &[u8]) {
    kv_set(key, Some(value)).unwrap();
}

#[test]
fn absent_and_empty_values_delete() {
    let _platform = Platform::new();
    for nothing in [None, Some(&b""[..])] {
        set("key", b"value");
        kv_set("key", nothing).unwrap();
        assert_eq!(kv_get("key").unwrap(), None);
    }
    kv_delete("never there").unwrap();
}

#[test]
fn a_key_has_1_to_150_characters_not_bytes() {
    let _platform = Platform::new();
    assert_eq!(kv_set("", Some(b"x")).unwrap_err().status(), 400);
    assert_eq!(kv_set(&"é".repeat(151), Some(b"x")).unwrap_err().status(), 400);
    set(&"é".repeat(150), b"x");
}

#[test]
fn compare_and_set_writes_only_over_what_was_seen() {
    let _platform = Platform::new();
    assert!(kv_compare_and_set("key", None, Some(b"1")).unwrap());
    assert!(!kv_compare_and_set("key", None, Some(b"2")).unwrap());
    assert!(!kv_compare_and_set("key", Some(b"0"), Some(b"2")).unwrap());
    assert!(kv_compare_and_set("key", Some(b"1"), Some(b"2")).unwrap());
    assert!(kv_compare_and_set("key", Some(b"2"), None).unwrap());
    assert!(!kv_compare_and_delete("key", None).unwrap());
}

#[test]
fn an_old_value_is_only_for_atomic_writes() {
    let _platform = Platform::new();
    let options = PluginKvSetOptions { old_value: Some(b"1".to_vec()), ..Default::default() };
    assert_eq!(kv_set_with_options("key", Some(b"2"), &options).unwrap_err().status(), 400);
}

#[test]
fn a_value_expires_by_the_clock_and_a_plain_write_clears_that() {
    let platform = Platform::new();
    kv_set_with_expiry("key", Some(b"1"), 10).unwrap();
    platform.advance(Duration::from_millis(9_999));
    assert!(kv_get("key").unwrap().is_some());
    platform.advance(Duration::from_millis(1));
    assert_eq!(kv_get("key").unwrap(), None);
    assert!(kv_compare_and_set("key", None, Some(b"2")).unwrap());
    platform.advance(Duration::from_secs(1000));
    assert!(kv_get("key").unwrap().is_some());
    kv_set_with_expiry("key", Some(b"1"), -1).unwrap();
    assert_eq!(kv_get("key").unwrap(), None);
}

#[test]
fn keys_come_in_pages_in_byte_order() {
    let _platform = Platform::new();
    for n in 0..12 {
        set(&format!("k{n:02}"), b"x");
    }
    assert_eq!(kv_list(0, 0).unwrap().len(), 10);
    assert_eq!(kv_list(1, 10).unwrap(), ["k10", "k11"]);
    assert_eq!(kv_list(2, 10).unwrap(), [""; 0]);
}

#[test]
fn keys_with_a_prefix_are_found_beyond_the_first_page() {
    let platform = Platform::new();
    for n in 0..500 {
        set(&format!("a{n}"), b"x");
        set(&format!("b{n}"), b"x");
    }
    set("c", b"x");
    assert_eq!(keys_with_prefix("b").unwrap().len(), 500);
    assert_eq!(keys_with_prefix("").unwrap().len(), 1001);
    assert_eq!(keys_with_prefix("z").unwrap(), [""; 0]);
    // What lies behind the prefix is not read.
    platform.forget_calls();
    assert_eq!(keys_with_prefix("a1").unwrap().len(), 111);
    assert_eq!(platform.calls(calls::kv::KvList).len(), 1);
}

#[test]
fn json_goes_in_and_comes_out() {
    let _platform = Platform::new();
    set_json("key", &vec![1, 2]).unwrap();
    assert_eq!(get_json("key").unwrap(), Some(vec![1, 2]));
    assert_eq!(get_json::<u32>("none").unwrap(), None);
    let error = get_json::<String>("key").unwrap_err().to_string();
    assert!(error.contains("the stored value of `key`"), "{error}");
    assert!(compare_and_set_json("key", Some(&vec![1, 2]), Some(&vec![3])).unwrap());
    assert!(!compare_and_set_json("key", None, Some(&vec![4])).unwrap());
}

#[test]
fn an_update_begins_anew_when_somebody_was_faster() {
    let _platform = Platform::new();
    let mut tries = 0;
    let written = update_json("key", |old: Option<u32>| {
        tries += 1;
        if tries == 1 {
            set_json("key", &40)?;
        }
        Ok(old.unwrap_or_default() + 2)
    });
    assert_eq!((written.unwrap(), tries), (42, 2));
}

#[test]
fn an_update_gives_up_after_five_tries() {
    let platform = Platform::new();
    platform.on(calls::kv::KvCompareAndSet, |_| Ok(false));
    let error = update_json("key", |_: Option<u32>| Ok(1)).unwrap_err();
    assert!(matches!(error, Error::Contended { tries: 5, .. }), "{error}");
    assert_eq!(platform.calls(calls::kv::KvCompareAndSet).len(), 5);
}

#[test]
fn an_updates_own_error_ends_it() {
    let platform = Platform::new();
    let error = update_json("key", |_: Option<u32>| Err("no".into())).unwrap_err();
    assert_eq!(error.to_string(), "no");
    assert!(platform.calls(calls::kv::KvCompareAndSet).is_empty());
}
