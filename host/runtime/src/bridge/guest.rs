//! `bridge`, `response-stream` and `body-stream`: the doors for plugins.

use std::fmt;

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::{sync::mpsc, task::JoinHandle};
use wasmoat_model::HttpHeader;
use wasmtime::component::Resource;

use super::{
    call::{Account, Door, Passage, check_size},
    stream::{self, BodyStream, Head, Streams},
    target::{Answer, AnswerPieces},
};
use crate::{
    Caller, Platform, Runtime, State,
    bindings::{
        body_stream::{self, BodyError},
        bridge::{BridgeError, Host, HostAnswerStream, HostRequestStream},
        response_stream::{self, StreamError},
    },
};

/// Streams that an instance may hold at once, those that have ended among them.
const MAX_STREAMS: usize = 16;

/// Pieces of a request that wait for the target.
const PIECES: usize = 8;

/// An answer that a plugin reads.
pub struct AnswerStream {
    /// None once the call that opened it has ended.
    pieces: Option<AnswerPieces>,
    rest: Bytes,
}

/// A request that a plugin writes.
pub struct RequestStream {
    /// None once the call that opened it has ended.
    open: Option<Open>,
}

struct Open {
    pieces: mpsc::Sender<Piece>,
    answer: Running,
}

enum Piece {
    Bytes(Bytes),
    /// Without this at the end, a request is cut.
    End,
}

/// A call that ends when nobody waits for it.
struct Running(JoinHandle<Result<AnswerPieces, BridgeError>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AnswerStream").field("is_open", &self.pieces.is_some()).finish_non_exhaustive()
    }
}

impl fmt::Debug for RequestStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RequestStream").field("is_open", &self.open.is_some()).finish_non_exhaustive()
    }
}

/// The streams of one instance: what ends with the call that opened it.
#[derive(Debug, Default)]
pub(crate) struct OpenStreams {
    answers: Vec<u32>,
    requests: Vec<u32>,
}

impl<P> State<P> {
    /// Ends the streams that the call has opened. The guest may still hold them: they are there, and
    /// say that they have ended.
    pub(crate) fn end_streams(&mut self) {
        for rep in &self.streams.answers {
            if let Ok(stream) = self.table.get_mut(&Resource::<AnswerStream>::new_borrow(*rep)) {
                stream.pieces = None;
            }
        }
        for rep in &self.streams.requests {
            if let Ok(stream) = self.table.get_mut(&Resource::<RequestStream>::new_borrow(*rep)) {
                stream.open = None;
            }
        }
    }

    fn check_room(&self) -> Result<(), BridgeError> {
        if self.streams.answers.len() + self.streams.requests.len() < MAX_STREAMS {
            return Ok(());
        }
        Err(BridgeError::Overloaded(format!("an instance may hold {MAX_STREAMS} streams at once; drop some")))
    }

    fn keep_answer(&mut self, pieces: AnswerPieces) -> Result<Resource<AnswerStream>, BridgeError> {
        // A guest may read on after the end.
        let stream = AnswerStream { pieces: Some(Box::pin(pieces.fuse())), rest: Bytes::new() };
        let kept = self.table.push(stream).map_err(|error| BridgeError::Overloaded(error.to_string()))?;
        self.streams.answers.push(kept.rep());
        Ok(kept)
    }
}

fn ended() -> BridgeError {
    BridgeError::InvalidRequest("the stream has ended with the call that opened it".to_owned())
}

impl<P: Platform> State<P> {
    fn bridge_runtime(&self) -> Result<Runtime<P>, BridgeError> {
        Ok(Runtime::from_inner(self.runtime.upgrade().ok_or(BridgeError::NotInitialised)?))
    }

    fn door<'a>(&'a self, name: &'static str, caller: &'a Caller, target: &'a str, endpoint: &'a str) -> Door<'a> {
        let plugin = Some((&caller.plugin_id, &self.plugin.consent));
        Door { name, context: &caller.context, plugin, target, endpoint }
    }
}

impl<P: Platform> Host for State<P> {
    async fn call_plugin(
        &mut self,
        target_plugin_id: String,
        endpoint: String,
        request: Vec<u8>,
        response_schema: Option<String>,
    ) -> Result<Vec<u8>, BridgeError> {
        let caller = self.caller();
        let runtime = self.bridge_runtime()?;
        let door = self.door("call-plugin", &caller, &target_plugin_id, &endpoint);
        runtime.bridge(&self.platform, door, request, response_schema).await
    }

    async fn call_plugin_stream(
        &mut self,
        target_plugin_id: String,
        endpoint: String,
        request: Vec<u8>,
    ) -> Result<Resource<AnswerStream>, BridgeError> {
        let caller = self.caller();
        self.check_room()?;
        let runtime = self.bridge_runtime()?;
        let door = self.door("call-plugin-stream", &caller, &target_plugin_id, &endpoint);
        let (account, passage) = Account::enter(&runtime, &self.platform, &door, request.len())?;
        let pieces = streaming(account, passage, endpoint.clone(), Body::Whole(request)).await?;
        self.keep_answer(pieces)
    }

    async fn open_plugin_call(
        &mut self,
        target_plugin_id: String,
        endpoint: String,
    ) -> Result<Resource<RequestStream>, BridgeError> {
        let caller = self.caller();
        self.check_room()?;
        let runtime = self.bridge_runtime()?;
        let door = self.door("open-plugin-call", &caller, &target_plugin_id, &endpoint);
        let (account, passage) = Account::enter(&runtime, &self.platform, &door, 0)?;
        let (pieces, received) = mpsc::channel(PIECES);
        let call = streaming(account, passage, endpoint.clone(), Body::Pieces(body(received)));
        let open = Open { pieces, answer: Running(tokio::spawn(call)) };
        let kept = self.table.push(RequestStream { open: Some(open) });
        let kept = kept.map_err(|error| BridgeError::Overloaded(error.to_string()))?;
        self.streams.requests.push(kept.rep());
        Ok(kept)
    }
}

/// A request's body.
enum Body {
    Whole(Vec<u8>),
    Pieces(BodyStream),
}

/// What the writer sends, as the target reads it.
fn body(received: mpsc::Receiver<Piece>) -> BodyStream {
    Box::pin(futures::stream::unfold(Some(received), |state| async move {
        let mut received = state?;
        match received.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(received))),
            Some(Piece::End) => None,
            None => Some((Err("the caller gave up".to_owned()), None)),
        }
    }))
}

/// A call whose answer is read piece by piece; the account is closed at its end.
async fn streaming<P: Platform>(
    account: Account<P>,
    mut passage: Passage<P>,
    endpoint: String,
    body: Body,
) -> Result<AnswerPieces, BridgeError> {
    match begin(&mut passage, &endpoint, body).await {
        Ok(pieces) => Ok(Box::pin(accounted(pieces, account, passage))),
        Err(error) => {
            account.close(Some(passage), Some(&error));
            Err(error)
        }
    }
}

async fn begin<P: Platform>(passage: &mut Passage<P>, endpoint: &str, body: Body) -> Result<AnswerPieces, BridgeError> {
    let (request, body) = match body {
        Body::Whole(request) => (request, None),
        // A schema is held against what is whole.
        Body::Pieces(pieces) if passage.plugin.streams().body && !passage.has_request_schema() => {
            (Vec::new(), Some(pieces))
        }
        Body::Pieces(pieces) => (whole(pieces, passage.plugin.info.limits.bridge_bytes).await?, None),
    };
    let request = if body.is_none() { passage.check_request(request).await? } else { request };
    let answer = match passage.open(endpoint, request, body, None).await? {
        Answer::Streamed(pieces) if !passage.has_response_schema() => return Ok(pieces),
        Answer::Streamed(pieces) => passage.whole(pieces).await?,
        Answer::Whole(answer) => answer,
    };
    let answer = passage.check_answer(answer).await?;
    Ok(Box::pin(futures::stream::iter([Ok(Bytes::from(answer))])))
}

async fn whole(mut pieces: BodyStream, limit: u64) -> Result<Vec<u8>, BridgeError> {
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        whole.extend_from_slice(&piece.map_err(BridgeError::InvalidRequest)?);
        check_size("request", whole.len(), limit)?;
    }
    Ok(whole)
}

fn accounted<P: Platform>(
    pieces: AnswerPieces,
    account: Account<P>,
    passage: Passage<P>,
) -> impl Stream<Item = Result<Bytes, BridgeError>> + Send {
    futures::stream::unfold(Some((pieces, account, passage)), |state| async move {
        let (mut pieces, account, passage) = state?;
        match pieces.next().await {
            Some(Ok(piece)) => Some((Ok(piece), Some((pieces, account, passage)))),
            Some(Err(error)) => {
                account.close(Some(passage), Some(&error));
                Some((Err(error), None))
            }
            None => {
                account.close(Some(passage), None);
                None
            }
        }
    })
}

impl<P: Platform> HostAnswerStream for State<P> {
    async fn read(&mut self, stream: Resource<AnswerStream>, most: u32) -> Result<Option<Vec<u8>>, BridgeError> {
        self.count_host_call();
        let Ok(AnswerStream { pieces, rest }) = self.table.get_mut(&stream) else { return Err(ended()) };
        while rest.is_empty() {
            match pieces.as_mut().ok_or_else(ended)?.next().await {
                Some(piece) => *rest = piece?,
                None => return Ok(None),
            }
        }
        Ok(Some(stream::take(rest, most)))
    }

    async fn drop(&mut self, stream: Resource<AnswerStream>) -> wasmtime::Result<()> {
        self.streams.answers.retain(|rep| *rep != stream.rep());
        self.table.delete(stream)?;
        Ok(())
    }
}

impl<P: Platform> HostRequestStream for State<P> {
    async fn write(&mut self, request: Resource<RequestStream>, bytes: Vec<u8>) -> Result<(), BridgeError> {
        self.count_host_call();
        let Ok(RequestStream { open }) = self.table.get_mut(&request) else { return Err(ended()) };
        let mut bytes = Bytes::from(bytes);
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(stream::PIECE_BYTES));
            if open.as_ref().ok_or_else(ended)?.pieces.send(Piece::Bytes(piece)).await.is_err() {
                // The call has ended without the rest of the request: with an error, as a rule.
                let Open { mut answer, .. } = open.take().ok_or_else(ended)?;
                let ended = (&mut answer.0).await.ok().and_then(Result::err);
                return Err(ended.unwrap_or_else(|| BridgeError::Fault("the target reads no more".to_owned())));
            }
        }
        Ok(())
    }

    async fn finish(&mut self, request: Resource<RequestStream>) -> Result<Resource<AnswerStream>, BridgeError> {
        self.count_host_call();
        self.streams.requests.retain(|rep| *rep != request.rep());
        let open = self.table.delete(request).ok().and_then(|request| request.open);
        let Open { pieces, mut answer } = open.ok_or_else(ended)?;
        // Where nobody takes it, the answer says why.
        let _ = pieces.send(Piece::End).await;
        drop(pieces);
        let answered = (&mut answer.0).await;
        let pieces = answered.unwrap_or_else(|error| Err(BridgeError::Fault(error.to_string())))?;
        self.keep_answer(pieces)
    }

    async fn drop(&mut self, request: Resource<RequestStream>) -> wasmtime::Result<()> {
        self.streams.requests.retain(|rep| *rep != request.rep());
        self.table.delete(request)?;
        Ok(())
    }
}

/// What the call was lent.
fn lent(caller: &Caller) -> Option<&Streams> {
    caller.lent.as_ref()?.get()
}

impl<P: Platform> response_stream::Host for State<P> {
    async fn begin(&mut self, status: u16, headers: Vec<HttpHeader>) -> Result<(), StreamError> {
        let caller = self.caller();
        lent(&caller).ok_or(StreamError::NotHere)?.begin(Head { status, headers })
    }

    async fn write(&mut self, bytes: Vec<u8>) -> Result<(), StreamError> {
        let caller = self.caller();
        lent(&caller).ok_or(StreamError::NotHere)?.write(bytes).await
    }
}

impl<P: Platform> body_stream::Host for State<P> {
    async fn read(&mut self, most: u32) -> Result<Option<Vec<u8>>, BodyError> {
        let caller = self.caller();
        lent(&caller).ok_or(BodyError::NotHere)?.read(most).await
    }
}
