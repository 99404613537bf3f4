//! Requests and answers as streams: what a call lends its target, and the other ends of it.
//!
//! The target's end is lent for one call ([`Lent`]), so nobody behind the target can write or
//! read it. Pieces wait in a short queue: who is faster waits for the other one. Where the reader
//! goes away, the writer's next piece is refused, and a moment later the call ends.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tracing::Instrument as _;
use wasmoat_model::HttpHeader;

use crate::{
    CallContext, Fault, FaultKind, Hook, Lent, Platform,
    bindings::{body_stream::BodyError, response_stream::StreamError},
    plugin::Plugin,
};

/// Most bytes of a piece; larger ones are cut.
pub(super) const PIECE_BYTES: usize = 64 << 10;

/// Pieces that wait for the reader.
const PIECES: usize = 8;

/// How long a target whose reader has gone may still run.
const TIDY_UP: Duration = Duration::from_secs(2);

/// Status and headers of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Status, 200 to 599.
    pub status: u16,
    /// Headers.
    pub headers: Vec<HttpHeader>,
}

/// A request's body as it comes in: pieces, or why it was cut.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, String>> + Send>>;

/// What a target may use while it handles a call.
#[derive(Debug)]
pub(crate) struct Streams {
    outgoing: Option<Outgoing>,
    incoming: Option<tokio::sync::Mutex<Incoming>>,
}

#[derive(Debug)]
struct Outgoing {
    /// Taken when the answer begins.
    head: Mutex<Option<oneshot::Sender<Head>>>,
    pieces: mpsc::Sender<Bytes>,
}

struct Incoming {
    body: BodyStream,
    /// What was read and not yet asked for.
    rest: Bytes,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Incoming").field("rest", &self.rest.len()).finish_non_exhaustive()
    }
}

impl Outgoing {
    fn begin(&self, head: Head) -> Result<(), StreamError> {
        if !(200..600).contains(&head.status) {
            return Err(StreamError::InvalidStatus(head.status));
        }
        let sender = self.head.lock().unwrap_or_else(PoisonError::into_inner).take();
        sender.ok_or(StreamError::Begun)?.send(head).map_err(|_gone| StreamError::Closed)
    }

    async fn write(&self, bytes: Vec<u8>) -> Result<(), StreamError> {
        if self.head.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return Err(StreamError::NotBegun);
        }
        let mut bytes = Bytes::from(bytes);
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
            self.pieces.send(piece).await.map_err(|_gone| StreamError::Closed)?;
        }
        Ok(())
    }
}

impl Incoming {
    fn new(body: BodyStream) -> Self {
        // A guest may read on after the end.
        Self { body: Box::pin(body.fuse()), rest: Bytes::new() }
    }

    async fn read(&mut self, most: u32) -> Result<Option<Vec<u8>>, BodyError> {
        while self.rest.is_empty() {
            match self.body.next().await {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(reason)) => return Err(BodyError::Interrupted(reason)),
                None => return Ok(None),
            }
        }
        Ok(Some(take(&mut self.rest, most)))
    }
}

/// At most so many of the bytes, and at least one.
pub(super) fn take(bytes: &mut Bytes, most: u32) -> Vec<u8> {
    let most = usize::try_from(most).unwrap_or(usize::MAX).clamp(1, PIECE_BYTES);
    bytes.split_to(bytes.len().min(most)).to_vec()
}

impl Streams {
    /// The target begins to answer.
    pub(super) fn begin(&self, head: Head) -> Result<(), StreamError> {
        self.outgoing.as_ref().ok_or(StreamError::NotHere)?.begin(head)
    }

    /// The target goes on.
    pub(super) async fn write(&self, bytes: Vec<u8>) -> Result<(), StreamError> {
        self.outgoing.as_ref().ok_or(StreamError::NotHere)?.write(bytes).await
    }

    /// The target reads on.
    pub(super) async fn read(&self, most: u32) -> Result<Option<Vec<u8>>, BodyError> {
        self.incoming.as_ref().ok_or(BodyError::NotHere)?.lock().await.read(most).await
    }
}

/// How a target answered.
#[derive(Debug)]
pub(crate) enum Answered<T> {
    /// By what it returned.
    Whole(T),
    /// Piece by piece.
    Streamed(Head, Pieces<T>),
}

/// The pieces of an answer. Dropping them ends the call.
#[derive(Debug)]
pub(crate) struct Pieces<T> {
    pieces: mpsc::Receiver<Bytes>,
    call: JoinHandle<Result<T, Fault>>,
}

impl<T> Pieces<T> {
    /// The next piece; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        self.pieces.recv().await
    }

    /// What the hook returned, after the last piece.
    pub(crate) async fn returned(self) -> Result<T, Fault> {
        self.call.await.unwrap_or_else(|error| Err(ended_early(&error)))
    }
}

fn ended_early(error: &tokio::task::JoinError) -> Fault {
    Fault { plugin: String::new(), hook: "", kind: FaultKind::Trap { message: error.to_string() } }
}

/// Which streams a component imports.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamImports {
    /// `response-stream`: it may answer piece by piece.
    pub(crate) response: bool,
    /// `body-stream`: it reads the bodies of its requests piece by piece.
    pub(crate) body: bool,
}

impl StreamImports {
    /// Reads them off the names of a component's imports.
    pub(crate) fn of<'a>(imports: impl Iterator<Item = &'a str>) -> Self {
        imports.fold(Self::default(), |this, name| {
            let interface = name.split('@').next().unwrap_or_default();
            Self {
                response: this.response || interface == "wasmoat:plugin/response-stream",
                body: this.body || interface == "wasmoat:plugin/body-stream",
            }
        })
    }
}

impl<P: Platform> Plugin<P> {
    /// A request's body in the form in which the plugin reads it.
    pub(super) fn body_of(&self, whole: Vec<u8>, pieces: Option<BodyStream>) -> (Vec<u8>, Option<BodyStream>) {
        if !self.streams().body {
            return (whole, None);
        }
        let only = || -> BodyStream { Box::pin(futures::stream::iter([Ok(Bytes::from(whole))])) };
        (Vec::new(), Some(pieces.unwrap_or_else(only)))
    }

    /// Calls a hook that may answer as a stream. A plugin that imports no stream is called as ever.
    pub(crate) async fn call_streaming<H: Hook>(
        self: &Arc<Self>,
        context: &CallContext,
        body: Option<BodyStream>,
        args: H::Args,
    ) -> Result<Answered<H::Output>, Fault> {
        let streams = self.streams();
        if !streams.response && !streams.body {
            return self.provide::<H>(context, |_| args).await.map(Answered::Whole);
        }
        // Apart: what streams need has no room in every call.
        Box::pin(self.stream::<H>(context, body, args)).await
    }

    async fn stream<H: Hook>(
        self: &Arc<Self>,
        context: &CallContext,
        body: Option<BodyStream>,
        args: H::Args,
    ) -> Result<Answered<H::Output>, Fault> {
        let streams = self.streams();
        let (head_out, mut head) = oneshot::channel();
        let (pieces_out, pieces) = mpsc::channel(PIECES);
        let lent = Lent::new(Arc::new(Streams {
            outgoing: streams
                .response
                .then(|| Outgoing { head: Mutex::new(Some(head_out)), pieces: pieces_out.clone() }),
            incoming: body.map(|body| tokio::sync::Mutex::new(Incoming::new(body))),
        }));
        let context = CallContext { lent: Some(lent), ..context.clone() };
        let plugin = Arc::clone(self);
        let call = async move {
            let call = plugin.provide::<H>(&context, |_| args);
            let reader_gone = async {
                pieces_out.closed().await;
                tokio::time::sleep(TIDY_UP).await;
            };
            let ended = tokio::select! {
                ended = call => Some(ended),
                () = reader_gone => None,
            };
            // The loan goes with the context, and with it the last sender: the pieces end here.
            ended.unwrap_or_else(|| Err(plugin.given_up::<H>()))
        };
        let mut call = tokio::spawn(call.in_current_span());
        tokio::select! {
            biased;
            Ok(head) = &mut head => Ok(Answered::Streamed(head, Pieces { pieces, call })),
            ended = &mut call => match (ended.unwrap_or_else(|error| Err(ended_early(&error))), head.try_recv()) {
                // It has begun and ended before anybody looked.
                (ended, Ok(head)) => Ok(Answered::Streamed(head, Pieces { pieces, call: tokio::spawn(async move { ended }) })),
                (ended, Err(_)) => ended.map(Answered::Whole),
            },
        }
    }

    fn given_up<H: Hook>(&self) -> Fault {
        Fault { plugin: self.info.id.to_string(), hook: H::NAME, kind: FaultKind::Stopped }
    }
}
