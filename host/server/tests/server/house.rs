//! A server on a port of its own, with one admin.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use wasmoat_server::{Options, Running, start};

/// A running server and its admin's token.
pub struct House {
    running: Running,
    http: reqwest::Client,
    pub token: String,
    _directory: tempfile::TempDir,
}

impl House {
    pub async fn new() -> Self {
        Self::open(true).await
    }

    pub async fn open(development: bool) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), development).await
    }

    /// A development server with a configuration.
    pub async fn with_config(config: &Value) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("config.json"), config.to_string()).unwrap();
        Self::open_in(directory, true).await
    }

    async fn open_in(directory: tempfile::TempDir, development: bool) -> Self {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: directory.path().to_owned(),
            config: None,
            development,
        };
        let running = start(options).await.unwrap();
        let mut house = Self { running, http: reqwest::Client::new(), token: String::new(), _directory: directory };
        let created = house.anonymous(Method::POST, "/api/v4/users").json(&account("ada")).send().await.unwrap();
        assert_eq!(created.status(), 201);
        house.token = house.login("ada").await;
        house
    }

    pub const fn address(&self) -> std::net::SocketAddr {
        self.running.address()
    }

    pub async fn login(&self, name: &str) -> String {
        let body = json!({ "login_id": name, "password": PASSWORD });
        let answer = self.anonymous(Method::POST, "/api/v4/users/login").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.headers()["token"].to_str().unwrap().to_owned()
    }

    /// Another user's token.
    pub async fn user(&self, name: &str) -> String {
        let created = self.as_admin(Method::POST, "/api/v4/users").json(&account(name)).send().await.unwrap();
        assert_eq!(created.status(), 201);
        self.login(name).await
    }

    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.running.address()))
    }

    pub fn as_admin(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        read(self.as_admin(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn send(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        read(self.as_admin(method, path).json(body).send().await.unwrap()).await
    }

    pub async fn stop(self) {
        self.running.stop().await.unwrap();
    }
}

const PASSWORD: &str = "correct horse";

fn account(name: &str) -> Value {
    json!({ "username": name, "email": format!("{name}@example.org"), "password": PASSWORD })
}

/// Status and body. Every answer of the API says that it is JSON, and nothing more.
pub async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/json");
    (status, answer.json().await.unwrap())
}

/// Status and id of an error.
pub fn refusal(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["id"].as_str().unwrap_or_default())
}
