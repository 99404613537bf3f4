//! The two forms of a target: `execute-bridge-call`, directly, or `serve-http`, as a POST with
//! Mattermost's headers. Both answer bytes or the same errors.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use serde_json::json;
use wasmoat_model::{AppError, HttpHeader, HttpRequest, HttpResponse};

use super::{
    call::{Passage, check_size},
    identity::{
        HEADER_PLUGIN_ID, HEADER_REQUEST_ID, HEADER_RESPONSE_SCHEMA, HEADER_SOURCE_PLUGIN_ID, HEADER_USER_ID,
        USER_AGENT,
    },
    stream::{Answered, BodyStream, Head, Pieces},
};
use crate::{
    CallContext, ExecuteBridgeCall, Hook, Platform, ServeHTTP,
    bindings::bridge::{BridgeError, HttpError},
};

/// Most bytes of the body of an answer that is not a success.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// Most characters of it where the error has room for a text only.
const MAX_TEXT: usize = 1_000;

/// An answer over the bridge, whole or as it is made.
pub(super) enum Answer {
    Whole(Vec<u8>),
    Streamed(AnswerPieces),
}

/// Pieces of an answer, or why it is cut.
pub(super) type AnswerPieces = Pin<Box<dyn Stream<Item = Result<Bytes, BridgeError>> + Send>>;

impl<P: Platform> Passage<P> {
    /// Calls the target, in the form that it has, and waits until its answer begins.
    pub(super) async fn open(
        &self,
        endpoint: &str,
        request: Vec<u8>,
        body: Option<BodyStream>,
        response_schema: Option<String>,
    ) -> Result<Answer, BridgeError> {
        let (plugin, cx) = (&self.plugin, Arc::clone(&self.context.plugin_context));
        let (request, body) = plugin.body_of(request, body);
        let id = Arc::clone(&plugin.info.id);
        if plugin.implements(ExecuteBridgeCall::INDEX) {
            let args = (cx, endpoint.to_owned(), request, response_schema);
            let verdict = move |(answer,): (Result<Vec<u8>, AppError>,)| answer.map_err(|error| refused(&id, &error));
            return match plugin.call_streaming::<ExecuteBridgeCall>(&self.context, body, args).await? {
                Answered::Whole(returned) => verdict(returned).map(Answer::Whole),
                Answered::Streamed(head, pieces) => self.streamed(head, pieces, verdict).await,
            };
        }
        if plugin.implements(ServeHTTP::INDEX) {
            let request = Arc::new(rest_request(&self.context, &id, endpoint, request, response_schema));
            return match plugin.call_streaming::<ServeHTTP>(&self.context, body, (cx, request)).await? {
                Answered::Whole((response,)) => answer(&id, response).map(Answer::Whole),
                Answered::Streamed(head, pieces) => self.streamed(head, pieces, |_| Ok(Vec::new())).await,
            };
        }
        Err(BridgeError::NoEndpoint(format!("plugin `{id}` has neither `execute-bridge-call` nor `serve-http`")))
    }

    /// Calls the target and waits for its whole answer.
    pub(super) async fn call(
        &self,
        endpoint: &str,
        request: Vec<u8>,
        response_schema: Option<String>,
    ) -> Result<Vec<u8>, BridgeError> {
        match self.open(endpoint, request, None, response_schema).await? {
            Answer::Whole(answer) => Ok(answer),
            Answer::Streamed(pieces) => self.whole(pieces).await,
        }
    }

    /// Hands a request of `plugin-http` to the target's `serve-http`.
    pub(crate) async fn serve(&mut self, mut request: HttpRequest) -> Result<HttpResponse, BridgeError> {
        let (plugin, cx) = (Arc::clone(&self.plugin), Arc::clone(&self.context.plugin_context));
        if !plugin.implements(ServeHTTP::INDEX) {
            return Err(BridgeError::NoEndpoint(format!("plugin `{}` has no `serve-http`", plugin.info.id)));
        }
        let body = self.check_request(std::mem::take(&mut request.body)).await?;
        let (body, pieces) = plugin.body_of(body, None);
        request.body = body;
        let answered = plugin.call_streaming::<ServeHTTP>(&self.context, pieces, (cx, Arc::new(request))).await?;
        let mut response = match answered {
            Answered::Whole((response,)) => response,
            Answered::Streamed(Head { status, headers }, pieces) => {
                let body = self.whole(Box::pin(until_returned(pieces, |_| Ok(Vec::new())))).await?;
                HttpResponse { status, headers, body }
            }
        };
        if (200..300).contains(&response.status) {
            response.body = self.check_answer(response.body).await?;
        }
        Ok(response)
    }

    /// All pieces of an answer, within the limit of a whole one.
    pub(super) async fn whole(&self, mut pieces: AnswerPieces) -> Result<Vec<u8>, BridgeError> {
        let mut whole = Vec::new();
        while let Some(piece) = pieces.next().await {
            whole.extend_from_slice(&piece?);
            check_size("answer", whole.len(), self.plugin.info.limits.bridge_bytes)?;
        }
        Ok(whole)
    }

    async fn streamed<T: Send + 'static>(
        &self,
        head: Head,
        mut pieces: Pieces<T>,
        verdict: impl FnOnce(T) -> Result<Vec<u8>, BridgeError> + Send + 'static,
    ) -> Result<Answer, BridgeError> {
        if !(200..300).contains(&head.status) {
            let mut body = Vec::new();
            while let Some(piece) = pieces.next().await
                && body.len() < MAX_ERROR_BYTES
            {
                body.extend_from_slice(&piece);
            }
            return Err(status_error(&self.plugin.info.id, head.status, body));
        }
        Ok(Answer::Streamed(Box::pin(until_returned(pieces, verdict))))
    }
}

/// The pieces, and at their end the error that the hook returned, if it did.
fn until_returned<T: Send + 'static>(
    pieces: Pieces<T>,
    verdict: impl FnOnce(T) -> Result<Vec<u8>, BridgeError> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, BridgeError>> + Send {
    futures::stream::unfold(Some((pieces, verdict)), |state| async move {
        let (mut pieces, verdict) = state?;
        if let Some(piece) = pieces.next().await {
            return Some((Ok(piece), Some((pieces, verdict))));
        }
        let error = match pieces.returned().await {
            Ok(returned) => verdict(returned).err()?,
            Err(fault) => fault.into(),
        };
        Some((Err(error), None))
    })
}

/// The call as `serve-http` sees it. Who asks stands in the context, which the gate has made.
pub(super) fn rest_request(
    context: &CallContext,
    target: &str,
    endpoint: &str,
    body: Vec<u8>,
    response_schema: Option<String>,
) -> HttpRequest {
    let source = context.plugin_context.source_plugin_id.as_str();
    let mut headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", USER_AGENT.to_owned()),
        (HEADER_REQUEST_ID, context.request_id().to_owned()),
        (HEADER_PLUGIN_ID, source.to_owned()),
        (HEADER_SOURCE_PLUGIN_ID, source.to_owned()),
    ];
    if !context.user_id().is_empty() {
        headers.push((HEADER_USER_ID, context.user_id().to_owned()));
    }
    if let Some(schema) = response_schema {
        headers.push((HEADER_RESPONSE_SCHEMA, data_encoding::BASE64.encode(schema.as_bytes())));
    }
    HttpRequest {
        method: "POST".to_owned(),
        request_uri: format!("/{target}{endpoint}"),
        url: endpoint.to_owned(),
        headers: headers.into_iter().map(|(name, value)| HttpHeader { name: name.to_owned(), value }).collect(),
        body,
        ..HttpRequest::default()
    }
}

/// What an answer over HTTP is to the caller.
fn answer(target: &str, response: HttpResponse) -> Result<Vec<u8>, BridgeError> {
    match response.status {
        200..=299 => Ok(response.body),
        status => Err(status_error(target, status, response.body)),
    }
}

/// The same for an error of `execute-bridge-call`: its internal detail stays inside.
fn refused(target: &str, error: &AppError) -> BridgeError {
    let status = if (400..600).contains(&error.status()) { error.status() } else { 500 };
    let body = json!({ "id": error.id, "message": error.message, "status_code": status });
    status_error(target, status, body.to_string().into_bytes())
}

pub(super) fn status_error(target: &str, status: u16, mut body: Vec<u8>) -> BridgeError {
    let text = |what: &str| {
        let said: String = String::from_utf8_lossy(&body).trim().chars().take(MAX_TEXT).collect();
        if said.is_empty() { format!("plugin `{target}` {what}") } else { format!("plugin `{target}` {what}: {said}") }
    };
    match status {
        403 => BridgeError::Unauthorised(text("refuses the call")),
        404 => BridgeError::NoEndpoint(text("has no such endpoint")),
        status => {
            body.truncate(MAX_ERROR_BYTES);
            BridgeError::Http(HttpError { status, body })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_have_the_same_errors() {
        let error = |status| AppError::new("X", "x.id", status, "No.").detail("secret");
        assert!(matches!(refused("t", &error(403)), BridgeError::Unauthorised(text) if text.contains("No.")));
        assert!(matches!(refused("t", &error(404)), BridgeError::NoEndpoint(_)));
        let BridgeError::Http(answer) = refused("t", &error(7)) else { panic!("another error") };
        let body = String::from_utf8(answer.body).unwrap();
        assert!(answer.status == 500 && body.contains("x.id") && !body.contains("secret"), "{body}");
        let response = HttpResponse { status: 403, body: b"No.".to_vec(), ..HttpResponse::default() };
        assert!(matches!(super::answer("t", response), Err(BridgeError::Unauthorised(text)) if text.contains("No.")));
    }

    #[test]
    fn a_long_error_is_cut() {
        let BridgeError::Http(answer) = status_error("t", 500, vec![b'x'; 1 << 20]) else { panic!("another error") };
        assert_eq!(answer.body.len(), MAX_ERROR_BYTES);
    }
}
