use serde_json::json;
use wasmoat_model::Manifest;

use super::*;

const ONE: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const TWO: &str = "YWJjZGVmZ2hpamFiY2RlZmdoaWphYmNkZWZnaGlqYWI=";

fn keys(text: &str) -> SecretKeys {
    let variables = [("WASMOAT_SECRET_KEY".to_owned(), text.to_owned())];
    SecretKeys::open(std::path::Path::new("nowhere"), &variables, false)
}

fn manifest() -> Manifest {
    serde_json::from_value(json!({
        "id": "moat",
        "settings_schema": {
            "settings": [{ "key": "Token", "secret": true }, { "key": "Name" }],
            "sections": [{ "key": "s", "settings": [{ "key": "Deep", "secret": true }] }],
        },
    }))
    .unwrap()
}

/// A configuration of the plugin `moat`, saved over another one.
fn saved(settings: &Value, before: &Config, keys: &SecretKeys) -> Result<Config, AppError> {
    let mut next = before.clone();
    next.set_plugin("moat", settings.as_object().unwrap().clone());
    seal_all(&mut next, before, &Manifests::from([("moat", &manifest())]), keys)?;
    Ok(next)
}

fn value(config: &Config, key: &str) -> Value {
    config.plugin("moat").get(key).unwrap().clone()
}

#[test]
fn settings_marked_secret_are_encrypted_those_of_sections_too_whatever_the_case() {
    let keys = keys(ONE);
    let settings = json!({ "TOKEN": "s3cret", "Name": "n", "deep": { "user": "d33p" } });
    let config = saved(&settings, &Config::default(), &keys).unwrap();
    assert!(is_sealed(&value(&config, "TOKEN")) && is_sealed(&value(&config, "deep")));
    let text = config.json().to_string();
    assert!(!text.contains("s3cret") && !text.contains("d33p"), "{text}");
    assert_eq!(value(&config, "Name"), "n");
    let (opened, trouble) = open_plugin(&keys, "moat", config.plugin("moat"));
    assert_eq!((Value::Object(opened), trouble), (settings.clone(), Ok(())));
    assert_eq!(Value::Object(open_all(&keys, &config).plugin("moat")), settings);
}

#[test]
fn the_same_secret_is_another_ciphertext_each_time() {
    let keys = keys(ONE);
    let sealed = || seal(&keys, "moat", "Token", &json!("s3cret")).unwrap();
    assert_ne!(sealed(), sealed());
}

#[test]
fn a_secret_opens_under_its_own_plugin_and_key_alone() {
    let keys = keys(ONE);
    let sealed = seal(&keys, "moat", "Token", &json!("s3cret")).unwrap();
    assert_eq!(open(&keys, "Moat", "TOKEN", &sealed), Ok(json!("s3cret")));
    for (id, key) in [("thief", "Token"), ("moat", "Deep"), ("moat\0token", ""), ("", "moat\0token")] {
        assert!(matches!(open(&keys, id, key, &sealed), Err(SecretError::Forged { .. })), "{id}/{key}");
    }
}

#[test]
fn an_altered_secret_does_not_open() {
    let keys = keys(ONE);
    let sealed = seal(&keys, "moat", "Token", &json!("s3cret")).unwrap();
    let text = sealed.as_str().unwrap();
    for at in [text.len() - 1, text.len() - 20, text.len() - 40] {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let altered = Value::from(String::from_utf8(bytes).unwrap());
        assert!(open(&keys, "moat", "Token", &altered).is_err(), "{altered}");
    }
    for cut in [PREFIX.len(), text.len() - 4, text.rfind(':').unwrap() + 1] {
        assert!(open(&keys, "moat", "Token", &Value::from(&text[..cut])).is_err());
    }
}

#[test]
fn a_save_that_changes_nothing_keeps_every_byte() {
    let keys = keys(ONE);
    let config = saved(&json!({ "Token": "s3cret", "Deep": "" }), &Config::default(), &keys).unwrap();
    assert_eq!(value(&config, "Deep"), "", "there is nothing to hide");
    for same in [open_all(&keys, &config), config.clone()] {
        let again = saved(&Value::Object(same.plugin("moat")), &config, &keys).unwrap();
        assert_eq!(again, config);
    }
    let other = saved(&json!({ "Token": "other" }), &config, &keys).unwrap();
    assert_eq!(open_all(&keys, &other).plugin("moat").get("Token"), Some(&json!("other")));
}

#[test]
fn a_ciphertext_that_is_submitted_from_elsewhere_is_a_text() {
    let keys = keys(ONE);
    let stolen = seal(&keys, "victim", "Token", &json!("s3cret")).unwrap();
    let config = saved(&json!({ "Token": stolen }), &Config::default(), &keys).unwrap();
    assert_eq!(open_all(&keys, &config).plugin("moat").get("Token"), Some(&stolen));
}

#[test]
fn a_secret_of_an_older_key_opens_and_is_encrypted_anew_by_the_next_save() {
    let config = saved(&json!({ "Token": "s3cret" }), &Config::default(), &keys(ONE)).unwrap();
    let both = keys(&format!("{TWO}\n# the old one\n{ONE}"));
    assert_eq!(open_all(&both, &config).plugin("moat").get("Token"), Some(&json!("s3cret")));
    let again = saved(&Value::Object(config.plugin("moat")), &config, &both).unwrap();
    assert_ne!(again, config);
    assert_eq!(open_all(&keys(TWO), &again).plugin("moat").get("Token"), Some(&json!("s3cret")));
}

#[test]
fn with_another_key_a_secret_is_an_error_that_names_it_and_stays_what_it_is() {
    let config = saved(&json!({ "Token": "s3cret" }), &Config::default(), &keys(ONE)).unwrap();
    let other = keys(TWO);
    let (settings, trouble) = open_plugin(&other, "moat", config.plugin("moat"));
    let trouble = trouble.unwrap_err();
    assert!(trouble.contains("`Token`") && trouble.contains("WASMOAT_SECRET_KEY"), "{trouble}");
    assert_eq!(settings, config.plugin("moat"), "not silently empty");
    let clear = open_all(&other, &config);
    assert_eq!(value(&clear, "Token"), MASK);
    let mut submitted = clear;
    crate::config::sanitise::restore(&mut submitted, &config, &Manifests::default());
    assert_eq!(submitted, config, "saving what was read keeps the ciphertext");
}

#[test]
fn without_a_key_a_new_secret_is_refused_and_one_in_clear_stays() {
    let none = keys("too short");
    let error = saved(&json!({ "Token": "s3cret" }), &Config::default(), &none).unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.save_config.secret_key.app_error", 500));
    assert!(error.message.contains("`Token`") && error.message.contains("WASMOAT_SECRET_KEY"), "{}", error.message);
    assert!(!error.to_string().contains("s3cret"));
    let mut by_hand = Config::default();
    by_hand.set_plugin("moat", Map::from_iter([("Token".to_owned(), json!("s3cret"))]));
    let config = saved(&json!({ "Token": "s3cret", "Name": "new" }), &by_hand, &none).unwrap();
    assert_eq!(value(&config, "Token"), "s3cret");
}

#[test]
fn the_key_file_is_made_once_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let sealed = seal(&SecretKeys::open(folder.path(), &[], false), "moat", "Token", &json!(1)).unwrap();
    assert_eq!(open(&SecretKeys::open(folder.path(), &[], true), "moat", "Token", &sealed), Ok(json!(1)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join("secret.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn no_key_is_made_beside_secrets_that_need_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let keys = SecretKeys::open(folder.path(), &[], true);
    let error = seal(&keys, "moat", "Token", &json!(1)).unwrap_err().to_string();
    assert!(error.contains("secret.key") && error.contains("missing"), "{error}");
    assert!(!folder.path().join("secret.key").exists());
}

#[test]
fn a_key_file_that_is_no_key_is_named_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.key");
    std::fs::write(&path, format!("{ONE}\nnonsense\n")).unwrap();
    let variables = [("WASMOAT_SECRET_KEY_FILE".to_owned(), path.display().to_string())];
    let error = SecretKeys::open(folder.path(), &variables, false).first().err().unwrap().to_string();
    assert!(error.contains("my.key") && error.contains("32 bytes") && !error.contains("nonsense"), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().contains("nonsense"));
}

#[test]
fn keys_are_not_shown() {
    let shown = format!("{:?}", keys(ONE));
    assert!(shown.contains("WASMOAT_SECRET_KEY") && !shown.contains(ONE) && !shown.contains("0123456789"), "{shown}");
}
