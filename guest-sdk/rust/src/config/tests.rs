//! How settings arrive, and that they are found whatever they look like.

use serde::Deserialize;

use super::load;
use crate::testing::{Platform, calls};

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    #[serde(deserialize_with = "super::number")]
    max_votes: u32,
    #[serde(deserialize_with = "super::flag")]
    anonymous: bool,
    #[serde(rename = "GreetingText")]
    greeting: String,
    #[serde(deserialize_with = "super::list")]
    words: Vec<String>,
    #[serde(deserialize_with = "super::number")]
    ratio: f64,
}

fn loaded(settings: &'static str) -> crate::Result<Settings> {
    let platform = Platform::new();
    platform.on(calls::config::LoadPluginConfiguration, move |()| settings.to_owned());
    load()
}

#[test]
fn a_key_finds_its_field_in_any_case() {
    for key in ["maxvotes", "maxVotes", "MaxVotes", "MAXVOTES"] {
        let platform = Platform::new();
        platform.set_setting(key, 3).set_setting("greetingTEXT", "hi");
        let settings: Settings = load().unwrap();
        assert_eq!((settings.max_votes, settings.greeting.as_str()), (3, "hi"), "{key}");
    }
}

#[test]
fn numbers_come_as_numbers_floats_and_text() {
    for text in [r#"12"#, r#"12.0"#, r#""12""#, r#"" 12 ""#, r#"1.2e1"#] {
        let json: &'static str = format!(r#"{{"maxvotes": {text}}}"#).leak();
        assert_eq!(loaded(json).unwrap().max_votes, 12, "{text}");
    }
    assert_eq!(loaded(r#"{"maxvotes": ""}"#).unwrap().max_votes, 0);
    assert_eq!(loaded(r#"{"maxvotes": null}"#).unwrap().max_votes, 0);
    assert_eq!(loaded(r#"{"ratio": "0.5"}"#).unwrap().ratio, 0.5);
}

#[test]
fn switches_come_as_booleans_and_text() {
    for (text, expected) in [
        ("true", true),
        (r#""true""#, true),
        (r#""On""#, true),
        ("1", true),
        ("false", false),
        (r#""false""#, false),
        (r#""""#, false),
        ("null", false),
    ] {
        let json: &'static str = format!(r#"{{"anonymous": {text}}}"#).leak();
        assert_eq!(loaded(json).unwrap().anonymous, expected, "{text}");
    }
}

#[test]
fn a_list_is_a_text_with_commas_or_a_list() {
    for json in [r#"{"words": "a, b c,,"}"#, r#"{"words": ["a", " b c ", ""]}"#] {
        assert_eq!(loaded(json).unwrap().words, ["a", "b c"]);
    }
}

#[test]
fn what_does_not_fit_is_an_error_that_says_so() {
    for (json, expected) in [
        (r#"{"maxvotes": "many"}"#, "`many` is not a number"),
        (r#"{"maxvotes": -1}"#, "`-1` is not a number here"),
        (r#"{"maxvotes": 1.5}"#, "`1.5` is not a number here"),
        (r#"{"maxvotes": []}"#, "expected a number"),
        (r#"{"anonymous": "maybe"}"#, "neither true nor false"),
        ("[]", "expected struct Settings"),
    ] {
        let error = loaded(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[test]
fn nothing_stored_is_the_default_and_unknown_keys_do_not_matter() {
    assert_eq!(loaded("").unwrap(), Settings::default());
    assert_eq!(loaded("{}").unwrap(), Settings::default());
    assert_eq!(loaded(r#"{"old": {"deep": [1]}}"#).unwrap(), Settings::default());
}
