//! The way to a provider, over the server's HTTP.

use std::time::Duration;

use wasmoat::{
    Error,
    http_client::{Request, RequestError, Response},
    time,
};

use super::ProviderError;

/// Bytes of one read.
const PIECE: u32 = 64 << 10;

/// An answer as it comes in.
#[derive(Debug)]
pub struct Incoming {
    response: Response,
    /// How long the other side may say nothing.
    patience: Duration,
}

/// Posts JSON, and waits for the head of the answer.
pub fn post(
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    patience: Duration,
) -> Result<Incoming, ProviderError> {
    let request = Request::post(url).header("Content-Type", "application/json").body(body);
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    // A provider that moved is set up anew: the key goes nowhere else.
    let response = request.timeout(patience).redirects(0).send()?;
    Ok(Incoming { response, patience })
}

impl Incoming {
    /// Its status.
    pub fn status(&self) -> u16 {
        self.response.status()
    }

    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// The next bytes, as soon as there are some; none at the end. The server ends a silence that is longer
    /// than the limit `http_idle_ms`; a service that is to be more impatient is, as soon as it speaks again.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>, ProviderError> {
        let before = time::monotonic();
        let piece = self.response.piece(PIECE)?;
        let silence = time::monotonic().saturating_sub(before);
        if silence > self.patience {
            let seconds = self.patience.as_secs();
            let detail = format!("it said nothing for {silence:?}; `streamingTimeoutSeconds` is {seconds}");
            return Err(ProviderError::Timeout { detail });
        }
        Ok(piece)
    }

    /// The rest, if it has at most so many bytes.
    pub fn read_all(&mut self, most: usize) -> Result<Vec<u8>, ProviderError> {
        let mut body = Vec::new();
        while let Some(piece) = self.read()? {
            body.extend(piece);
            if body.len() > most {
                return Err(ProviderError::Malformed { detail: format!("it has more than {most} bytes") });
            }
        }
        Ok(body)
    }
}

impl From<Error> for ProviderError {
    fn from(error: Error) -> Self {
        match error {
            Error::Http(error) => (*error).into(),
            // Not granted at all.
            error if error.is_permission_denied() => Self::Denied { detail: error.to_string() },
            error => Self::Unreachable { detail: error.to_string() },
        }
    }
}

impl From<RequestError> for ProviderError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Denied(detail) => Self::Denied { detail },
            RequestError::Timeout(detail) => Self::Timeout { detail },
            RequestError::Interrupted(detail) => Self::Truncated { detail },
            RequestError::Overloaded(detail) => Self::Unavailable { status: 503, retry_after: None, detail },
            RequestError::Invalid(detail) | RequestError::TooLarge(detail) | RequestError::TooManyRedirects(detail) => {
                Self::Malformed { detail }
            }
            RequestError::Unresolved(detail) | RequestError::Unreachable(detail) | RequestError::Tls(detail) => {
                Self::Unreachable { detail }
            }
        }
    }
}
