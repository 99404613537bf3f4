//! Any function of the Plugin API by its name, with JSON in and out.
//!
//! A plugin that learns at run time what to call (a tool for agents, a console, a test) needs no
//! table of its own. It imports every function there is, and so asks for every permission.
//!
//! ```
//! # let platform = wasmoat::testing::Platform::new();
//! use serde_json::json;
//! use wasmoat::dynamic;
//!
//! dynamic::call("kv.kv-set", json!({"key": "greeting", "value": [104, 105]}))?;
//! assert_eq!(dynamic::call("kv.kv-get", json!({"key": "greeting"}))?, json!([104, 105]));
//! # Ok::<(), dynamic::CallError>(())
//! ```

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::Error;

include!(concat!(env!("OUT_DIR"), "/dynamic.rs"));

/// Why a call gave no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// There is no function of this name.
    Unknown,
    /// The arguments, or the answer, do not have the function's types.
    Json(serde_json::Error),
    /// The function was called and failed.
    Failed(Error),
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("no such function"),
            Self::Json(error) => write!(f, "the arguments do not fit: {error}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CallError {}

/// Calls a function: `call("posts.get-post", json!({"post_id": id}))`. Names are those of `wit/`,
/// arguments an object by the names of the parameters in snake case; bytes are lists of numbers.
///
/// # Errors
///
/// See [`CallError`].
pub fn call(name: &str, arguments: Value) -> Result<Value, CallError> {
    dispatch(name, arguments)
}

fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, CallError> {
    serde_json::from_value(arguments).map_err(CallError::Json)
}

fn write<T: Serialize>(answer: &T) -> Result<Value, CallError> {
    serde_json::to_value(answer).map_err(CallError::Json)
}
