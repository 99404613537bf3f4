//! What a value of each type looks like.

use std::collections::HashSet;

use serde_json::Value;
use wasmoat_model::{AppError, PropertyAttrs, PropertyField, is_valid_id};

use super::invalid_value;

/// Items of a list at most.
const LIST: usize = 500;

/// Trims the texts of a value, checks it against its field, and writes it so that equal values
/// have equal text.
///
/// # Errors
///
/// 400 where it is no JSON, or not of the field's type.
pub(super) fn canonical(at: &str, field: &PropertyField, text: &str) -> Result<String, AppError> {
    let value = match parse(at, text)? {
        Value::String(text) => Value::String(text.trim().to_owned()),
        Value::Array(items) => Value::Array(items.into_iter().map(trimmed).filter(|item| item != "").collect()),
        other => other,
    };
    check(at, field, &value)?;
    Ok(value.to_string())
}

/// Any JSON as its canonical text; empty text stays empty.
///
/// # Errors
///
/// 400 where it is no JSON.
pub(super) fn canonical_filter(at: &str, text: &str) -> Result<String, AppError> {
    if text.is_empty() { Ok(String::new()) } else { Ok(parse(at, text)?.to_string()) }
}

fn parse(at: &str, text: &str) -> Result<Value, AppError> {
    let text = if text.is_empty() { "null" } else { text };
    serde_json::from_str(text).map_err(|error| invalid_value(at, "A value is JSON.").detail(error))
}

fn trimmed(item: Value) -> Value {
    match item {
        Value::String(text) => Value::String(text.trim().to_owned()),
        other => other,
    }
}

fn check(at: &str, field: &PropertyField, value: &Value) -> Result<(), AppError> {
    if value.is_null() {
        return Ok(());
    }
    match field.r#type.as_str() {
        "text" => text(at, value).map(drop),
        "date" => match text(at, value)? {
            "" => Ok(()),
            date if is_date(date) => Ok(()),
            _ => Err(invalid_value(at, "A date is `YYYY-MM-DD`, with a time or without.")),
        },
        "user" => match text(at, value)? {
            "" => Ok(()),
            id if is_valid_id(id) => Ok(()),
            _ => Err(invalid_value(at, "The value is the id of a user.")),
        },
        "multiuser" => list(at, value, &is_valid_id),
        "select" => match text(at, value)? {
            "" => Ok(()),
            id if option_ids(field)?.contains(id) => Ok(()),
            _ => Err(invalid_value(at, "The value is the id of one of the field's options.")),
        },
        _ => {
            let ids = option_ids(field)?;
            list(at, value, &|id| ids.contains(id))
        }
    }
}

fn option_ids(field: &PropertyField) -> Result<HashSet<String>, AppError> {
    Ok(PropertyAttrs::of(field)?.options().into_iter().map(|(id, _)| id).collect())
}

fn text<'a>(at: &str, value: &'a Value) -> Result<&'a str, AppError> {
    value.as_str().ok_or_else(|| invalid_value(at, "The value is text."))
}

fn list(at: &str, value: &Value, valid: &dyn Fn(&str) -> bool) -> Result<(), AppError> {
    let items = value.as_array().ok_or_else(|| invalid_value(at, "The value is a list of ids."))?;
    if items.len() > LIST || !items.iter().all(|item| item.as_str().is_some_and(valid)) {
        return Err(invalid_value(
            at,
            "The value is a list of at most 500 ids, of options or users by the field's type.",
        ));
    }
    Ok(())
}

/// `2026-11-21`, with a time or without.
fn is_date(text: &str) -> bool {
    text.parse::<jiff::civil::DateTime>().is_ok() || text.parse::<jiff::Timestamp>().is_ok()
}
