//! One call between plugins, from the gate to the account of it.
//!
//! Every door leads here: `call-plugin` and `plugin-http` of plugins, and the server's own calls.
//! What is refused is refused in one order: what the admin allowed, whether the target is there,
//! what it declared, the size, the way that the call has come, the caller's rate, the breaker, the
//! room. What gets through ends with one account: counters, breaker, trace, log, audit.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use wasmoat_model::{CORE_PLUGIN_ID, Consent, PluginContext};

use super::{
    breaker::Leave,
    edges::{self, Edge, OK},
    endpoints::{self, Endpoint},
    hops::Hops,
    schema,
    trace::{GIVEN_UP, Hop},
};
use crate::{CallContext, MAX_DEPTH, Platform, Runtime, bindings::bridge::BridgeError, plugin::Plugin};

/// Most bytes of an endpoint with its query.
const MAX_ENDPOINT_BYTES: usize = 16 << 10;

/// A caller keeps this part of its time to itself, so that it can say what became of its call.
const KEPT: u32 = 10;
const KEPT_AT_MOST: Duration = Duration::from_millis(500);

/// The door that takes any method and any path: a path says less there, and the same one twice is
/// no cycle.
pub(crate) const PLUGIN_HTTP: &str = "plugin-http";

static CORE: LazyLock<Arc<str>> = LazyLock::new(|| CORE_PLUGIN_ID.into());

/// Who calls what, by which door.
#[derive(Debug)]
pub(crate) struct Door<'a> {
    /// The name of the door, for traces.
    pub(crate) name: &'static str,
    /// What the caller does now.
    pub(crate) context: &'a CallContext,
    /// The plugin that calls, and what it may; none for the server itself.
    pub(crate) plugin: Option<(&'a Arc<str>, &'a Consent)>,
    /// Whom.
    pub(crate) target: &'a str,
    /// What.
    pub(crate) endpoint: &'a str,
}

impl Door<'_> {
    fn source(&self) -> &Arc<str> {
        self.plugin.map_or(&*CORE, |(id, _)| id)
    }
}

/// A call that is let through: its target, and what it holds until it ends.
pub(crate) struct Passage<P: 'static> {
    pub(crate) plugin: Arc<Plugin<P>>,
    /// What the target is called with.
    pub(crate) context: CallContext,
    /// Place of the endpoint among the declared ones.
    endpoint: Option<usize>,
    /// How long it may take, whatever the caller has left.
    time: Duration,
    leave: Option<Leave>,
    _room: OwnedSemaphorePermit,
}

impl<P> std::fmt::Debug for Passage<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Passage").field("context", &self.context).finish_non_exhaustive()
    }
}

impl<P: Platform> Passage<P> {
    fn declared(&self) -> Option<&Endpoint> {
        self.plugin.served.endpoints.at(self.endpoint?)
    }

    pub(super) fn has_request_schema(&self) -> bool {
        self.declared().is_some_and(|endpoint| endpoint.request.is_some())
    }

    pub(super) fn has_response_schema(&self) -> bool {
        self.declared().is_some_and(|endpoint| endpoint.response.is_some())
    }

    /// Holds a request against what the endpoint declares.
    pub(crate) async fn check_request(&self, request: Vec<u8>) -> Result<Vec<u8>, BridgeError> {
        let Some(schema) = self.declared().and_then(|endpoint| endpoint.request.as_ref()) else { return Ok(request) };
        let checked = schema::check(schema, request).await;
        checked.map_err(|violation| BridgeError::SchemaViolation(format!("the request breaks its schema {violation}")))
    }

    /// Holds an answer against the size and what the endpoint declares; a violation is the target's.
    pub(crate) async fn check_answer(&mut self, answer: Vec<u8>) -> Result<Vec<u8>, BridgeError> {
        check_size("answer", answer.len(), self.plugin.info.limits.bridge_bytes)?;
        let Some(schema) = self.declared().and_then(|endpoint| endpoint.response.as_ref()) else { return Ok(answer) };
        let checked = schema::check(schema, answer).await;
        checked.map_err(|violation| {
            self.blame();
            BridgeError::SchemaViolation(format!("the answer breaks its schema {violation}"))
        })
    }

    /// The call went wrong, and the error alone does not say that it was the target's doing.
    fn blame(&mut self) {
        if let Some(leave) = self.leave.take() {
            leave.done(true, Instant::now());
        }
    }
}

/// The account of a call. Dropped before its end, it tells that the caller gave up.
pub(crate) struct Account<P: Platform> {
    runtime: Runtime<P>,
    platform: P,
    /// What will be told of the call.
    hop: Hop,
    hops: Hops,
    edge: Option<Arc<Edge>>,
    /// The target is a plugin: its id is no text of the caller's.
    is_installed: bool,
    started: Instant,
    is_written: bool,
}

impl<P: Platform> std::fmt::Debug for Account<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Account").field("hop", &self.hop).finish_non_exhaustive()
    }
}

impl<P: Platform> Account<P> {
    fn open(runtime: &Runtime<P>, platform: &P, door: &Door<'_>) -> Self {
        let target: Arc<str> = shown(door.target).into();
        let endpoint: Arc<str> = shown(path_of(door.endpoint)).into();
        let hops = door.context.hops.enter(Arc::clone(&target), Arc::clone(&endpoint));
        let begun = Hop::begin(door.context, door.name, Arc::clone(door.source()), target, endpoint);
        let hop = Hop { span: hops.span(), ..begun };
        Self {
            runtime: runtime.clone(),
            platform: platform.clone(),
            hop,
            hops,
            edge: None,
            is_installed: false,
            started: Instant::now(),
            is_written: false,
        }
    }

    /// The gate, and the end of the account where it stays shut.
    pub(crate) fn enter(
        runtime: &Runtime<P>,
        platform: &P,
        door: &Door<'_>,
        bytes: usize,
    ) -> Result<(Self, Passage<P>), BridgeError> {
        let mut account = Self::open(runtime, platform, door);
        match account.pass(door, bytes) {
            Ok(passage) => Ok((account, passage)),
            Err(error) => {
                account.close(None, Some(&error));
                Err(error)
            }
        }
    }

    /// The gate: what the target may be called with, or why it may not.
    fn pass(&mut self, door: &Door<'_>, bytes: usize) -> Result<Passage<P>, BridgeError> {
        let Door { target, endpoint, plugin: caller, .. } = *door;
        check_endpoint(endpoint)
            .map_err(|reason| BridgeError::InvalidRequest(format!("endpoint `{}`: {reason}", shown(endpoint))))?;
        if let Some((id, consent)) = caller
            && !consent.may_call(target)
        {
            return Err(BridgeError::Unauthorised(not_allowed(id, target)));
        }
        let plugin = self.target(target)?;
        self.is_installed = true;
        let declared = find(&plugin, endpoint)?;
        let edge = self.edge_to(door, &plugin, declared);
        if let Some((_, endpoint)) = declared
            && !endpoint.declared.admits(caller.map(|(id, _)| &**id))
        {
            let text = format!("plugin `{target}` admits to `{}` {} only", endpoint.name, callers(endpoint));
            return Err(BridgeError::Unauthorised(text));
        }
        let limits = &plugin.info.limits;
        check_size("request", bytes, limits.bridge_bytes)?;
        self.check_way(door)?;
        if !edge.has_calls_left() {
            let Edge { source, endpoint, per_minute, .. } = &*edge;
            let text = format!("`{source}` calls `{target}{endpoint}` more than {per_minute} times a minute");
            return Err(BridgeError::RateLimited(text));
        }
        let leave = edge.breaker.ask(self.started).map_err(|wait| {
            let text = format!("calls of `{target}{}` went wrong; the next is let through in {wait:?}", edge.endpoint);
            BridgeError::CircuitOpen(text)
        })?;
        let room = Arc::clone(&plugin.served.room).try_acquire_owned().map_err(|_full| {
            let text =
                format!("plugin `{target}` has {} calls to answer (setting `bridge_calls`)", limits.bridge_calls);
            BridgeError::Overloaded(text)
        })?;
        let limit = Duration::from_millis(limits.provide_ms);
        let time = declared.and_then(|(_, endpoint)| endpoint.timeout()).map_or(limit, |timeout| timeout.min(limit));
        let endpoint = declared.map(|(index, _)| index);
        let context = self.context(door, (time < limit).then_some(time));
        Ok(Passage { endpoint, context, time, leave: Some(leave), _room: room, plugin })
    }

    fn edge_to(&mut self, door: &Door<'_>, plugin: &Plugin<P>, declared: Option<(usize, &Endpoint)>) -> Arc<Edge> {
        let place = declared.map(|(_, endpoint)| endpoint).ok_or_else(|| path_of(door.endpoint));
        let per_minute = u32::try_from(plugin.info.limits.bridge_calls_per_minute).unwrap_or(u32::MAX);
        let edge = plugin.served.edges.of(door.source(), &plugin.info.id, place, per_minute);
        Arc::clone(self.edge.insert(edge))
    }

    fn target(&self, target: &str) -> Result<Arc<Plugin<P>>, BridgeError> {
        if let Some(plugin) = self.runtime.inner().registry().get(target) {
            return Ok(Arc::clone(plugin));
        }
        if !self.platform.are_plugins_enabled() {
            return Err(BridgeError::NotInitialised);
        }
        if self.platform.is_installed(target) {
            return Err(BridgeError::NotActive(format!("plugin `{target}` is installed and not active")));
        }
        Err(BridgeError::NotFound(format!("no plugin `{}` is installed", shown(target))))
    }

    /// Refuses what has been here already, and what is too deep.
    fn check_way(&self, door: &Door<'_>) -> Result<(), BridgeError> {
        let Door { context, target, .. } = *door;
        let way = || context.path.enter(target.into());
        if door.name != PLUGIN_HTTP && context.hops.contains(&self.hop.target, &self.hop.endpoint) {
            return Err(BridgeError::Cycle(format!("{} (by {})", way(), self.hops)));
        }
        if context.path.depth() >= MAX_DEPTH {
            return Err(BridgeError::TooDeep(format!("too deep: {} (at most {MAX_DEPTH} plugins in one call)", way())));
        }
        Ok(())
    }

    /// What the target is called with: who asks is said here and nowhere else.
    fn context(&self, door: &Door<'_>, timeout: Option<Duration>) -> CallContext {
        let (context, source) = (door.context, door.source());
        // Who is not told the user is not told what the user may.
        let session = context.session.as_ref().filter(|_| !context.plugin_context.user_id.is_empty());
        let roles = session.map_or("", |session| &session.roles);
        let as_it_is = *context.plugin_context.source_plugin_id == **source && roles.is_empty();
        let plugin_context = if as_it_is {
            Arc::clone(&context.plugin_context)
        } else {
            let extra = if roles.is_empty() { String::new() } else { json!({ "roles": roles }).to_string() };
            Arc::new(PluginContext { source_plugin_id: source.to_string(), extra, ..(*context.plugin_context).clone() })
        };
        let left = context.deadline.map(|deadline| deadline.saturating_duration_since(self.started));
        let left = left.map(|left| left.saturating_sub((left / KEPT).min(KEPT_AT_MOST)));
        let context = CallContext { plugin_context, hops: self.hops.clone(), lent: None, ..context.clone() };
        [left, timeout].into_iter().flatten().fold(context, CallContext::within)
    }

    /// The call has ended.
    pub(crate) fn close(mut self, passage: Option<Passage<P>>, error: Option<&BridgeError>) {
        let now = Instant::now();
        let took = now.duration_since(self.started);
        if let Some(Passage { time, leave: Some(leave), .. }) = passage {
            // An answer that nearly took too long is nearly as bad as none.
            let bad = error.map_or(took > time * 4 / 5, BridgeError::is_the_targets);
            leave.done(bad, now);
        }
        self.write(took, error.map_or(OK, BridgeError::name), &error.map(BridgeError::text).unwrap_or_default());
    }

    fn write(&mut self, took: Duration, status: &'static str, error: &str) {
        self.is_written = true;
        let mut hop = std::mem::take(&mut self.hop);
        match &self.edge {
            Some(edge) => {
                edge.ended(took, status);
                hop.endpoint = Arc::clone(&edge.endpoint);
            }
            None => edges::count_unreached(&hop.source, self.is_installed.then_some(&hop.target), took, status),
        }
        let hop = hop.ended(took, status, error);
        self.platform.bridged(&hop);
        self.runtime.note(hop);
    }
}

impl<P: Platform> Drop for Account<P> {
    fn drop(&mut self) {
        if !self.is_written {
            self.write(self.started.elapsed(), GIVEN_UP, "the caller did not wait for the answer");
        }
    }
}

/// The endpoint that a target declares; none where it declares nothing at all.
fn find<'p, P: Platform>(plugin: &'p Plugin<P>, endpoint: &str) -> Result<Option<(usize, &'p Endpoint)>, BridgeError> {
    let endpoints = &plugin.served.endpoints;
    if endpoints.is_empty() {
        return Ok(None);
    }
    let path = path_of(endpoint);
    let none = || format!("plugin `{}` declares no endpoint `{}`", plugin.info.id, shown(path));
    endpoints.find(path).map(Some).ok_or_else(|| BridgeError::NoEndpoint(none()))
}

impl<P: Platform> Runtime<P> {
    /// Notes a hop of a trace: for the log, and for whoever asks for the last ones.
    pub fn note(&self, hop: Hop) {
        tracing::debug!(
            request_id = hop.request_id,
            span = hop.span,
            parent = hop.parent,
            door = hop.door,
            source = &*hop.source,
            target = &*hop.target,
            endpoint = &*hop.endpoint,
            took_us = hop.took_us,
            status = hop.status,
            error = hop.error,
            "hop"
        );
        self.inner().bridge.traces.push(hop);
    }

    /// The hops of a request, or the newest of all, in the order in which they began.
    #[must_use]
    pub fn hops(&self, request_id: Option<&str>, most: usize) -> Vec<Hop> {
        self.inner().bridge.traces.list(request_id, most)
    }
}

/// An endpoint without its query.
pub(super) fn path_of(endpoint: &str) -> &str {
    endpoint.split_once('?').map_or(endpoint, |(path, _)| path)
}

fn check_endpoint(endpoint: &str) -> Result<(), String> {
    endpoints::check_path(path_of(endpoint))?;
    if endpoint.len() > MAX_ENDPOINT_BYTES || endpoint.chars().any(char::is_control) {
        return Err(format!(
            "with its query it must have no control characters and at most {MAX_ENDPOINT_BYTES} bytes"
        ));
    }
    Ok(())
}

/// Most characters of a caller's text in errors and traces: as many as an endpoint has.
const MAX_SHOWN: usize = 1_024;

/// A caller's text as errors and traces show it.
fn shown(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_?=&".contains(&byte);
    if text.len() <= MAX_SHOWN && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect()
}

/// Why a plugin does not reach another one.
pub(crate) fn not_allowed(caller: &str, target: &str) -> String {
    format!("plugin `{caller}` was not allowed to call plugin `{}` (manifest: `wasmoat.plugins`)", shown(target))
}

fn callers(endpoint: &Endpoint) -> String {
    let callers: Vec<String> = endpoint.declared.callers.iter().map(|caller| format!("`{caller}`")).collect();
    callers.join(", ")
}

pub(super) fn check_size(what: &str, bytes: usize, limit: u64) -> Result<(), BridgeError> {
    if u64::try_from(bytes).is_ok_and(|bytes| bytes <= limit) {
        return Ok(());
    }
    Err(BridgeError::TooLarge(format!("the {what} has {bytes} bytes, {limit} are allowed (setting `bridge_bytes`)")))
}
