//! Calls to other plugins.
//!
//! [`call`] asks once, with serde types; [`call_stream`] reads an answer as it is made. What a plugin
//! offers is best written as a trait under `#[wasmoat::bridge]`, which makes the client for those who
//! call and the way to the handler for the one who answers:
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use wasmoat::{Result, prelude::*};
//!
//! #[derive(Serialize, Deserialize)]
//! pub struct Question { text: String }
//! #[derive(Serialize, Deserialize)]
//! pub struct Translation { text: String }
//!
//! /// What the translator offers; a crate of its own, for both sides.
//! #[wasmoat::bridge(prefix = "/api/v1")]
//! pub trait Translator {
//!     /// `/api/v1/translate`
//!     fn translate(&self, ctx: &PluginContext, question: Question) -> Result<Translation>;
//! }
//!
//! // Who answers: the rest is done in the hook `execute_bridge_call`.
//! struct Plugin;
//! impl Translator for Plugin {
//!     fn translate(&self, _: &PluginContext, question: Question) -> Result<Translation> {
//!         Ok(Translation { text: question.text.to_uppercase() })
//!     }
//! }
//! let answer = Plugin.answer(&PluginContext::default(), "/api/v1/translate", br#"{"text": "ahoy"}"#)?;
//! assert_eq!(answer, br#"{"text":"AHOY"}"#);
//!
//! // Who calls:
//! # let platform = wasmoat::testing::Platform::new();
//! # platform.on(wasmoat::testing::calls::bridge::CallPlugin, |_| Ok(br#"{"text": "AHOY"}"#.to_vec()));
//! let translator = TranslatorClient::of("translator");
//! assert_eq!(translator.translate(&Question { text: "ahoy".into() })?.text, "AHOY");
//! # Ok::<(), wasmoat::Error>(())
//! ```

use serde::{Serialize, de::DeserializeOwned};

#[doc(inline)]
pub use crate::api::bridge::*;
#[cfg(target_arch = "wasm32")]
use crate::bindings::wasmoat::plugin::bridge::{AnswerStream, RequestStream};
use crate::{Error, Result};

/// Most bytes that [`Answer`] takes at once.
const PIECE_BYTES: u32 = 64 << 10;

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
    let request = json(plugin_id, endpoint, request)?;
    let answer = call_plugin(plugin_id, endpoint, &request, None)?;
    serde_json::from_slice(&answer).map_err(Error::json(format!("the answer of `{plugin_id}{endpoint}`")))
}

fn json<Req: Serialize + ?Sized>(plugin_id: &str, endpoint: &str, request: &Req) -> Result<Vec<u8>> {
    serde_json::to_vec(request).map_err(Error::json(format!("the request to `{plugin_id}{endpoint}`")))
}

/// An answer that is read as the other plugin makes it: an iterator over its pieces. Dropping it
/// ends the call.
#[derive(Debug)]
pub struct Answer(Source);

#[cfg(target_arch = "wasm32")]
type Source = AnswerStream;
/// The mock platform's answers are whole.
#[cfg(not(target_arch = "wasm32"))]
type Source = std::collections::VecDeque<u8>;

/// Asks like [`call`], and reads the answer as it is made.
///
/// # Errors
///
/// As [`call`].
pub fn call_stream<Req: Serialize + ?Sized>(plugin_id: &str, endpoint: &str, request: &Req) -> Result<Answer> {
    let request = json(plugin_id, endpoint, request)?;
    #[cfg(target_arch = "wasm32")]
    let source = crate::bindings::wasmoat::plugin::bridge::call_plugin_stream(plugin_id, endpoint, &request)?;
    #[cfg(not(target_arch = "wasm32"))]
    let source = call_plugin(plugin_id, endpoint, &request, None)?.into();
    Ok(Answer(source))
}

impl Answer {
    /// The next bytes, at most so many; waits for the first of them. None at the end.
    ///
    /// # Errors
    ///
    /// Where the answer is cut.
    pub fn read(&mut self, most: u32) -> Result<Option<Vec<u8>>> {
        #[cfg(target_arch = "wasm32")]
        return Ok(self.0.read(most)?);
        #[cfg(not(target_arch = "wasm32"))]
        {
            let most = self.0.len().min(usize::try_from(most).unwrap_or(usize::MAX));
            let piece: Vec<u8> = self.0.drain(..most).collect();
            Ok((!piece.is_empty()).then_some(piece))
        }
    }
}

impl Iterator for Answer {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read(PIECE_BYTES).transpose()
    }
}

/// A request that is sent as it is made. Dropping it gives the call up.
#[derive(Debug)]
pub struct Request(Target);

#[cfg(target_arch = "wasm32")]
type Target = RequestStream;
/// For the mock platform, the request is kept until it is whole.
#[cfg(not(target_arch = "wasm32"))]
type Target = (String, String, Vec<u8>);

/// Begins a call whose request follows piece by piece.
///
/// # Errors
///
/// As [`call`].
#[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unnecessary_wraps, reason = "the host may refuse"))]
pub fn open(plugin_id: &str, endpoint: &str) -> Result<Request> {
    #[cfg(target_arch = "wasm32")]
    let target = crate::bindings::wasmoat::plugin::bridge::open_plugin_call(plugin_id, endpoint)?;
    #[cfg(not(target_arch = "wasm32"))]
    let target = (plugin_id.to_owned(), endpoint.to_owned(), Vec::new());
    Ok(Request(target))
}

impl Request {
    /// Sends the next piece; waits until there is room for it.
    ///
    /// # Errors
    ///
    /// Where the call has ended.
    #[cfg_attr(not(target_arch = "wasm32"), allow(clippy::unnecessary_wraps, reason = "the host may refuse"))]
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        #[cfg(target_arch = "wasm32")]
        self.0.write(bytes)?;
        #[cfg(not(target_arch = "wasm32"))]
        self.0.2.extend_from_slice(bytes);
        Ok(())
    }

    /// Ends the request, and waits until the answer begins.
    ///
    /// # Errors
    ///
    /// As [`call`].
    pub fn finish(self) -> Result<Answer> {
        #[cfg(target_arch = "wasm32")]
        return Ok(Answer(RequestStream::finish(self.0)?));
        #[cfg(not(target_arch = "wasm32"))]
        Ok(Answer(call_plugin(&self.0.0, &self.0.1, &self.0.2, None)?.into()))
    }
}

/// Answers a call with serde types: what `#[wasmoat::bridge]` makes of an endpoint.
#[doc(hidden)]
pub fn answer<Req, Resp>(request: &[u8], handle: impl FnOnce(Req) -> Result<Resp>) -> Result<Vec<u8>>
where
    Req: DeserializeOwned,
    Resp: Serialize,
{
    let request = serde_json::from_slice(request).map_err(|error| {
        Error::new(400, "plugin.bridge.request", format!("The request is not what the endpoint takes: {error}."))
    })?;
    serde_json::to_vec(&handle(request)?).map_err(Error::json("the answer"))
}

/// What a call of an endpoint is answered that is not there.
#[doc(hidden)]
#[must_use]
pub fn no_endpoint(method: &str) -> Error {
    Error::new(404, "plugin.bridge.no_endpoint", format!("There is no endpoint `{method}`."))
}
