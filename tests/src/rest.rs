//! A client of the REST API as small as tests need it.

use std::net::SocketAddr;

use reqwest::{
    Client, Method, RequestBuilder, StatusCode,
    header::HeaderMap,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

/// The password of every account that a test makes.
pub const PASSWORD: &str = "correct-Horse-1";

/// Talks to a server, as a user or as nobody. Clones share connections.
#[derive(Clone, Debug)]
pub struct Rest {
    http: Client,
    base: String,
    token: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as JSON; a text where it is none.
    pub body: Value,
}

impl Reply {
    /// The body of a success.
    ///
    /// # Panics
    ///
    /// Where it is none.
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.body);
        self.body
    }

    /// A member of the body as text; empty where it is not there.
    #[must_use]
    pub fn text(&self, member: &str) -> &str {
        self.body.get(member).and_then(Value::as_str).unwrap_or_default()
    }
}

/// A team and a channel of it.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Id of the team.
    pub team_id: String,
    /// Id of the channel.
    pub id: String,
}

fn id(value: &Value) -> String {
    value.get("id").and_then(Value::as_str).expect("an id").to_owned()
}

impl Rest {
    /// A client that is not logged in.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        // An error says that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { http: Client::new(), base: format!("http://{address}"), token: None }
    }

    /// Makes an account and logs in to it. The first account makes itself, all others the admin.
    pub async fn sign_up(&self, name: &str) -> Self {
        let user = json!({"username": name, "email": format!("{name}@example.org"), "password": PASSWORD});
        self.post("/api/v4/users", &user).await.ok();
        self.log_in(name).await
    }

    /// Logs in to an account.
    pub async fn log_in(&self, name: &str) -> Self {
        let reply = self.post("/api/v4/users/login", &json!({"login_id": name, "password": PASSWORD})).await;
        let token = reply.headers.get("Token").and_then(|token| token.to_str().ok()).map(str::to_owned);
        assert!(token.is_some(), "{}: {}", reply.status, reply.body);
        Self { token, ..self.clone() }
    }

    /// Makes a team with a channel, and lets these users in.
    pub async fn new_channel(&self, name: &str, members: &[&Self]) -> Channel {
        let team = json!({"name": format!("{name}-team"), "display_name": name, "type": "O"});
        let team_id = id(&self.post("/api/v4/teams", &team).await.ok());
        let channel = json!({"team_id": team_id, "name": name, "display_name": name, "type": "O"});
        let channel = Channel { id: id(&self.post("/api/v4/channels", &channel).await.ok()), team_id };
        for member in members {
            let user_id = member.my_id().await;
            let path = format!("/api/v4/teams/{}/members", channel.team_id);
            self.post(&path, &json!({"team_id": channel.team_id, "user_id": user_id})).await.ok();
            let path = format!("/api/v4/channels/{}/members", channel.id);
            self.post(&path, &json!({"user_id": user_id})).await.ok();
        }
        channel
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The session's token; empty where nobody is logged in.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Id of the user.
    pub async fn my_id(&self) -> String {
        id(&self.get("/api/v4/users/me").await.ok())
    }

    /// Posts a message.
    pub async fn say(&self, channel: &Channel, message: &str) -> Reply {
        self.post("/api/v4/posts", &json!({"channel_id": channel.id, "message": message})).await
    }

    /// Uploads a plugin.
    pub async fn upload(&self, file_name: &str, bytes: impl Into<Vec<u8>>, force: bool) -> Reply {
        let part = Part::bytes(bytes.into()).file_name(file_name.to_owned());
        let mut form = Form::new().part("plugin", part);
        if force {
            form = form.text("force", "true");
        }
        Self::send(self.request(Method::POST, "/api/v4/plugins").multipart(form)).await
    }

    /// Uploads a plugin and enables it.
    pub async fn install(&self, id: &str, file_name: &str, bytes: impl Into<Vec<u8>>) {
        self.upload(file_name, bytes, false).await.ok();
        self.post(&format!("/api/v4/plugins/{id}/enable"), &json!({})).await.ok();
    }

    /// Sets the settings of a plugin. Those of all others are gone: a patch replaces the map of them.
    pub async fn configure(&self, plugin: &str, settings: Value) {
        let patch = json!({"PluginSettings": {"Plugins": {plugin: settings}}});
        self.put("/api/v4/config/patch", &patch).await.ok();
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        Self::send(self.request(Method::GET, path)).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        Self::send(self.request(Method::POST, path).json(body)).await
    }

    /// `PUT` of JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        Self::send(self.request(Method::PUT, path).json(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        Self::send(self.request(Method::DELETE, path)).await
    }

    /// A request with this client's token, to be completed and sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request.
    pub async fn send(request: RequestBuilder) -> Reply {
        Self::try_send(request).await.expect("the server answers")
    }

    /// Sends a request to a server that may be gone.
    ///
    /// # Errors
    ///
    /// Where it does not answer.
    pub async fn try_send(request: RequestBuilder) -> reqwest::Result<Reply> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Reply { status, headers, body })
    }
}
