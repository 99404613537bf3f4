//! The bridge: plugins and the server call each other, in process.
//!
//! A call goes caller → gate → target and back, with no socket and no serialisation beyond the
//! ABI. [`call`] is the gate and the account, the same for every door; [`target`] the two forms
//! that a target may have; [`endpoints`] and [`schema`] what a target declares;
//! [`stream`] and [`serve`] bodies that are sent as they are made; [`edges`] and
//! [`breaker`] what is counted of callers and holds them back; [`hops`] and [`trace`] the way that
//! a chain has come; [`identity`] what only the host says.

mod breaker;
pub(crate) mod call;
mod edges;
mod endpoints;
mod error;
mod guest;
mod hops;
mod identity;
mod map;
mod schema;
mod serve;
mod stream;
mod target;
mod trace;

use std::{pin::pin, sync::Arc};

use tokio::sync::Semaphore;
use wasmoat_model::BridgeEndpoint;

pub use self::guest::{AnswerStream, RequestStream};
pub use self::{
    breaker::BreakerState,
    endpoints::{EndpointError, MAX_ENDPOINTS, check_endpoints},
    hops::Hops,
    identity::{HEADER_PLUGIN_ID, HEADER_USER_ID, IDENTITY_HEADERS, strip_identity},
    map::{BridgeMap, MapEdge, MapEndpoint, MapPlugin},
    schema::SchemaError,
    serve::{PluginBody, PluginResponse},
    stream::{BodyStream, Head},
    trace::Hop,
};
use self::{
    call::{Account, Door},
    edges::Edges,
    endpoints::Endpoints,
    schema::Schemas,
    trace::Traces,
};
pub(crate) use self::{guest::OpenStreams, stream::StreamImports};
pub use crate::bindings::bridge::BridgeError;
use crate::{CallContext, Limits, Platform, Runtime};

/// What all calls over the bridge share.
#[derive(Debug, Default)]
pub(crate) struct Bridge {
    schemas: Schemas,
    traces: Traces,
}

/// What an active plugin is to the bridge.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) endpoints: Endpoints,
    pub(crate) edges: Edges,
    /// Calls at once, those that wait for an instance among them.
    room: Arc<Semaphore>,
}

impl Served {
    pub(crate) fn new(declared: &[BridgeEndpoint], limits: &Limits) -> Result<Self, EndpointError> {
        let room = usize::try_from(limits.bridge_calls).unwrap_or(Semaphore::MAX_PERMITS);
        Ok(Self { endpoints: Endpoints::new(declared)?, edges: Edges::default(), room: Arc::new(Semaphore::new(room)) })
    }
}

/// A call over the bridge.
#[derive(Clone, Debug, Default)]
pub struct BridgeCall {
    /// Id of the plugin.
    pub target: String,
    /// What of it: `/api/v1/summarize`.
    pub endpoint: String,
    /// JSON.
    pub request: Vec<u8>,
    /// What the answer must look like: JSON Schema, or an example.
    pub response_schema: Option<String>,
}

impl<P: Platform> Runtime<P> {
    /// Mattermost's `CallPluginFromCore`: the server calls a plugin, on behalf of the user of the
    /// context where there is one.
    ///
    /// # Errors
    ///
    /// See [`BridgeError`].
    pub async fn call_plugin_from_core(
        &self,
        platform: &P,
        context: &CallContext,
        call: BridgeCall,
    ) -> Result<Vec<u8>, BridgeError> {
        let (target, endpoint) = (call.target.clone(), call.endpoint.clone());
        let door = Door { name: "core", context, plugin: None, target: &target, endpoint: &endpoint };
        self.bridge(platform, door, call.request, call.response_schema).await
    }

    /// One call, from the gate to the account.
    async fn bridge(
        &self,
        platform: &P,
        door: Door<'_>,
        request: Vec<u8>,
        response_schema: Option<String>,
    ) -> Result<Vec<u8>, BridgeError> {
        let endpoint = door.endpoint;
        let span = tracing::debug_span!(
            "bridge",
            request_id = door.context.request_id(),
            target = door.target,
            endpoint = endpoint
        );
        let (account, mut passage) = Account::enter(self, platform, &door, request.len())?;
        let called = {
            // In its place from the start: what a call is made of is large, and would be moved.
            let called = pin!(async {
                let wanted = match &response_schema {
                    Some(text) => Some(self.wanted(text)?),
                    None => None,
                };
                let request = passage.check_request(request).await?;
                let answer = passage.call(endpoint, request, response_schema).await?;
                let answer = passage.check_answer(answer).await?;
                match wanted {
                    Some(schema) => schema::check(&schema, answer).await.map_err(|text| {
                        BridgeError::SchemaViolation(format!("the answer is not what was asked for {text}"))
                    }),
                    None => Ok(answer),
                }
            });
            tracing::Instrument::instrument(called, span).await
        };
        account.close(Some(passage), called.as_ref().err());
        called
    }

    fn wanted(&self, text: &str) -> Result<Arc<schema::Schema>, BridgeError> {
        let read = self.inner().bridge.schemas.read(text);
        read.map_err(|error| BridgeError::InvalidRequest(format!("the response schema cannot be used: {error}")))
    }
}
