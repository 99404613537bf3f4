//! Calls to other plugins.

use serde::{Serialize, de::DeserializeOwned};

#[doc(inline)]
pub use crate::api::bridge::*;
use crate::{Error, Result};

/// Asks an endpoint of another plugin, JSON in and JSON out: Mattermost's `CallPlugin`.
///
/// ```
/// # let platform = wasmoat::testing::Platform::new();
/// # use wasmoat::testing::calls;
/// # platform.on(calls::bridge::CallPlugin, |_| Ok(br#"{"text": "ahoy"}"#.to_vec()));
/// #[derive(serde::Serialize)]
/// struct Question<'a> { text: &'a str }
/// #[derive(serde::Deserialize)]
/// struct Translation { text: String }
///
/// let answer: Translation =
///     wasmoat::bridge::call("translator", "/api/v1/translate", &Question { text: "hello" })?;
/// # assert_eq!(answer.text, "ahoy");
/// # Ok::<(), wasmoat::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Bridge`] where the other plugin gave no answer, [`Error::Json`] where the answer is not
/// a `Resp`.
pub fn call<Req, Resp>(plugin_id: &str, endpoint: &str, request: &Req) -> Result<Resp>
where
    Req: Serialize + ?Sized,
    Resp: DeserializeOwned,
{
    let request =
        serde_json::to_vec(request).map_err(Error::json(format!("the request to `{plugin_id}{endpoint}`")))?;
    let answer = call_plugin(plugin_id, endpoint, &request, None)?;
    serde_json::from_slice(&answer).map_err(Error::json(format!("the answer of `{plugin_id}{endpoint}`")))
}
