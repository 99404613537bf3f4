//! Connections of clients: each is served until it ends, idles for too long, or takes too long to
//! say what it wants. Who dribbles holds a connection no longer than who says nothing.

use std::{net::SocketAddr, pin::pin, time::Duration};

use axum::{Extension, Router, extract::ConnectInfo, middleware::AddExtension};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

use crate::Server;

/// How long is waited after the system has refused a connection, for want of files or memory.
const REFUSED: Duration = Duration::from_millis(100);

/// Serves every connection until it is told to stop, then those that are in the middle of a request
/// until that is answered. A request begins with its headers, which are there within `patience`, or
/// the connection is closed. Dropped, it closes them all.
pub(crate) async fn serve(listener: TcpListener, app: Router, patience: Duration, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_ended) = connections.join_next() => continue,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, address)) => {
                connections.spawn(connection(http.clone(), stream, service(&app, address), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(REFUSED).await;
            }
        }
    }
    // One that panicked is no reason to leave the others.
    while connections.join_next().await.is_some() {}
}

impl Server {
    /// How long a connection may go on without a request: `ServiceSettings.IdleTimeout`, in seconds.
    pub(crate) fn patience(&self) -> Duration {
        let seconds = self.core.config.number("ServiceSettings.IdleTimeout");
        Duration::from_secs(u64::try_from(seconds).unwrap_or_default().max(1))
    }
}

type Client = AddExtension<Router, ConnectInfo<SocketAddr>>;

/// The application, as it sees one client.
fn service(app: &Router, address: SocketAddr) -> Client {
    Extension(ConnectInfo(address)).layer(app.clone())
}

async fn connection(http: http1::Builder, stream: TcpStream, app: Client, stop: CancellationToken) {
    // Small frames and answers must not wait for each other.
    let _ = stream.set_nodelay(true);
    let served = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)).with_upgrades();
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
