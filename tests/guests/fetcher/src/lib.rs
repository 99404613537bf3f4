//! Asks hosts outside as the body of a request says, and tells what came of it.

use std::{cell::RefCell, io::Write as _};

use serde::{Deserialize, Serialize};
use wasmoat::{
    http_client::{Request, RequestError, Response},
    prelude::*,
};

/// The plugin.
#[derive(Debug, Default)]
pub struct Fetcher;

/// What to do.
#[derive(Deserialize)]
#[serde(default)]
struct Order {
    way: Way,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    timeout: Option<u64>,
    redirects: u8,
    times: usize,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            way: Way::Send,
            method: "GET".to_owned(),
            url: String::new(),
            headers: Vec::new(),
            body: String::new(),
            timeout: None,
            redirects: 0,
            times: 1,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Way {
    /// Send and read all of the answer.
    Send,
    /// Write the body `times` times, piece by piece.
    Upload,
    /// Begin an upload, write once and give it up.
    GiveUp,
    /// Take the head of the answer, and drop the rest.
    Peek,
    /// Send `times` requests, and hold all answers until the end.
    Hold,
    /// Keep the answer beyond the call.
    Keep,
    /// Read on what was kept.
    ReadOn,
}

/// What came of it.
#[derive(Default, Serialize)]
struct Outcome {
    status: u16,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    pieces: usize,
    error: &'static str,
    text: String,
}

thread_local! {
    static KEPT: RefCell<Option<Response>> = const { RefCell::new(None) };
}

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Fetcher {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let outcomes = match serde_json::from_slice::<Order>(&request.body) {
            Ok(order) => order.carry_out(),
            Err(error) => vec![Outcome { error: "order", text: error.to_string(), ..Outcome::default() }],
        };
        let body = serde_json::to_vec(&outcomes).unwrap_or_default();
        HttpResponse { status: 200, headers: Vec::new(), body }
    }
}

impl Order {
    fn carry_out(&self) -> Vec<Outcome> {
        match self.way {
            Way::Send => vec![told(self.request().send().and_then(read))],
            Way::Upload => vec![told(self.upload().and_then(read))],
            Way::GiveUp => vec![told(self.give_up())],
            Way::Peek => vec![told(self.request().send().map(|response| head(&response)))],
            Way::Hold => {
                let held: Vec<_> = (0..self.times).map(|_| self.request().send()).collect();
                held.into_iter().map(|response| told(response.map(|response| head(&response)))).collect()
            }
            Way::Keep => vec![told(self.request().send().map(|response| {
                let outcome = head(&response);
                KEPT.set(Some(response));
                outcome
            }))],
            Way::ReadOn => vec![told(match KEPT.take() {
                Some(response) => read(response),
                None => Err("nothing was kept".into()),
            })],
        }
    }

    fn request(&self) -> Request {
        let mut request = Request::new(&self.method, &self.url).redirects(self.redirects).body(self.body.as_bytes());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match self.timeout {
            Some(timeout) => request.timeout(std::time::Duration::from_millis(timeout)),
            None => request,
        }
    }

    fn upload(&self) -> Result<Response> {
        let mut upload = self.request().body("").open()?;
        for _ in 0..self.times {
            if upload.write_all(self.body.as_bytes()).is_err() {
                break;
            }
        }
        upload.finish()
    }

    fn give_up(&self) -> Result<Outcome> {
        let mut upload = self.request().body("").open()?;
        upload.write_all(self.body.as_bytes()).map_err(|error| Error::from(error.to_string()))?;
        drop(upload);
        Ok(Outcome::default())
    }
}

fn head(response: &Response) -> Outcome {
    let headers = response.headers().iter().map(|header| (header.name.clone(), header.value.clone()));
    Outcome {
        status: response.status(),
        url: response.url().to_owned(),
        headers: headers.collect(),
        ..Outcome::default()
    }
}

fn read(mut response: Response) -> Result<Outcome> {
    let mut outcome = head(&response);
    let mut body = Vec::new();
    for piece in response.pieces() {
        match piece {
            Ok(piece) => {
                outcome.pieces += 1;
                // A long answer is looked at and let go.
                if body.len() < 64 << 10 {
                    body.extend_from_slice(&piece);
                }
            }
            Err(error) => {
                outcome = Outcome { status: outcome.status, ..told(Err(error)) };
                break;
            }
        }
    }
    outcome.body = String::from_utf8_lossy(&body).into_owned();
    Ok(outcome)
}

fn told(outcome: Result<Outcome>) -> Outcome {
    let error = match outcome {
        Ok(outcome) => return outcome,
        Err(error) => error,
    };
    let kind = match &error {
        Error::Http(error) => match **error {
            RequestError::Invalid(_) => "invalid",
            RequestError::Denied(_) => "denied",
            RequestError::Unresolved(_) => "unresolved",
            RequestError::Unreachable(_) => "unreachable",
            RequestError::Tls(_) => "tls",
            RequestError::Timeout(_) => "timeout",
            RequestError::TooLarge(_) => "too_large",
            RequestError::Overloaded(_) => "overloaded",
            RequestError::TooManyRedirects(_) => "too_many_redirects",
            RequestError::Interrupted(_) => "interrupted",
        },
        _ => "other",
    };
    Outcome { error: kind, text: error.to_string(), ..Outcome::default() }
}
