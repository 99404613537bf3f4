//! An answer.

use serde::Serialize;

use crate::{
    Error, Result,
    types::{HttpHeader, HttpResponse},
};

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Response(HttpResponse);

/// A value that is answered as JSON, with status 200.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

#[derive(Serialize)]
struct Problem<'a> {
    id: &'a str,
    message: &'a str,
    status_code: i32,
}

impl Response {
    /// An empty answer.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self(HttpResponse { status, headers: Vec::new(), body: Vec::new() })
    }

    /// A text, with status 200.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(200).header("Content-Type", "text/plain; charset=utf-8").body(text.into().into_bytes())
    }

    /// A value as JSON, with status 200.
    ///
    /// # Errors
    ///
    /// The value cannot be JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let body = serde_json::to_vec(value).map_err(Error::json("an answer"))?;
        Ok(Self::new(200).header("Content-Type", "application/json").body(body))
    }

    /// An error in the form of the server's own API: `id`, `message` and `status_code`. Internal
    /// detail stays inside.
    #[must_use]
    pub fn error(error: &Error) -> Self {
        let status = u16::try_from(error.status()).ok().filter(|status| (400..600).contains(status));
        let status = status.unwrap_or(500);
        let message = match error {
            Error::Api(error) => error.message.clone(),
            Error::Json { .. } => "The plugin failed.".to_owned(),
            error => error.to_string(),
        };
        let problem = Problem { id: error.id(), message: &message, status_code: i32::from(status) };
        match Self::json(&problem) {
            Ok(response) => response.status(status),
            Err(_) => Self::new(status),
        }
    }

    /// 401, for somebody who is not logged in.
    #[must_use]
    pub fn unauthorised() -> Self {
        Self::error(&Error::new(401, "plugin.http.not_logged_in", "You are not logged in."))
    }

    /// The same with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.0.status = status;
        self
    }

    /// The same with one header more.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push(HttpHeader { name: name.into(), value: value.into() });
        self
    }

    /// The same with this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = body.into();
        self
    }
}

impl From<Response> for HttpResponse {
    fn from(response: Response) -> Self {
        response.0
    }
}

impl<T: Serialize> From<Json<T>> for Result<Response> {
    fn from(json: Json<T>) -> Self {
        Response::json(&json.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::AppError;

    #[test]
    fn an_error_keeps_its_detail_to_itself() {
        let error = Error::from(AppError {
            id: "a.b".into(),
            message: "No.".into(),
            detailed_error: "secret".into(),
            status_code: 403,
            ..AppError::default()
        });
        let response = HttpResponse::from(Response::error(&error));
        assert_eq!(response.status, 403);
        assert_eq!(response.body, br#"{"id":"a.b","message":"No.","status_code":403}"#);
    }

    #[test]
    fn an_error_without_an_http_status_is_500() {
        let response = HttpResponse::from(Response::error(&Error::new(0, "a.b", "Odd.")));
        assert_eq!(response.status, 500);
    }
}
