//! What handlers take from a request: JSON, paging, a query.

use axum::{
    Json,
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Error, Server};

/// What a handler reads of a body where nothing else says how much.
pub(crate) const DEFAULT_BODY_BYTES: usize = 300_000;

/// Items on a page where the request names no number.
const PER_PAGE: usize = 60;

/// Most items on a page; larger numbers are cut.
const MAX_PER_PAGE: usize = 200;

/// Mattermost's answer where there is nothing to tell.
pub fn ok() -> Json<Value> {
    Json(json!({ "status": "OK" }))
}

/// 201 and JSON.
#[derive(Clone, Copy, Debug)]
pub struct Created<T>(pub T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

/// A JSON body. Members that are null are as if they were absent, unknown ones are passed over,
/// and the content type does not matter: clients differ in all three.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Server> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Error> {
        let limit = server.core.config.number("ServiceSettings.MaximumPayloadSizeBytes");
        let limit = usize::try_from(limit).unwrap_or(DEFAULT_BODY_BYTES);
        let bytes = to_bytes(request.into_body(), limit).await.map_err(|error| read_error(&error, limit))?;
        let mut value: Value = serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))?;
        drop_nulls(&mut value);
        serde_json::from_value(value).map(Self).map_err(|error| unreadable(&error))
    }
}

/// Why a body could not be read: too large, or the client went away.
pub(crate) fn read_error(error: &axum::Error, limit: usize) -> Error {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.to_string().contains("length limit exceeded") {
            return Error::too_large(limit);
        }
        cause = inner.source();
    }
    Error::invalid_body("body")
}

fn unreadable(error: &serde_json::Error) -> Error {
    let mut refused = Error::invalid_body("body");
    // Says where in the JSON; nothing of the server is in it.
    refused.0.message = format!("Invalid or missing body in request body: {error}.");
    refused
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// `page` and `per_page` of the query. What is unreadable is the default, what is too large is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Counts from 0.
    pub page: usize,
    /// 0 to 200.
    pub per_page: usize,
}

impl Paging {
    fn of(params: &Params) -> Self {
        let number = |name: &str| params.get(name).and_then(|text| text.parse::<usize>().ok());
        Self {
            // A page so far out that its offset overflows is as empty as any other.
            page: number("page").unwrap_or(0).min(usize::MAX / (2 * MAX_PER_PAGE)),
            per_page: number("per_page").unwrap_or(PER_PAGE).min(MAX_PER_PAGE),
        }
    }

    /// Items before the page.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.page.saturating_mul(self.per_page)
    }
}

impl FromRequestParts<Server> for Paging {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Error> {
        Ok(Self::of(&Params::from_request_parts(parts, server).await?))
    }
}

/// The query, as names and texts; the first of equal names counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// A value; `None` where the name is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A value; empty where the name is missing.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether a value is `true` (or another word that Go reads so).
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "True" | "TRUE" | "t" | "T" | "1"))
    }

    /// A whole number; the default where it is missing or unreadable.
    #[must_use]
    pub fn number(&self, name: &str, default: i64) -> i64 {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }
}

impl FromRequestParts<Server> for Params {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Error> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        pairs.map(|pairs| Self(pairs.0)).map_err(|error| {
            let mut refused = Error::invalid_url("query");
            refused.0.detailed_error = error.body_text();
            refused
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn page_sizes_are_cut_and_nonsense_is_the_default() {
        for (page, per_page, expected) in
            [("2", "50", (2, 50)), ("-1", "1000", (0, 200)), ("x", "-5", (0, 60)), ("0", "0", (0, 0))]
        {
            let paging = Paging::of(&params(&[("page", page), ("per_page", per_page)]));
            assert_eq!((paging.page, paging.per_page), expected);
        }
        assert!(Paging::of(&params(&[("page", "18446744073709551615")])).offset() < usize::MAX);
    }

    #[test]
    fn null_is_as_if_absent_at_any_depth() {
        let mut value = json!({ "a": null, "b": [{ "c": null, "d": 1 }] });
        drop_nulls(&mut value);
        assert_eq!(value, json!({ "b": [{ "d": 1 }] }));
    }
}
