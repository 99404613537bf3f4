//! Requests of plugins to hosts outside the server: one broker behind `http-client` and
//! `wasi:http`.
//!
//! A request's way: a door reads it (`guest`) → [`Requests::begin`] checks and counts it → a task
//! of its own sends it, follows redirects and hands the response over (`exchange`) → `connect`
//! asks the rules, resolves, checks every address, and connects to what was checked.
//!
//! Connections are HTTP/1.1, kept for the next request of the same plugin to the same host, and
//! shared with nobody else. Bodies are passed on as they come: what a server compressed stays
//! compressed, so that a small answer cannot become a large one.

mod address;
mod connect;
mod error;
mod exchange;
mod gate;
mod headers;
mod network;
mod record;
mod redirect;
mod request;
mod resolve;
mod rules;

use std::{fmt, sync::Arc, time::Duration};

use http::HeaderValue;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use tokio::task::JoinSet;
use wasmoat_model::Consent;

use self::{
    connect::Connector,
    gate::Gate,
    record::Ledger,
    request::{Upload, check_method, check_url},
    rules::Rules,
};
pub use self::{
    error::OutboundError,
    network::Network,
    record::OutboundRecord,
    resolve::{Resolve, SystemResolver},
    rules::{HostRule, HostRuleError},
};
pub(crate) use self::{
    exchange::{Exchange, Head, ResponseBody},
    headers::read as read_headers,
    record::Audit,
    redirect::MOST as MOST_REDIRECTS,
    request::{BoxError, OutboundRequest, Payload, read_url},
};
use crate::{Limits, log::GuestLog};

/// The permission of a component that asks hosts outside.
pub(crate) const PERMISSION: &str = "http";

/// How long a connection waits for the next request of the plugin to the same host.
const KEPT: Duration = Duration::from_secs(30);

/// How many of them wait.
const KEPT_PER_HOST: usize = 4;

/// Bytes that are read ahead of a response, its head among them.
const READ_AHEAD: usize = 64 << 10;

/// Most headers of a response.
const RESPONSE_HEADERS: usize = 128;

/// The way out of one plugin, for all its instances.
pub(crate) struct Outbound {
    granted: bool,
    network: Network,
    client: Client<Connector, Upload>,
    gate: Gate,
    ledger: Arc<Ledger>,
    user_agent: HeaderValue,
    head: Duration,
    idle: Duration,
    request_bytes: u64,
    response_bytes: u64,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Outbound").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

impl Outbound {
    pub(crate) fn new(
        network: &Network,
        plugin: &Arc<str>,
        limits: &Limits,
        consent: &Consent,
        log: Arc<GuestLog>,
        audit: Audit,
    ) -> Result<Self, HostRuleError> {
        let rules = Rules::new(&consent.hosts)?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT)
            .pool_max_idle_per_host(KEPT_PER_HOST)
            .http1_max_buf_size(READ_AHEAD)
            .http1_max_headers(RESPONSE_HEADERS)
            .build(Connector::new(network.clone(), rules));
        Ok(Self {
            granted: consent.permissions.contains(PERMISSION),
            network: network.clone(),
            client,
            gate: Gate::new(limits),
            ledger: Arc::new(Ledger::new(plugin, log, audit)),
            user_agent: HeaderValue::try_from(format!("Wasmoat ({plugin})"))
                .unwrap_or_else(|_| HeaderValue::from_static("Wasmoat")),
            head: Duration::from_millis(limits.http_ms),
            idle: Duration::from_millis(limits.http_idle_ms),
            request_bytes: limits.http_request_bytes,
            response_bytes: limits.http_response_bytes,
        })
    }

    fn check(&self, request: &OutboundRequest) -> Result<(), OutboundError> {
        if !self.granted {
            return Err(OutboundError::NotGranted);
        }
        check_method(&request.method)?;
        headers::check(&request.headers)?;
        match &request.body {
            Payload::Whole(bytes) if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > self.request_bytes => {
                Err(OutboundError::RequestTooLarge { limit: self.request_bytes })
            }
            Payload::Whole(_) | Payload::Pieces(..) => Ok(()),
        }
    }
}

/// The requests of one instance in the call that it is in.
#[derive(Debug)]
pub(crate) struct Requests {
    outbound: Arc<Outbound>,
    running: JoinSet<()>,
}

impl Requests {
    pub(crate) fn new(outbound: &Arc<Outbound>) -> Self {
        Self { outbound: Arc::clone(outbound), running: JoinSet::new() }
    }

    /// Begins a request.
    pub(crate) fn begin(&mut self, mut request: OutboundRequest) -> Result<Exchange, OutboundError> {
        // Those that have ended leave their place.
        while self.running.try_join_next().is_some() {}
        request.url = check_url(request.url)?;
        let mut entry = self.outbound.ledger.enter(&request.method, &request.url);
        let entered = self.outbound.check(&request).and_then(|()| self.outbound.gate.enter());
        let permit = entered.inspect_err(|error| entry.failed(error))?;
        let running = &mut self.running;
        let outbound = Arc::clone(&self.outbound);
        Ok(Exchange::begin(outbound, permit, request, entry, |task| running.spawn(task)))
    }

    /// Ends all requests: the call that began them has ended.
    pub(crate) fn end(&mut self) {
        if !self.running.is_empty() {
            self.running = JoinSet::new();
        }
    }
}
