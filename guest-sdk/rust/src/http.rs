//! Answering HTTP requests in `serve_http`, and asking other plugins.
//!
//! ```
//! use wasmoat::http::{Json, Request, Response, Router};
//!
//! #[derive(serde::Serialize)]
//! struct Greeting { text: String }
//!
//! fn greet(request: &Request<'_>) -> wasmoat::Result<Response> {
//!     let user_id = request.user_id()?; // 401 without a logged-in user
//!     let text = format!("{}, {user_id}", request.param("word"));
//!     Json(Greeting { text }).into()
//! }
//!
//! let router = Router::new().get("/api/v1/greet/{word}", greet);
//! # let raw = wasmoat::types::HttpRequest {
//! #     method: "GET".into(),
//! #     url: "/api/v1/greet/hello?loud=1".into(),
//! #     headers: vec![wasmoat::types::HttpHeader { name: "Mattermost-User-Id".into(), value: "ann".into() }],
//! #     ..Default::default()
//! # };
//! # assert_eq!(router.serve(&raw).body, br#"{"text":"hello, ann"}"#);
//! ```

mod request;
mod response;
mod router;

#[doc(inline)]
pub use crate::api::http::*;
pub use request::Request;
pub use response::{Json, Response};
pub use router::Router;
