//! `/metrics`: what is counted and measured, in Prometheus' text format.

use std::{sync::OnceLock, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::Server;

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
