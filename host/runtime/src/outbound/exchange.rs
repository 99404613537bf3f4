//! One request from its beginning to the end of its response: a task that owns the connection and
//! hands over the head, then one piece after the other as they are wanted.
//!
//! The task ends when the response does, when nobody wants the rest, and when the call that began
//! it ends.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot, watch},
    task::AbortHandle,
};

use super::{
    Outbound,
    error::OutboundError,
    record::Entry,
    redirect::{self, Hop},
    request::{OutboundRequest, Payload, Upload},
};

/// What comes before the body of a response.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Where it came from, after redirects.
    pub(crate) url: String,
}

/// A piece of a body; `None` says that this was all of it.
type Piece = Result<Option<Bytes>, OutboundError>;

/// A request that was begun. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Exchange {
    head: oneshot::Receiver<Result<Head, OutboundError>>,
    body: ResponseBody,
}

/// The body of a response as it comes. Dropping it ends the connection.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    pieces: mpsc::Receiver<Piece>,
    rest: Bytes,
    ended: bool,
    _task: AbortOnDrop,
}

#[derive(Debug)]
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn call_ended() -> OutboundError {
    OutboundError::Interrupted("the call that began the request has ended".to_owned())
}

impl Exchange {
    /// Begins a request in a task that `spawn` starts.
    pub(super) fn begin(
        outbound: Arc<Outbound>,
        permit: OwnedSemaphorePermit,
        request: OutboundRequest,
        entry: Entry,
        spawn: impl FnOnce(futures::future::BoxFuture<'static, ()>) -> AbortHandle,
    ) -> Self {
        let (head_to, head) = oneshot::channel();
        let (pieces_to, pieces) = mpsc::channel(1);
        let task = spawn(Box::pin(async move {
            let _permit = permit;
            outbound.run(request, entry, head_to, pieces_to).await;
        }));
        Self { head, body: ResponseBody { pieces, rest: Bytes::new(), ended: false, _task: AbortOnDrop(task) } }
    }

    /// Waits for the head of the response.
    pub(crate) async fn head(self) -> Result<(Head, ResponseBody), OutboundError> {
        let head = self.head.await.map_err(|_closed| call_ended())??;
        Ok((head, self.body))
    }
}

impl ResponseBody {
    /// The next bytes, at most so many; `None` at the end.
    pub(crate) async fn read(&mut self, most: usize) -> Result<Option<Bytes>, OutboundError> {
        while self.rest.is_empty() {
            match self.piece().await? {
                Some(bytes) => self.rest = bytes,
                None => return Ok(None),
            }
        }
        Ok(Some(self.rest.split_to(most.min(self.rest.len()))))
    }

    /// The next bytes, as many as came together; `None` at the end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, OutboundError> {
        if self.ended {
            return Ok(None);
        }
        let piece = self.pieces.recv().await.unwrap_or_else(|| Err(call_ended()));
        self.ended = matches!(piece, Ok(None));
        piece
    }
}

impl Outbound {
    async fn run(
        self: Arc<Self>,
        request: OutboundRequest,
        entry: Entry,
        head_to: oneshot::Sender<Result<Head, OutboundError>>,
        pieces_to: mpsc::Sender<Piece>,
    ) {
        let idle = self.idle.min(request.idle_timeout.unwrap_or(self.idle));
        match self.answer(request, entry).await {
            Ok((head, body, entry)) => {
                if head_to.send(Ok(head)).is_ok() {
                    self.pass_on(body, entry, idle, &pieces_to).await;
                }
            }
            Err(error) => drop(head_to.send(Err(error))),
        }
    }

    /// The final response, after redirects, within the time for it.
    async fn answer(&self, request: OutboundRequest, entry: Entry) -> Result<(Head, Incoming, Entry), OutboundError> {
        let limit = self.head.min(request.head_timeout.unwrap_or(self.head));
        let (progress, moved) = watch::channel(Instant::now());
        let followed = self.follow(request, entry, limit, &progress, &moved).await;
        followed.map(|(response, url, entry)| {
            let (parts, body) = response.into_parts();
            (Head { status: parts.status, headers: parts.headers, url }, body, entry)
        })
    }

    async fn follow(
        &self,
        request: OutboundRequest,
        mut entry: Entry,
        limit: Duration,
        progress: &watch::Sender<Instant>,
        moved: &watch::Receiver<Instant>,
    ) -> Result<(Response<Incoming>, String, Entry), OutboundError> {
        let OutboundRequest { method, url, headers, body, redirects, .. } = request;
        let again = match &body {
            Payload::Whole(bytes) => Some(bytes.clone()),
            Payload::Pieces(..) => None,
        };
        let mut hop = Hop { method, url, headers, body: again };
        let mut payload = Some(body);
        for followed in 0..=redirects {
            let payload = payload.take().unwrap_or_else(|| Payload::Whole(hop.body.clone().unwrap_or_default()));
            let upload = Upload::new(payload, self.request_bytes, entry.sent(), progress.clone());
            let sent = in_time(limit, moved, self.send(&hop, upload)).await;
            let found = sent.unwrap_or(Err(OutboundError::HeadTimeout { limit })).and_then(|response| {
                entry.answered(response.status());
                let next =
                    if redirects == 0 { None } else { redirect::next(&hop, response.status(), response.headers())? };
                match next {
                    Some(next) if followed == redirects => {
                        let to = next.url.origin().ascii_serialization();
                        Err(OutboundError::TooManyRedirects { limit: redirects, to })
                    }
                    next => Ok((response, next)),
                }
            });
            match found {
                Ok((response, None)) => return Ok((response, hop.url.into(), entry)),
                Ok((_, Some(next))) => {
                    entry.ended();
                    entry = self.ledger.enter(&next.method, &next.url);
                    hop = next;
                }
                Err(error) => {
                    entry.failed(&error);
                    return Err(error);
                }
            }
        }
        // The last round of the loop returns.
        Err(OutboundError::Interrupted("no answer".to_owned()))
    }

    async fn send(&self, hop: &Hop, upload: Upload) -> Result<Response<Incoming>, OutboundError> {
        self.gate.count()?;
        let uri: Uri = hop.url.as_str().parse().map_err(|error: http::uri::InvalidUri| {
            OutboundError::Invalid(format!("the URL is not one of HTTP: {error}"))
        })?;
        let mut request = Request::new(upload);
        *request.method_mut() = hop.method.clone();
        *request.headers_mut() = hop.headers.clone();
        request.headers_mut().entry(header::USER_AGENT).or_insert_with(|| self.user_agent.clone());
        // `https` goes through a tunnel, whose beginning carries it.
        if uri.scheme() == Some(&http::uri::Scheme::HTTP)
            && let Some(proxy) = self.network.proxies.intercept(&uri)
            && let Some(auth) = proxy.basic_auth()
        {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, auth.clone());
        }
        *request.uri_mut() = uri;
        self.client.request(request).await.map_err(|error| OutboundError::of(&error))
    }

    /// Hands the body over as it is wanted.
    async fn pass_on(&self, mut body: Incoming, mut entry: Entry, idle: Duration, to: &mpsc::Sender<Piece>) {
        // Only where there is room for a piece is the next one read: a server cannot fill memory.
        while let Ok(room) = to.reserve().await {
            let next = tokio::select! {
                next = tokio::time::timeout(idle, body.frame()) => next,
                () = to.closed() => return,
            };
            let piece = match next {
                Err(_) => Err(OutboundError::IdleTimeout { limit: idle }),
                Ok(None) => Ok(None),
                Ok(Some(Err(error))) => Err(OutboundError::of(&error)),
                Ok(Some(Ok(frame))) => {
                    // Trailers say nothing that a plugin asked for.
                    let Ok(bytes) = frame.into_data() else { continue };
                    match entry.received(bytes.len()) > self.response_bytes {
                        true => Err(OutboundError::ResponseTooLarge { limit: self.response_bytes }),
                        false => Ok(Some(bytes)),
                    }
                }
            };
            let last = match &piece {
                Ok(Some(_)) => false,
                Ok(None) => {
                    entry.ended();
                    true
                }
                Err(error) => {
                    entry.failed(error);
                    true
                }
            };
            room.send(piece);
            if last {
                return;
            }
        }
    }
}

/// Waits for a response, so long after the last piece of the request went out.
async fn in_time<T>(limit: Duration, moved: &watch::Receiver<Instant>, response: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(response);
    loop {
        let end = *moved.borrow() + limit;
        tokio::select! {
            response = &mut response => return Some(response),
            () = tokio::time::sleep_until(end.into()) => {
                if *moved.borrow() + limit <= Instant::now() {
                    return None;
                }
            }
        }
    }
}
