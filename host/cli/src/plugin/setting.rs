//! Settings as people type them, and as Mattermost stores them.

use serde_json::{Value, json};
use wasmoat_model::{Manifest, PluginSetting};

use crate::failure::Failure;

/// `key=value`, as an argument.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write it as key=value".to_owned()),
    }
}

/// The setting's name in the manifest's spelling, and the value with the setting's type.
///
/// A plugin without a settings form takes every key, as text.
pub fn typed(manifest: &Manifest, key: &str, text: &str) -> Result<(String, Value), Failure> {
    let Some(setting) = find(manifest, key)? else {
        return Ok((key.to_owned(), json!(text)));
    };
    let wrong = |expected: &str| {
        Failure::new(format!("`{text}` is not a value of `{}`", setting.key)).hint(format!("write {expected}"))
    };
    let value = match setting.kind.as_str() {
        "bool" => text.parse::<bool>().map(Value::from).ok().ok_or_else(|| wrong("true or false"))?,
        "number" => text.trim().parse::<i64>().map(Value::from).ok().ok_or_else(|| wrong("a whole number"))?,
        "custom" => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        "dropdown" | "radio" if !setting.options.iter().any(|option| option.value == text) => {
            let options: Vec<_> = setting.options.iter().map(|option| option.value.as_str()).collect();
            return Err(wrong(&format!("one of {}", options.join(", "))));
        }
        _ => json!(text),
    };
    Ok((setting.key.clone(), value))
}

/// The setting of this key; none for a plugin without a settings form.
pub fn find<'a>(manifest: &'a Manifest, key: &str) -> Result<Option<&'a PluginSetting>, Failure> {
    if manifest.settings().next().is_none() {
        return Ok(None);
    }
    let found = manifest.settings().find(|setting| setting.key.eq_ignore_ascii_case(key));
    found.map(Some).ok_or_else(|| {
        let known: Vec<_> = manifest.settings().map(|setting| setting.key.as_str()).collect();
        Failure::new(format!("`{}` has no setting `{key}`", manifest.id)).hint(format!("it has {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wasmoat_model::Manifest;

    use super::{assignment, typed};

    fn manifest() -> Manifest {
        let text = r#"{"id":"demo","settings_schema":{"settings":[
            {"key":"Words","type":"text"},{"key":"Most","type":"number"},{"key":"On","type":"bool"},
            {"key":"Action","type":"dropdown","options":[{"display_name":"Block","value":"block"}]},
            {"key":"Rules","type":"custom"}]}}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn values_get_the_type_of_their_setting() {
        let value = |key, text| typed(&manifest(), key, text).map(|(_, value)| value).ok();
        assert_eq!(value("words", "true"), Some(json!("true")));
        assert_eq!(value("most", "12"), Some(json!(12)));
        assert_eq!(value("on", "true"), Some(json!(true)));
        assert_eq!(value("action", "block"), Some(json!("block")));
        assert_eq!(value("rules", "[1]"), Some(json!([1])));
        for (key, text) in [("most", "many"), ("on", "yes"), ("action", "explode"), ("other", "1")] {
            assert_eq!(value(key, text), None, "{key}={text}");
        }
    }

    #[test]
    fn keys_are_stored_in_the_manifests_spelling() {
        assert_eq!(typed(&manifest(), "WORDS", "a").unwrap().0, "Words");
        assert_eq!(typed(&Manifest::default(), "WORDS", "a").unwrap().0, "WORDS");
    }

    #[test]
    fn an_assignment_has_a_key_and_may_have_an_empty_value() {
        assert_eq!(assignment("words=a=b"), Ok(("words".into(), "a=b".into())));
        assert_eq!(assignment("words="), Ok(("words".into(), String::new())));
        assert!(assignment("words").is_err() && assignment("=a").is_err());
    }
}
