//! JSON Schemas of requests and answers, and what an example object says as one.
//!
//! A schema comes from a plugin, so it is hostile: it could be made to work for hours on a small
//! value. So it is small, spread out (`$ref` in its place) it is still small and flat, it refers to
//! nothing outside itself and not to itself, and patterns are of the kind that takes linear time.

use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value, json};

/// Most bytes of a schema's text.
pub(crate) const MAX_SCHEMA_BYTES: usize = 64 << 10;

/// Most values of a schema that has been spread out.
const MAX_VALUES: usize = 5_000;

/// Most levels of a schema that has been spread out.
const MAX_LEVELS: usize = 64;

/// Most patterns of a schema that has been spread out, and most bytes of one, compiled.
const MAX_PATTERNS: usize = 16;
const PATTERN_BYTES: usize = 256 << 10;

/// A larger value is checked on a thread where it may take its time.
const INLINE_BYTES: usize = 64 << 10;

/// Most bytes of compiled schemas that callers brought along.
const CACHE_BYTES: u64 = 64 << 20;

/// Longest text of a violation.
const MAX_TEXT: usize = 1_000;

/// Why something is no schema that this server takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Too long a text.
    #[error("it has {0} bytes, {MAX_SCHEMA_BYTES} are allowed")]
    TooLong(usize),
    /// Too much, once every `$ref` stands where it points.
    #[error(
        "with every `$ref` in its place it has more than {MAX_VALUES} values, {MAX_LEVELS} levels or {MAX_PATTERNS} patterns"
    )]
    TooLarge,
    /// Points outside, or to nothing.
    #[error("`$ref` is `{0}`; it must be `#/…` and name a place in the same schema")]
    Reference(String),
    /// Points to what it is a part of.
    #[error("`$ref` to `{0}` leads back to itself")]
    Recursive(String),
    /// A keyword that is not taken.
    #[error("`{0}` is not taken")]
    Keyword(&'static str),
    /// Not JSON.
    #[error("it is no JSON: {0}")]
    NoJson(String),
    /// No schema.
    #[error("{0}")]
    Invalid(String),
}

/// A compiled schema.
#[derive(Debug)]
pub(crate) struct Schema {
    validator: Validator,
    /// Bytes that it takes at most, about.
    pub(super) weight: usize,
}

impl Schema {
    /// Compiles a schema.
    pub(crate) fn new(schema: &Value) -> Result<Self, SchemaError> {
        let bytes = schema.to_string().len();
        if bytes > MAX_SCHEMA_BYTES {
            return Err(SchemaError::TooLong(bytes));
        }
        let mut spread = Spread { root: schema, values: 0, patterns: 0, inside: Vec::new() };
        spread.walk(schema, 0)?;
        let weight = bytes + spread.patterns * PATTERN_BYTES;
        let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES);
        let compiled = jsonschema::options().offline().with_pattern_options(patterns).build(schema);
        match compiled {
            Ok(validator) => Ok(Self { validator, weight }),
            Err(error) => Err(SchemaError::Invalid(cut(&format!("{error} (at `{}`)", error.instance_path())))),
        }
    }

    /// Reads what a caller wants of an answer: a schema or an example.
    pub(crate) fn read(text: &str) -> Result<Self, SchemaError> {
        if text.len() > MAX_SCHEMA_BYTES {
            return Err(SchemaError::TooLong(text.len()));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| SchemaError::NoJson(error.to_string()))?;
        if is_schema(&value) { Self::new(&value) } else { Self::new(&of_example(&value)) }
    }

    /// What is wrong with a text, and where in it.
    fn violation(&self, text: &[u8]) -> Option<String> {
        let value: Value = match serde_json::from_slice(text) {
            Ok(value) => value,
            Err(error) => return Some(format!("it is no JSON: {error}")),
        };
        if self.validator.is_valid(&value) {
            return None;
        }
        let error = self.validator.validate(&value).err()?;
        let path = error.instance_path().as_str();
        let path = if path.is_empty() { "/" } else { path };
        Some(cut(&format!("at `{path}`: {}", error.masked())))
    }
}

/// Checks a text, which comes back as it was; else what is wrong with it, and where.
pub(crate) async fn check(schema: &Arc<Schema>, text: Vec<u8>) -> Result<Vec<u8>, String> {
    let is_small = text.len() <= INLINE_BYTES;
    let schema = Arc::clone(schema);
    let check = move || match schema.violation(&text) {
        None => Ok(text),
        Some(violation) => Err(violation),
    };
    if is_small {
        return check();
    }
    tokio::task::spawn_blocking(check).await.unwrap_or_else(|error| Err(format!("the check ended early: {error}")))
}

/// Walks a schema as if every `$ref` stood in its place.
struct Spread<'a> {
    root: &'a Value,
    values: usize,
    patterns: usize,
    /// References that are being followed.
    inside: Vec<&'a str>,
}

impl<'a> Spread<'a> {
    fn walk(&mut self, value: &'a Value, level: usize) -> Result<(), SchemaError> {
        self.values += 1;
        if self.values > MAX_VALUES || self.patterns > MAX_PATTERNS || level > MAX_LEVELS {
            return Err(SchemaError::TooLarge);
        }
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.walk(item, level + 1)),
            Value::Object(members) => self.members(members, level),
            _ => Ok(()),
        }
    }

    fn members(&mut self, members: &'a Map<String, Value>, level: usize) -> Result<(), SchemaError> {
        for (name, value) in members {
            self.patterns += match (name.as_str(), value) {
                ("pattern", Value::String(_)) => 1,
                ("patternProperties", Value::Object(patterns)) => patterns.len(),
                _ => 0,
            };
            match (name.as_str(), value) {
                ("$ref", Value::String(reference)) => self.follow(reference, level)?,
                // A dialect is named, not fetched.
                ("$schema", Value::String(_)) => {}
                ("$id" | "id", Value::String(_)) if level > 0 => return Err(SchemaError::Keyword("$id")),
                ("$dynamicRef", Value::String(_)) => return Err(SchemaError::Keyword("$dynamicRef")),
                ("$recursiveRef", Value::String(_)) => return Err(SchemaError::Keyword("$recursiveRef")),
                // What is only referred to counts where it is referred to.
                ("$defs" | "definitions", Value::Object(_)) => {}
                (_, value) => self.walk(value, level + 1)?,
            }
        }
        Ok(())
    }

    fn follow(&mut self, reference: &'a str, level: usize) -> Result<(), SchemaError> {
        if self.inside.contains(&reference) {
            return Err(SchemaError::Recursive(reference.to_owned()));
        }
        let place =
            if reference == "#" { Some("") } else { reference.strip_prefix('#').filter(|r| r.starts_with('/')) };
        let target = place.filter(|place| !place.contains('%')).and_then(|place| self.root.pointer(place));
        let target = target.ok_or_else(|| SchemaError::Reference(cut(reference)))?;
        self.inside.push(reference);
        self.walk(target, level + 1)?;
        self.inside.pop();
        Ok(())
    }
}

const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

/// Whether a value is a schema; else it is an example. Told by a keyword at its top whose value is
/// what that keyword has.
fn is_schema(value: &Value) -> bool {
    let Value::Object(members) = value else { return value.is_boolean() };
    let is_type = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    members.iter().any(|(name, value)| match (name.as_str(), value) {
        ("$schema" | "$ref", Value::String(_)) => true,
        ("type", Value::Array(types)) => types.iter().all(is_type),
        ("type", value) => is_type(value),
        ("properties" | "$defs", Value::Object(schemas)) => {
            schemas.values().all(|schema| schema.is_object() || schema.is_boolean())
        }
        ("anyOf" | "oneOf" | "allOf", Value::Array(schemas)) => {
            schemas.iter().all(|schema| schema.is_object() || schema.is_boolean())
        }
        _ => false,
    })
}

/// The schema of all that looks like an example: the same keys, and values of the same types. The
/// items of a list are like its first; `null` stands for anything.
fn of_example(example: &Value) -> Value {
    match example {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(_) => json!({ "type": "number" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => match items.first() {
            Some(first) => json!({ "type": "array", "items": of_example(first) }),
            None => json!({ "type": "array" }),
        },
        Value::Object(members) => {
            let properties: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), of_example(value))).collect();
            let names: Vec<&String> = members.keys().collect();
            json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
        }
    }
}

/// The schemas that callers bring along, compiled once.
#[derive(Debug)]
pub(super) struct Schemas(moka::sync::Cache<blake3::Hash, Arc<Schema>>);

impl Default for Schemas {
    fn default() -> Self {
        let cache = moka::sync::Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(|_, schema: &Arc<Schema>| u32::try_from(schema.weight).unwrap_or(u32::MAX))
            .build();
        Self(cache)
    }
}

impl Schemas {
    /// The schema that a text is.
    pub(super) fn read(&self, text: &str) -> Result<Arc<Schema>, SchemaError> {
        let key = blake3::hash(text.as_bytes());
        if let Some(schema) = self.0.get(&key) {
            return Ok(schema);
        }
        let schema = Arc::new(Schema::read(text)?);
        self.0.insert(key, Arc::clone(&schema));
        Ok(schema)
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(schema: &str, value: &str) -> Option<String> {
        Schema::read(schema).unwrap().violation(value.as_bytes())
    }

    #[test]
    fn a_violation_names_the_place_and_not_the_value() {
        let schema = r#"{"type": "object", "properties": {"votes": {"items": {"type": "integer"}}}}"#;
        assert_eq!(violation(schema, r#"{"votes": [1, 2]}"#), None);
        let text = violation(schema, r#"{"votes": [1, "secret"]}"#).unwrap();
        assert!(text.contains("`/votes/1`") && text.contains("integer") && !text.contains("secret"), "{text}");
        assert!(violation(schema, "{").unwrap().contains("no JSON"));
    }

    #[test]
    fn an_example_asks_for_the_same_keys_and_types() {
        let example = r#"{"title": "…", "score": 1, "tags": ["a"], "more": {"done": true}, "any": null}"#;
        let with = |member: &str, value: Value| {
            let mut object = json!({"title": "t", "score": 0.5, "tags": [], "more": {"done": false}, "any": [1]});
            object[member] = value;
            violation(example, &object.to_string())
        };
        assert_eq!(with("title", json!("other")), None);
        assert!(with("title", json!(1)).unwrap().contains("`/title`"));
        assert!(with("tags", json!(["a", 1])).unwrap().contains("`/tags/1`"));
        assert!(with("more", json!({})).unwrap().contains("done"));
        assert!(with("extra", json!(1)).unwrap().contains("extra"));
    }

    #[test]
    fn a_schema_is_told_from_an_example_by_its_keywords() {
        for schema in
            [r#"{"type": "string"}"#, r#"{"anyOf": [{"type": "null"}]}"#, "true", r##"{"$ref": "#/$defs/a"}"##]
        {
            assert!(is_schema(&serde_json::from_str(schema).unwrap()), "{schema}");
        }
        for example in [r#"{"type": "poll", "id": 1}"#, r#"{"properties": 7}"#, "[]", "1", r#"{"title": "string"}"#] {
            assert!(!is_schema(&serde_json::from_str(example).unwrap()), "{example}");
        }
    }

    #[test]
    fn a_reference_within_the_schema_is_followed() {
        let schema = r##"{"$defs": {"id": {"type": "string", "maxLength": 2}}, "items": {"$ref": "#/$defs/id"}, "type": "array"}"##;
        assert_eq!(violation(schema, r#"["a", "b"]"#), None);
        assert!(violation(schema, r#"["abc"]"#).unwrap().contains("`/0`"));
    }

    #[test]
    fn what_would_work_for_ever_is_refused() {
        let doubling: Map<String, Value> = (0..20)
            .map(|n| {
                (
                    n.to_string(),
                    json!({"allOf": [{"$ref": format!("#/$defs/{}", n + 1)}, {"$ref": format!("#/$defs/{}", n + 1)}]}),
                )
            })
            .chain([("20".to_owned(), json!(true))])
            .collect();
        let doubling = json!({"$defs": doubling, "$ref": "#/$defs/0"});
        assert_eq!(Schema::new(&doubling).unwrap_err(), SchemaError::TooLarge);
        let endless = json!({"$ref": "#"});
        assert_eq!(Schema::new(&endless).unwrap_err(), SchemaError::Recursive("#".to_owned()));
        let mut deep = json!({});
        for _ in 0..100 {
            deep = json!({ "not": deep });
        }
        assert_eq!(Schema::new(&deep).unwrap_err(), SchemaError::TooLarge);
        let long = json!({ "title": "x".repeat(MAX_SCHEMA_BYTES) });
        assert!(matches!(Schema::new(&long).unwrap_err(), SchemaError::TooLong(_)));
        let patterns: Vec<Value> = (0..100).map(|n| json!({ "pattern": format!("\\w{{{n}}}") })).collect();
        assert_eq!(Schema::new(&json!({ "anyOf": patterns })).unwrap_err(), SchemaError::TooLarge);
        let backtracking = json!({"pattern": r"(?=a)b", "type": "string"});
        assert!(matches!(Schema::new(&backtracking).unwrap_err(), SchemaError::Invalid(_)));
    }

    #[test]
    fn nothing_outside_the_schema_is_fetched() {
        for reference in ["https://example.org/schema.json", "file:///etc/passwd", "other.json", "#anchor", "#/nowhere"]
        {
            assert!(
                matches!(Schema::new(&json!({"$ref": reference})).unwrap_err(), SchemaError::Reference(_)),
                "{reference}"
            );
        }
        let rebased = json!({"properties": {"a": {"$id": "https://example.org/", "type": "string"}}});
        assert_eq!(Schema::new(&rebased).unwrap_err(), SchemaError::Keyword("$id"));
    }
}
