//! The server's life: open, listen, drain, close.

use std::{future::Future, io, net::SocketAddr, path::PathBuf, time::Duration};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use wasmoat_core::{Core, OpenError};

use crate::{Server, connections};

/// How long requests in flight may take when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address and port.
    pub listen: SocketAddr,
    /// Folder of the database, the plugins and the files; made when it is missing.
    pub data: PathBuf,
    /// The configuration; `config.json` in the data folder where absent.
    pub config: Option<PathBuf>,
    /// Development: plugin uploads and sign-up are open whatever the configuration says.
    pub development: bool,
}

/// Why a server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The core could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The address could not be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The listener failed.
    #[error("the server ended: {0}")]
    Serve(io::Error),
}

/// Serves until `shutdown` ends; then requests in flight are answered, plugins deactivated and the
/// store closed.
///
/// # Errors
///
/// Where the core cannot be opened or the address cannot be had.
pub async fn serve(options: Options, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
    let running = start(options).await?;
    shutdown.await;
    running.stop().await
}

/// A server that listens.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    core: Core,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Running {
    /// Where it listens: the port that was chosen where 0 was asked for.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for those who collect metrics, if it does.
    #[must_use]
    pub const fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Its services.
    #[must_use]
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// Stops it: requests in flight are answered, plugins deactivated, the store closed.
    ///
    /// # Errors
    ///
    /// Where the listener had failed.
    pub async fn stop(self) -> Result<(), ServeError> {
        self.stop.cancel();
        let abort = self.serving.abort_handle();
        let served = match tokio::time::timeout(DRAIN, self.serving).await {
            Ok(served) => served.map_err(|error| ServeError::Serve(io::Error::other(error))),
            Err(_) => {
                tracing::warn!("requests in flight did not end in time");
                abort.abort();
                Ok(())
            }
        };
        self.core.shutdown().await;
        tracing::info!("stopped");
        served
    }
}

/// Opens the core and listens. Returns when the first request can come.
///
/// # Errors
///
/// Where the core cannot be opened or the address cannot be had.
pub async fn start(options: Options) -> Result<Running, ServeError> {
    // First, so that a second server on the same data folder ends before it touches it.
    let listen = |source| ServeError::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let Options { data, config, development, .. } = options;
    // Before the core: the plugins that it starts take their meters then.
    crate::metrics::recorder();
    let core = Core::open(wasmoat_core::Options { data, config, development }).await?;
    let server = Server::new(core.clone());
    server.start_metrics();
    let stop = CancellationToken::new();
    let metrics_address = server.listen_for_metrics(stop.clone()).await;
    let patience = server.patience();
    let serving = tokio::spawn(connections::serve(listener, server.router(), patience, stop.clone()));
    tracing::info!(%address, development, "listening");
    Ok(Running { address, metrics_address, core, stop, serving })
}
