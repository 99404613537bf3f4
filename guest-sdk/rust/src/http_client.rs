//! Requests to hosts outside the server.
//!
//! ```
//! use wasmoat::{http_client::Request, prelude::*};
//!
//! #[derive(serde::Serialize)]
//! struct Question<'a> { text: &'a str }
//! #[derive(serde::Deserialize)]
//! struct Translation { text: String }
//!
//! fn translate(text: &str, key: &str) -> Result<String> {
//!     let request = Request::post("https://api.example.org/v1/translate").bearer(key);
//!     let translation: Translation = request.json(&Question { text }).send()?.ok()?.json()?;
//!     Ok(translation.text)
//! }
//! # use wasmoat::testing::{Answer, Platform};
//! # let platform = Platform::new();
//! # platform.on_request(|_| Ok(Answer::json(&serde_json::json!({"text": "ahoy"}))));
//! # assert_eq!(translate("hello", "secret")?, "ahoy");
//! # Ok::<(), wasmoat::Error>(())
//! ```
//!
//! A plugin reaches the hosts that its manifest names under `wasmoat.hosts` and an administrator
//! allowed: `api.example.org` or `*.example.org`, with `:port` where it is not 443; `http://…` for
//! plain HTTP; `private:…` for a name in a private network. Anything else is an error of which
//! [`is_permission_denied`](crate::Error::is_permission_denied) is true.
//!
//! A response comes in pieces. [`Response::bytes`] and its kin take all of it; to go through one
//! that is long, or that a model is still writing, read it: a [`Response`] is a
//! [`Read`](std::io::Read), and [`Response::pieces`] are its bytes as they come.
//!
//! ```
//! # use std::io::{BufRead as _, BufReader};
//! # use wasmoat::{http_client::Request, prelude::*, testing::{Answer, Platform}};
//! # let platform = Platform::new();
//! # platform.on_request(|_| Ok(Answer::new(200).piece("data: on").piece("e\ndata: two\n")));
//! let response = Request::get("https://api.example.org/v1/events").send()?.ok()?;
//! for line in BufReader::new(response).lines() {
//!     log::info!("an event", line = line?);
//! }
//! # assert_eq!(platform.log().len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod request;
mod response;
mod upload;

#[doc(inline)]
pub use crate::api::http_client::{OutgoingRequest, RequestError, ResponseHead};
pub use request::Request;
pub use response::{Pieces, Response};
pub use upload::Upload;

/// Where requests go: to the host, or in a test to the mock platform.
#[cfg(target_arch = "wasm32")]
use crate::bindings::wasmoat::plugin::http_client as door;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::http_client as door;

#[cfg(test)]
mod tests;
