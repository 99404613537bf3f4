//! From a programmed answer to what a hook returns.
//!
//! A hook that can fail is answered `{"ok": …}` or `{"error": {"id": …, "message": …}}`; of any
//! other the answer is the result itself, like `"keep"` or `{"reject": "not here"}`.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;
use wasmoat::{Error, Result, types::AppError};

/// What a hook returns, as a function type: one without a result has one too. Which of the two traits reads it, the compiler finds by the type: the one
/// that needs no further reference is tried first.
#[derive(Debug)]
pub struct Wanted<T>(PhantomData<T>);

impl<T> Wanted<T> {
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

/// Of a hook that can fail.
pub trait Fallible {
    type Output;
    fn read(&self, answer: Value) -> Self::Output;
}

impl<T: DeserializeOwned> Fallible for Wanted<fn() -> Result<T>> {
    type Output = Result<T>;

    fn read(&self, mut answer: Value) -> Result<T> {
        match answer.get_mut("error").map(Value::take) {
            Some(Value::String(text)) => Err(Error::from(text)),
            Some(error) => Err(Error::from(decode::<AppError>(error))),
            None => Ok(decode(answer.get_mut("ok").map(Value::take).unwrap_or_default())),
        }
    }
}

/// Of any other.
pub trait Plain {
    type Output;
    fn read(&self, answer: Value) -> Self::Output;
}

impl<T: DeserializeOwned> Plain for &Wanted<fn() -> T> {
    type Output = T;

    fn read(&self, answer: Value) -> T {
        decode(answer)
    }
}

/// A test that programs nonsense finds the reason in the plugin's log.
#[expect(clippy::panic, reason = "a guest's way to tell its test")]
fn decode<T: DeserializeOwned>(answer: Value) -> T {
    let shown = answer.to_string();
    serde_json::from_value(answer).unwrap_or_else(|error| panic!("{shown}: {error}"))
}
