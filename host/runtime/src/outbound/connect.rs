//! From a URL to a connection: the one place where rules and addresses are enforced. Nothing
//! else opens a socket for a plugin, so redirects, both doors and whatever comes later pass here.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::Uri;
use hyper_util::{
    client::{
        legacy::connect::{Connected, Connection, proxy::Tunnel},
        proxy::matcher::Intercept,
    },
    rt::TokioIo,
};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::Semaphore,
};
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::{Host, Url};

use super::{
    error::OutboundError,
    network::Network,
    rules::{Grant, Rules, Scheme, Target},
};

/// Time for one address of a host, so that a dead one leaves time for the next.
const ONE_ADDRESS: Duration = Duration::from_secs(5);

/// Most addresses of a host that are tried. All of them are checked.
const ADDRESSES: usize = 8;

/// Look-ups of one plugin at once, those among them whose request has been given up: a look-up may
/// hold a thread, and names whose servers never answer must not hold them all.
const LOOKUPS: usize = 16;

/// Connects for one plugin.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    network: Network,
    rules: Arc<Rules>,
    lookups: Arc<Semaphore>,
}

impl Connector {
    pub(super) fn new(network: Network, rules: Rules) -> Self {
        Self { network, rules: Arc::new(rules), lookups: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = OutboundError;
    type Future = BoxFuture<'static, Result<Self::Response, OutboundError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OutboundError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect(uri).await.map(TokioIo::new) })
    }
}

impl Connector {
    async fn connect(&self, uri: Uri) -> Result<Stream, OutboundError> {
        let target = target(&uri)?;
        let Some(grant) = self.rules.grant(&target) else {
            return Err(OutboundError::HostNotGranted { rule: target.as_rule() });
        };
        if let Some(address) = target.address() {
            check(&target, grant, address)?;
        }
        let stream = match self.network.proxies.intercept(&uri) {
            Some(proxy) => self.through(&proxy, &target, uri).await?,
            None => {
                let addresses = self.addresses(&target, grant).await?;
                Stream::new(tcp(&target, &addresses).await?)
            }
        };
        match target.scheme {
            Scheme::Http => Ok(stream),
            Scheme::Https => self.tls(&target.host, stream).await,
        }
    }

    /// The addresses of the target, each of them allowed: one that is not shows that somebody
    /// plays with the name.
    async fn addresses(&self, target: &Target, grant: Grant) -> Result<Vec<IpAddr>, OutboundError> {
        let Host::Domain(name) = &target.host else {
            return Ok(target.address().into_iter().collect());
        };
        let unresolved = |reason: String| OutboundError::Unresolved { host: target.to_string(), reason };
        let found = self.look_up(name.clone()).await.map_err(|error| unresolved(error.to_string()))?;
        if found.is_empty() {
            return Err(unresolved("the resolver knows none".to_owned()));
        }
        for address in &found {
            check(target, grant, *address)?;
        }
        Ok(found)
    }

    /// In a task of its own, which keeps its place until the resolver is done with it.
    async fn look_up(&self, name: String) -> io::Result<Vec<IpAddr>> {
        let place = Arc::clone(&self.lookups).acquire_owned().await.map_err(io::Error::other)?;
        let resolver = Arc::clone(&self.network.resolver);
        let looking = tokio::spawn(async move {
            let _place = place;
            resolver.resolve(&name).await
        });
        looking.await.map_err(io::Error::other)?
    }

    /// To the target by a proxy: a tunnel for `https`, and the connection itself for `http`.
    async fn through(&self, proxy: &Intercept, target: &Target, uri: Uri) -> Result<Stream, OutboundError> {
        let mut to_proxy = ToProxy { connector: self.clone() };
        if target.scheme == Scheme::Http {
            let stream = to_proxy.call(proxy.uri().clone()).await?.into_inner();
            return Ok(Stream { proxied: true, ..stream });
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let tunnelled = tunnel.call(uri).await;
        tunnelled.map(TokioIo::into_inner).map_err(|error| match OutboundError::of(&error) {
            OutboundError::Interrupted(reason) => {
                OutboundError::Unreachable { host: target.to_string(), reason: format!("by the proxy: {reason}") }
            }
            own => own,
        })
    }

    async fn tls(&self, host: &Host<String>, stream: Stream) -> Result<Stream, OutboundError> {
        let failed = |reason: String| OutboundError::Tls { host: host.to_string(), reason };
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|error| failed(error.to_string()))?,
            Host::Ipv4(v4) => ServerName::from(IpAddr::V4(*v4)),
            Host::Ipv6(v6) => ServerName::from(IpAddr::V6(*v6)),
        };
        let connector = TlsConnector::from(self.network.tls().await?);
        let secured = connector.connect(name, stream).await.map_err(|error| failed(error.to_string()))?;
        Ok(Stream::new(secured))
    }
}

/// Where a URI leads, read as every request's URL is read.
fn target(uri: &Uri) -> Result<Target, OutboundError> {
    let url = Url::parse(&uri.to_string()).ok();
    let target = url.as_ref().and_then(Target::of);
    target.ok_or_else(|| OutboundError::Invalid(format!("`{}` is no host", uri.authority().map_or("", |a| a.as_str()))))
}

fn check(target: &Target, grant: Grant, address: IpAddr) -> Result<(), OutboundError> {
    match grant.refuses(address) {
        None => Ok(()),
        Some(kind) => Err(OutboundError::AddressNotGranted { host: target.to_string(), address, kind }),
    }
}

async fn tcp(target: &Target, addresses: &[IpAddr]) -> Result<TcpStream, OutboundError> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses.iter().take(ADDRESSES) {
        let connecting = TcpStream::connect(SocketAddr::new(*address, target.port));
        match tokio::time::timeout(ONE_ADDRESS, connecting).await {
            Ok(Ok(stream)) => {
                // A request is written at once; waiting for more would only cost time.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => failed = error,
            Err(_) => failed = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(OutboundError::unreachable(&target, &failed))
}

/// Connects to a proxy, which the operator named: it may well be in a private network.
#[derive(Clone, Debug)]
struct ToProxy {
    connector: Connector,
}

impl Service<Uri> for ToProxy {
    type Response = TokioIo<Stream>;
    type Error = OutboundError;
    type Future = BoxFuture<'static, Result<Self::Response, OutboundError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OutboundError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.connector.clone();
        Box::pin(async move {
            // In an error a plugin reads that there is a proxy, and not where.
            let unusable = |reason: String| OutboundError::Unreachable { host: "the proxy".to_owned(), reason };
            let target = Url::parse(&uri.to_string()).ok().as_ref().and_then(Target::of);
            let target = target.ok_or_else(|| unusable("its URL is not of `http` or `https`".to_owned()))?;
            let tcp = TcpStream::connect((target.host.to_string().trim_matches(['[', ']']), target.port)).await;
            let stream = Stream::new(tcp.map_err(|error| unusable(error.kind().to_string()))?);
            match target.scheme {
                Scheme::Http => Ok(TokioIo::new(stream)),
                Scheme::Https => connector.tls(&target.host, stream).await.map(TokioIo::new),
            }
        })
    }
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection, of whatever layers.
pub(super) struct Stream {
    io: Box<dyn Io>,
    /// The other end is a proxy that wants whole URLs.
    proxied: bool,
}

impl Stream {
    fn new(io: impl Io + 'static) -> Self {
        Self { io: Box::new(io), proxied: false }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.proxied)
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
