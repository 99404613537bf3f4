//! Hosts outside: what the test answers in their place.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use serde::Serialize;

use super::{Platform, platform::current};
use crate::{
    http_client::{OutgoingRequest, RequestError, ResponseHead},
    types::HttpHeader,
};

/// A request that the plugin made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requested {
    /// `GET`, `POST`, …
    pub method: String,
    /// The URL.
    pub url: String,
    /// Headers as the plugin set them.
    pub headers: Vec<HttpHeader>,
    /// The whole body.
    pub body: Vec<u8>,
    /// The pieces in which the body was written; empty where it was there at once.
    pub pieces: Vec<Vec<u8>>,
    /// Milliseconds that it would wait.
    pub timeout: Option<u32>,
    /// Redirects that it would follow.
    pub redirects: u8,
}

/// What a host answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    status: u16,
    headers: Vec<HttpHeader>,
    pieces: VecDeque<Result<Vec<u8>, RequestError>>,
}

/// The test's answer to a request.
pub(super) type Handler = Rc<dyn Fn(&Requested) -> Result<Answer, RequestError>>;

impl Requested {
    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Answer {
    /// An empty answer.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), pieces: VecDeque::new() }
    }

    /// A value as JSON, with status 200.
    #[must_use]
    #[allow(clippy::panic, reason = "a test that answers what is no JSON must fail, and say why")]
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => Self::new(200).header("Content-Type", "application/json").piece(body),
            Err(error) => panic!("the answer is no JSON: {error}"),
        }
    }

    /// The same with another status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(HttpHeader { name: name.to_owned(), value: value.to_owned() });
        self
    }

    /// The same with more of a body. The plugin reads each piece for itself.
    #[must_use]
    pub fn piece(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.pieces.push_back(Ok(bytes.into()));
        self
    }

    /// The same, ending in the middle.
    #[must_use]
    pub fn then(mut self, error: RequestError) -> Self {
        self.pieces.push_back(Err(error));
        self
    }
}

impl Platform {
    /// Answers requests to hosts outside:
    ///
    /// ```
    /// # use wasmoat::{http_client::{Request, RequestError}, testing::{Answer, Platform}};
    /// let platform = Platform::new();
    /// platform.on_request(|request| match request.url.as_str() {
    ///     "https://api.example.org/v1/models" => Ok(Answer::json(&["small", "large"])),
    ///     _ => Err(RequestError::Denied("not granted".into())),
    /// });
    /// assert!(Request::get("https://evil.example.org/").send().unwrap_err().is_permission_denied());
    /// assert_eq!(platform.requests()[0].method, "GET");
    /// ```
    pub fn on_request(&self, answer: impl Fn(&Requested) -> Result<Answer, RequestError> + 'static) -> &Self {
        *self.state.on_request.borrow_mut() = Some(Rc::new(answer));
        self
    }

    /// Requests to hosts outside so far, in order. One whose body was given up is none.
    #[must_use]
    pub fn requests(&self) -> Vec<Requested> {
        self.state.requests.borrow().clone()
    }

    #[allow(clippy::panic, reason = "a test that forgot to program an answer must fail, and say why")]
    fn request(&self, request: Requested) -> Result<Response, RequestError> {
        self.state.requests.borrow_mut().push(request.clone());
        let handler = self.state.on_request.borrow().clone();
        let Some(handler) = handler else {
            panic!(
                "`{} {}` was requested, and the test does not say what the host answers: program it \
                 with `platform.on_request(|request| …);`",
                request.method, request.url
            );
        };
        let Answer { status, headers, pieces } = handler(&request)?;
        Ok(Response { head: ResponseHead { status, headers, url: request.url }, pieces: pieces.into() })
    }
}

/// A response, with the functions of the generated one.
#[derive(Debug)]
pub(crate) struct Response {
    head: ResponseHead,
    pieces: RefCell<VecDeque<Result<Vec<u8>, RequestError>>>,
}

impl Response {
    pub(crate) fn head(&self) -> ResponseHead {
        self.head.clone()
    }

    pub(crate) fn read(&self, most: u32) -> Result<Option<Vec<u8>>, RequestError> {
        let mut pieces = self.pieces.borrow_mut();
        match pieces.pop_front() {
            None => Ok(None),
            Some(Err(error)) => Err(error),
            Some(Ok(mut piece)) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                if piece.len() > most {
                    pieces.push_front(Ok(piece.split_off(most)));
                }
                Ok(Some(piece))
            }
        }
    }
}

/// A request that is being written, with the functions of the generated one.
#[derive(Debug)]
pub(crate) struct RequestBody {
    request: RefCell<Requested>,
}

impl RequestBody {
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), RequestError> {
        if !bytes.is_empty() {
            let mut request = self.request.borrow_mut();
            request.body.extend_from_slice(bytes);
            request.pieces.push(bytes.to_vec());
        }
        Ok(())
    }

    pub(crate) fn finish(body: Self) -> Result<Response, RequestError> {
        current("http-client.open", ()).request(body.request.into_inner())
    }
}

pub(crate) fn send(request: &OutgoingRequest, body: &[u8]) -> Result<Response, RequestError> {
    current("http-client.send", ()).request(Requested { body: body.to_vec(), ..requested(request) })
}

#[allow(clippy::unnecessary_wraps, reason = "as the host's function")]
pub(crate) fn open(request: &OutgoingRequest) -> Result<RequestBody, RequestError> {
    Ok(RequestBody { request: RefCell::new(requested(request)) })
}

fn requested(request: &OutgoingRequest) -> Requested {
    let OutgoingRequest { method, url, headers, timeout, redirects } = request.clone();
    Requested { method, url, headers, body: Vec::new(), pieces: Vec::new(), timeout, redirects }
}
