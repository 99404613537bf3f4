//! `bridge`: `CallPlugin`, a JSON request to an endpoint of another plugin.

use std::sync::Arc;

use wasmoat_model::{HttpHeader, HttpRequest, HttpResponse};

use super::http::{HEADER_PLUGIN_ID, HEADER_USER_ID, not_allowed};
use crate::{
    CallError, Caller, FaultKind, Platform, Runtime, ServeHTTP, State,
    bindings::bridge::{BridgeError, Host, HttpError},
};

/// Most bytes of a request or a response: as much as Mattermost's bridge carries.
const MAX_BODY_BYTES: usize = 10 << 20;

/// Most bytes of the body of an answer that is not a success.
const MAX_ERROR_BYTES: usize = 64 << 10;

impl<P: Platform> Host for State<P> {
    async fn call_plugin(
        &mut self,
        target_plugin_id: String,
        endpoint: String,
        request: Vec<u8>,
        response_schema: Option<String>,
    ) -> Result<Vec<u8>, BridgeError> {
        let caller = self.caller();
        if !self.plugin.consent.may_call(&target_plugin_id) {
            return Err(BridgeError::Unauthorised(not_allowed(&self.plugin.id, &target_plugin_id)));
        }
        let runtime = self.runtime.upgrade().ok_or(BridgeError::NotInitialised)?;
        let call = BridgeCall { target: target_plugin_id, endpoint, request, response_schema };
        Runtime::from_inner(runtime).call_plugin(&caller, call).await
    }
}

struct BridgeCall {
    target: String,
    endpoint: String,
    request: Vec<u8>,
    response_schema: Option<String>,
}

impl<P: Platform> Runtime<P> {
    async fn call_plugin(&self, caller: &Caller, call: BridgeCall) -> Result<Vec<u8>, BridgeError> {
        let target = call.target.clone();
        let request = Arc::new(rest_request(caller, call)?);
        // The user who started the chain is told to the target; by the host, so it can be trusted.
        let served = self.provide::<ServeHTTP>(&caller.context, &target, |context| (context, request)).await;
        match served {
            Ok((response,)) => answer(&target, response),
            Err(error) => Err(bridge_error(error)),
        }
    }
}

/// The call as the request that the target's `serve-http` sees.
fn rest_request(caller: &Caller, call: BridgeCall) -> Result<HttpRequest, BridgeError> {
    if !call.endpoint.starts_with('/') {
        return Err(BridgeError::InvalidRequest(format!("endpoint `{}` must begin with a slash", call.endpoint)));
    }
    if call.request.len() > MAX_BODY_BYTES {
        return Err(too_large("request", call.request.len()));
    }
    let mut headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("User-Agent", "Mattermost-Plugin-Bridge/1.0".to_owned()),
        ("X-Mattermost-Request-Id", caller.context.request_id().to_owned()),
        (HEADER_PLUGIN_ID, caller.plugin_id.to_string()),
        ("X-Mattermost-Source-Plugin-Id", caller.plugin_id.to_string()),
    ];
    if !caller.context.user_id().is_empty() {
        headers.push((HEADER_USER_ID, caller.context.user_id().to_owned()));
    }
    if let Some(schema) = call.response_schema {
        headers.push(("X-Mattermost-Response-Schema", data_encoding::BASE64.encode(schema.as_bytes())));
    }
    let headers = headers.into_iter().map(|(name, value)| HttpHeader { name: name.to_owned(), value }).collect();
    Ok(HttpRequest {
        method: "POST".to_owned(),
        request_uri: format!("/{}{}", call.target, call.endpoint),
        url: call.endpoint,
        headers,
        body: call.request,
        ..HttpRequest::default()
    })
}

fn answer(target: &str, mut response: HttpResponse) -> Result<Vec<u8>, BridgeError> {
    match response.status {
        200..=299 if response.body.len() > MAX_BODY_BYTES => Err(too_large("response", response.body.len())),
        200..=299 => Ok(response.body),
        403 => Err(BridgeError::Unauthorised(format!("plugin `{target}` refuses the call"))),
        404 => Err(BridgeError::NoEndpoint(format!("plugin `{target}` has no such endpoint"))),
        status => {
            response.body.truncate(MAX_ERROR_BYTES);
            Err(BridgeError::Http(HttpError { status, body: response.body }))
        }
    }
}

fn too_large(what: &str, size: usize) -> BridgeError {
    BridgeError::TooLarge(format!("the {what} has {size} bytes, {MAX_BODY_BYTES} are allowed"))
}

fn bridge_error(error: CallError) -> BridgeError {
    let text = error.to_string();
    match error {
        CallError::NotActive(_) => BridgeError::NotActive(text),
        CallError::NotImplemented { .. } => BridgeError::NoEndpoint(text),
        CallError::Fault(fault) => match fault.kind {
            FaultKind::Deadline { .. } => BridgeError::Timeout(text),
            FaultKind::FuelMinute { .. } => BridgeError::Overloaded(text),
            FaultKind::TooDeep { .. } => BridgeError::TooDeep(text),
            FaultKind::Overloaded { .. } | FaultKind::Reentrant { .. } | FaultKind::NoRoom { .. } => {
                BridgeError::Overloaded(text)
            }
            _ => BridgeError::Fault(text),
        },
    }
}
