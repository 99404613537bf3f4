//! Speaking to a running server: Mattermost's REST API and Wasmoat's few routes beside it.

mod answer;
mod credentials;
mod plugins;

use std::sync::Arc;
use std::time::Duration;

use reqwest::multipart::Form;
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

pub use credentials::Credentials;

/// Where `wasmoat serve` listens unless it is told otherwise.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8065";

/// How long an ordinary request may take. Uploading and enabling have no such limit: they take
/// as long as the plugin takes to compile.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it may take until the server is reached.
const CONNECT: Duration = Duration::from_secs(10);

/// Which server.
#[derive(Debug, clap::Args)]
pub struct Server {
    /// Address of the server
    #[arg(
        long,
        env = "WASMOAT_SERVER",
        value_name = "URL",
        default_value = DEFAULT_SERVER,
        value_parser = address,
        help_heading = "Server"
    )]
    server: Arc<str>,
}

/// Which server, and as whom.
#[derive(Debug, clap::Args)]
pub struct Remote {
    #[command(flatten)]
    server: Server,

    /// Session or personal access token [default: the one that `wasmoat login` stored]
    #[arg(long, env = "WASMOAT_TOKEN", value_name = "TOKEN", hide_env_values = true, help_heading = "Server")]
    token: Option<String>,
}

/// Accepts an http or https address and writes it without a slash at the end.
fn address(text: &str) -> Result<Arc<str>, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; write it like {DEFAULT_SERVER}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!("not an http or https address; write it like {DEFAULT_SERVER}"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("only scheme, host, port and path belong here, like {DEFAULT_SERVER}"));
    }
    Ok(url.as_str().trim_end_matches('/').into())
}

/// A connection to one server.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    server: Arc<str>,
    token: Option<String>,
}

impl Server {
    /// Connects without a token.
    pub fn connect(&self) -> Result<Client, Failure> {
        Client::new(&self.server, None)
    }

    /// The address.
    pub fn address(&self) -> &str {
        &self.server
    }

    /// Whether what is sent there can be read on the way.
    pub fn is_exposed(&self) -> bool {
        let local = Url::parse(&self.server).ok().is_some_and(|url| match url.host_str() {
            Some("localhost") => true,
            Some(host) => {
                host.trim_matches(['[', ']']).parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
            }
            None => false,
        });
        self.server.starts_with("http:") && !local
    }
}

impl Remote {
    /// Connects with the token that was given, or with the stored one.
    pub fn connect(&self) -> Result<Client, Failure> {
        let token = match &self.token {
            Some(token) => Some(token.clone()),
            None => Credentials::read()?.token(&self.server.server),
        };
        Client::new(&self.server.server, token)
    }
}

impl Client {
    fn new(server: &Arc<str>, token: Option<String>) -> Result<Self, Failure> {
        // An error says that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .user_agent(concat!("wasmoat/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::new(format!("cannot set up https: {error}")))?;
        Ok(Self { http, server: Arc::clone(server), token })
    }

    /// Reads an object.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T, Failure> {
        let request = self.request(Method::GET, path).timeout(PATIENCE).query(query);
        self.decode(self.send(request).await?).await
    }

    /// Reads a text.
    pub async fn get_text(&self, path: &str) -> Result<String, Failure> {
        let response = self.send(self.request(Method::GET, path).timeout(PATIENCE)).await?;
        response.text().await.map_err(|error| answer::unreadable(&self.server, &error))
    }

    /// Sends an object and reads the answer.
    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let request = self.request(Method::PUT, path).json(body);
        self.decode(self.send(request).await?).await
    }

    /// Sends an object and returns the answer with its headers.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Response, Failure> {
        self.send(self.request(Method::POST, path).timeout(PATIENCE).json(body)).await
    }

    /// Asks for something to be done.
    pub async fn tell(&self, method: Method, path: &str) -> Result<(), Failure> {
        self.send(self.request(method, path)).await.map(drop)
    }

    /// Asks for something to be done, and reads what came of it.
    pub async fn ask<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = self.request(Method::POST, path).timeout(PATIENCE);
        self.decode(self.send(request).await?).await
    }

    /// Asks for something to be done that takes as long as a plugin takes to start, and reads what
    /// came of it.
    pub async fn tell_with<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.decode(self.send(self.request(Method::POST, path).json(body)).await?).await
    }

    /// Sends a form and reads the answer.
    pub async fn upload<T: DeserializeOwned>(&self, path: &str, form: Form) -> Result<T, Failure> {
        let request = self.request(Method::POST, path).multipart(form);
        self.decode(self.send(request).await?).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v4/{path}", self.server));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| answer::unreachable(&self.server, &error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(answer::refused(&self.server, response).await)
    }

    async fn decode<T: DeserializeOwned>(&self, response: Response) -> Result<T, Failure> {
        response.json().await.map_err(|error| answer::unreadable(&self.server, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, address};

    #[test]
    fn addresses_are_written_one_way() {
        assert_eq!(&*address("http://127.0.0.1:8065/").unwrap(), "http://127.0.0.1:8065");
        assert_eq!(&*address("https://Chat.Example.org:443/team/").unwrap(), "https://chat.example.org/team");
        for wrong in ["127.0.0.1:8065", "ftp://host", "http://user:secret@host", "http://host/?a=b", "host"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_plain_http_to_another_machine_is_exposed() {
        let exposed = |text: &str| Server { server: address(text).unwrap() }.is_exposed();
        assert!(exposed("http://chat.example.org") && exposed("http://10.0.0.5:8065"));
        assert!(!exposed("https://chat.example.org") && !exposed("http://[::1]:8065"));
        assert!(!exposed("http://localhost:8065") && !exposed("http://127.0.0.1"));
    }
}
