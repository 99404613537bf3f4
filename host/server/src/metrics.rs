//! `/metrics`: what is counted and measured, in Prometheus' text format.
//!
//! Where `MetricsSettings.ListenAddress` is set, a listener of its own answers it too, and
//! `/plugins/{id}/metrics`, which plugins answer. It asks nobody who they are: its address is to
//! be reached by those only who collect metrics. It is read when the server starts.

use std::{net::SocketAddr, sync::OnceLock, time::Duration};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Server, connections, plugin_routes};

/// How often old samples are folded into their histograms.
const UPKEEP: Duration = Duration::from_secs(5);

/// From a hook's microseconds to a slow request's seconds.
const SECONDS: [f64; 16] = [
    0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.01, 0.05, 0.1, 0.5, 1.0,
    5.0, 30.0,
];

/// The one recorder of the process.
pub(crate) fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let builder = PrometheusBuilder::new();
            let builder = builder
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .unwrap_or_else(|_| PrometheusBuilder::new());
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // A test or an embedder may have installed another: then this one stays empty.
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; /metrics stays empty");
            }
            handle
        })
        .clone()
}

impl Server {
    pub(crate) fn start_metrics(&self) {
        let handle = self.metrics.clone();
        self.core.tasks.every(UPKEEP, move || {
            handle.run_upkeep();
            std::future::ready(())
        });
    }
}

pub(crate) fn routes() -> Router<Server> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(server): State<Server>) -> Response {
    if !server.core.config.flag("MetricsSettings.Enable") {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], server.metrics.render()).into_response()
}

/// `/plugins/{id}/metrics` and below: the plugin sees what comes after that.
async fn plugin_metrics(State(server): State<Server>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Some((id, rest)) = plugin_routes::target(&path) else { return plugin_routes::not_found() };
    let Some(rest) = rest.strip_prefix("/metrics") else { return plugin_routes::not_found() };
    let limit = usize::try_from(server.core.config.number("PluginSettings.Wasmoat.RequestBytes")).unwrap_or(0);
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, limit).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let request = plugin_routes::plugin_request(&parts, rest, body.to_vec());
    match server.core.serve_plugin_metrics(id, request).await {
        Ok(response) => plugin_routes::client_response(response),
        Err(error) => {
            tracing::debug!(plugin_id = id, %error, "a plugin gave no metrics");
            plugin_routes::not_found()
        }
    }
}

impl Server {
    /// Listens for those who collect metrics, where an address is set. An address that cannot be
    /// had is logged: a server without metrics is better than none.
    pub(crate) async fn listen_for_metrics(&self, stop: CancellationToken) -> Option<SocketAddr> {
        let address = self.core.config.text("MetricsSettings.ListenAddress");
        if address.is_empty() || !self.core.config.flag("MetricsSettings.Enable") {
            return None;
        }
        // As in Go, a port alone is on every address.
        let bind = if address.starts_with(':') { format!("0.0.0.0{address}") } else { address.clone() };
        let listener = match TcpListener::bind(bind).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(address, %error, "no metrics listener");
                return None;
            }
        };
        let local = listener.local_addr().ok()?;
        let app = routes()
            .route("/plugins/{id}/metrics", any(plugin_metrics))
            .route("/plugins/{id}/metrics/{*rest}", any(plugin_metrics))
            .with_state(self.clone());
        tokio::spawn(connections::serve(listener, app, self.patience(), stop));
        tracing::info!(address = %local, "metrics");
        Some(local)
    }
}
