//! The server's way out: resolver, proxies and trusted authorities, the same for all plugins.

use std::{fmt, sync::Arc};

use hyper_util::client::proxy::matcher::Matcher;
use rustls::{ClientConfig, crypto::ring, pki_types::CertificateDer};
use rustls_platform_verifier::Verifier;
use tokio::sync::OnceCell;

use super::{
    error::OutboundError,
    resolve::{Resolve, SystemResolver},
};

/// How plugins' requests leave the server.
///
/// By default names are resolved by the system, `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and
/// `NO_PROXY` are honoured, and the system's certificate authorities are trusted.
///
/// Where a proxy is used, it resolves the names: that a granted name leads to a public address
/// cannot be checked then, and is the proxy's to refuse. Everything else holds as without one, for
/// addresses in URLs too.
#[derive(Clone)]
pub struct Network {
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) proxies: Arc<Matcher>,
    roots: Vec<CertificateDer<'static>>,
    tls: Arc<OnceCell<Arc<ClientConfig>>>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            resolver: Arc::new(SystemResolver),
            proxies: Arc::new(Matcher::from_env()),
            roots: Vec::new(),
            tls: Arc::default(),
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address may hold a password.
        formatter.debug_struct("Network").finish_non_exhaustive()
    }
}

impl Network {
    /// The same with another resolver.
    #[must_use]
    pub fn with_resolver(self, resolver: impl Resolve) -> Self {
        Self { resolver: Arc::new(resolver), ..self }
    }

    /// The same with these proxies, as the environment would name them: for `http`, for `https`,
    /// and the hosts that are reached without. All empty for no proxy at all.
    #[must_use]
    pub fn with_proxies(self, http: &str, https: &str, no_proxy: &str) -> Self {
        let proxies = Matcher::builder().http(http.to_owned()).https(https.to_owned()).no(no_proxy.to_owned()).build();
        Self { proxies: Arc::new(proxies), ..self }
    }

    /// The same, and this authority (X.509, DER) is trusted beside those of the system.
    #[must_use]
    pub fn with_root(mut self, certificate: Vec<u8>) -> Self {
        self.roots.push(CertificateDer::from(certificate));
        Self { tls: Arc::default(), ..self }
    }

    /// TLS as all requests use it. Reads the system's authorities at the first use.
    pub(super) async fn tls(&self) -> Result<Arc<ClientConfig>, OutboundError> {
        let roots = self.roots.clone();
        let made = self.tls.get_or_try_init(|| async {
            let made = tokio::task::spawn_blocking(move || client_config(roots));
            made.await.map_err(|error| error.to_string())?.map(Arc::new).map_err(|error| error.to_string())
        });
        made.await.cloned().map_err(|reason: String| OutboundError::Tls { host: "every host".to_owned(), reason })
    }
}

fn client_config(roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        // The system's verifier, which is "custom" to rustls.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
