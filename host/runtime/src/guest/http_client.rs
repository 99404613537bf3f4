//! `http-client`: requests to hosts outside the server, by the broker in [`outbound`](crate::outbound).

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tokio::sync::mpsc;
use wasmoat_model::HttpHeader;
use wasmtime::component::Resource;

use crate::{
    Hop, OutboundError, Platform, Runtime, State,
    bindings::http_client::{Host, HostRequestBody, HostResponse, OutgoingRequest, RequestError, ResponseHead},
    outbound::{
        BoxError, Exchange, Head, MOST_REDIRECTS, OutboundRequest, Payload, ResponseBody, read_headers, read_url,
    },
};

/// Most bytes of one read: a guest takes a body in pieces.
const READ_BYTES: u32 = 1 << 20;

/// A response that comes in.
#[derive(Debug)]
pub struct Response {
    head: ResponseHead,
    body: ResponseBody,
}

/// A request whose body is still being sent.
#[derive(Debug)]
pub struct RequestBody {
    hop: Begun,
    /// Pieces on their way; `None` is the end.
    pieces: mpsc::Sender<Option<Bytes>>,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    Coming(Exchange),
    Here(Result<Response, OutboundError>),
}

impl Answer {
    async fn come(self) -> Result<Response, OutboundError> {
        match self {
            Self::Coming(exchange) => response(exchange).await,
            Self::Here(answer) => answer,
        }
    }
}

impl<P: Platform> Host for State<P> {
    async fn send(
        &mut self,
        request: OutgoingRequest,
        body: Vec<u8>,
    ) -> wasmtime::Result<Result<Resource<Response>, RequestError>> {
        let hop = self.begin_hop(&request);
        let begun = read(request, Payload::Whole(body.into())).and_then(|request| self.requests.begin(request));
        let answered = match begun {
            Ok(exchange) => response(exchange).await,
            Err(error) => Err(error),
        };
        self.hand_over(hop, answered)
    }

    async fn open(
        &mut self,
        request: OutgoingRequest,
    ) -> wasmtime::Result<Result<Resource<RequestBody>, RequestError>> {
        let hop = self.begin_hop(&request);
        let (pieces, coming) = mpsc::channel(1);
        let begun = read(request, pieces_of(coming)).and_then(|request| self.requests.begin(request));
        Ok(match begun {
            Ok(exchange) => Ok(self.table.push(RequestBody { hop, pieces, answer: Answer::Coming(exchange) })?),
            Err(error) => Err(error.into()),
        })
    }
}

impl<P: Platform> State<P> {
    /// The request as a hop of the trace: by its host, and until the response begins.
    fn begin_hop(&mut self, request: &OutgoingRequest) -> Begun {
        let caller = self.caller();
        let host = read_url(&request.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        // A method is the guest's own text.
        let method: String = request.method.chars().take(16).filter(char::is_ascii_alphabetic).collect();
        let hop = Hop::begin(&caller.context, "http-client", caller.plugin_id, host.into(), method.into());
        Begun { hop, at: Instant::now() }
    }

    fn hand_over(
        &mut self,
        Begun { hop, at }: Begun,
        answered: Result<Response, OutboundError>,
    ) -> wasmtime::Result<Result<Resource<Response>, RequestError>> {
        let (status, text) =
            answered.as_ref().map_or_else(|error| (error.name(), error.to_string()), |_| ("ok", String::new()));
        if let Some(runtime) = self.runtime.upgrade() {
            Runtime::from_inner(runtime).note(hop.ended(at.elapsed(), status, &text));
        }
        Ok(match answered {
            Ok(response) => Ok(self.table.push(response)?),
            Err(error) => Err(error.into()),
        })
    }
}

/// A hop that has begun.
#[derive(Debug)]
struct Begun {
    hop: Hop,
    at: Instant,
}

impl<P: Platform> HostResponse for State<P> {
    async fn head(&mut self, response: Resource<Response>) -> wasmtime::Result<ResponseHead> {
        Ok(self.table.get(&response)?.head.clone())
    }

    async fn read(
        &mut self,
        response: Resource<Response>,
        most: u32,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, RequestError>> {
        let response = self.table.get_mut(&response)?;
        if most == 0 {
            return Ok(Err(RequestError::Invalid("a read of 0 bytes".to_owned())));
        }
        let most = usize::try_from(most.min(READ_BYTES)).unwrap_or_default();
        let read = response.body.read(most).await;
        Ok(read.map(|bytes| bytes.map(Vec::from)).map_err(RequestError::from))
    }

    async fn drop(&mut self, response: Resource<Response>) -> wasmtime::Result<()> {
        self.table.delete(response)?;
        Ok(())
    }
}

impl<P: Platform> HostRequestBody for State<P> {
    async fn write(
        &mut self,
        body: Resource<RequestBody>,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), RequestError>> {
        let body = self.table.get_mut(&body)?;
        if bytes.is_empty() || body.pieces.send(Some(bytes.into())).await.is_ok() {
            return Ok(Ok(()));
        }
        // Nobody takes bytes any more: the request failed, or the server answered before it had
        // all of it, and then the rest is not wanted.
        let unknown = Answer::Here(Err(OutboundError::Interrupted("the request was given up".to_owned())));
        let answer = std::mem::replace(&mut body.answer, unknown).come().await;
        let written = answer.as_ref().map(|_| ()).map_err(|error| error.clone().into());
        body.answer = Answer::Here(answer);
        Ok(written)
    }

    async fn finish(
        &mut self,
        body: Resource<RequestBody>,
    ) -> wasmtime::Result<Result<Resource<Response>, RequestError>> {
        let RequestBody { hop, pieces, answer } = self.table.delete(body)?;
        // Nobody may be there to take the end, and the answer says why.
        let _ = pieces.send(None).await;
        let answered = answer.come().await;
        self.hand_over(hop, answered)
    }

    async fn drop(&mut self, body: Resource<RequestBody>) -> wasmtime::Result<()> {
        self.table.delete(body)?;
        Ok(())
    }
}

fn read(request: OutgoingRequest, body: Payload) -> Result<OutboundRequest, OutboundError> {
    let OutgoingRequest { method, url, headers, timeout, redirects } = request;
    if redirects > MOST_REDIRECTS {
        return Err(OutboundError::Invalid(format!("{redirects} redirects; at most {MOST_REDIRECTS} are followed")));
    }
    Ok(OutboundRequest {
        method: Method::from_bytes(method.as_bytes())
            .map_err(|_not_a_token| OutboundError::Invalid(format!("method {method:.100?}")))?,
        url: read_url(&url)?,
        headers: read_headers(headers.iter().map(|header| (header.name.as_str(), header.value.as_str())))?,
        body,
        redirects,
        head_timeout: timeout.map(|milliseconds| Duration::from_millis(milliseconds.into())),
        idle_timeout: None,
    })
}

/// The body that pieces make. Where they stop without an end, the request was given up.
fn pieces_of(coming: mpsc::Receiver<Option<Bytes>>) -> Payload {
    let frames = futures::stream::unfold(Some(coming), |coming| async {
        let mut coming = coming?;
        match coming.recv().await {
            Some(Some(bytes)) => Some((Ok(Frame::data(bytes)), Some(coming))),
            Some(None) => None,
            None => {
                let given_up = OutboundError::Interrupted("the request was given up".to_owned());
                Some((Err(BoxError::from(given_up)), None))
            }
        }
    });
    Payload::Pieces(StreamBody::new(frames).boxed_unsync(), None)
}

async fn response(exchange: Exchange) -> Result<Response, OutboundError> {
    let (Head { status, headers, url }, body) = exchange.head().await?;
    Ok(Response { head: ResponseHead { status: status.as_u16(), headers: shown(&headers), url }, body })
}

/// Headers as a guest reads them; bytes that are no text are replaced.
fn shown(headers: &HeaderMap) -> Vec<HttpHeader> {
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| HttpHeader {
            name: name.to_string(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })
        .collect()
}

impl From<OutboundError> for RequestError {
    fn from(error: OutboundError) -> Self {
        let text = error.to_string();
        match error {
            OutboundError::Invalid(_) => Self::Invalid(text),
            OutboundError::NotGranted
            | OutboundError::HostNotGranted { .. }
            | OutboundError::AddressNotGranted { .. } => Self::Denied(text),
            OutboundError::Unresolved { .. } => Self::Unresolved(text),
            OutboundError::Unreachable { .. } => Self::Unreachable(text),
            OutboundError::Tls { .. } => Self::Tls(text),
            OutboundError::HeadTimeout { .. } | OutboundError::IdleTimeout { .. } => Self::Timeout(text),
            OutboundError::RequestTooLarge { .. } | OutboundError::ResponseTooLarge { .. } => Self::TooLarge(text),
            OutboundError::TooManyAtOnce { .. } | OutboundError::TooManyPerMinute { .. } => Self::Overloaded(text),
            OutboundError::TooManyRedirects { .. } => Self::TooManyRedirects(text),
            OutboundError::Interrupted(_) => Self::Interrupted(text),
        }
    }
}
