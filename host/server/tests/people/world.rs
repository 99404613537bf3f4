//! A server, its first admin, and clients.

use serde_json::{Value, json};
use wasmoat_server::{Options, Running};

pub const PASSWORD: &str = "correct-horse";

pub struct World {
    running: Running,
    _data: tempfile::TempDir,
}

/// Somebody with a token, or without one.
pub struct Client {
    http: reqwest::Client,
    base: String,
    pub token: String,
    pub id: String,
}

/// Status and body of an answer.
pub type Reply = (u16, Value);

impl World {
    /// A new server and its first account, an admin.
    pub async fn new() -> (Self, Client) {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let options = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data: data.path().to_owned(),
            config: None,
            development: false,
        };
        let world = Self { running: wasmoat_server::start(options).await.unwrap(), _data: data };
        let created = world.stranger().post("users", account("ada")).await;
        assert_eq!(created.0, 201, "{}", created.1);
        let admin = world.log_in("ada").await;
        (world, admin)
    }

    /// Nobody in particular.
    pub fn stranger(&self) -> Client {
        Client {
            http: reqwest::Client::new(),
            base: format!("http://{}/api/v4/", self.running.address()),
            token: String::new(),
            id: String::new(),
        }
    }

    /// An ordinary account, made by an admin and logged in.
    pub async fn user(&self, admin: &Client, name: &str) -> Client {
        let (status, body) = admin.post("users", account(name)).await;
        assert_eq!(status, 201, "{body}");
        self.log_in(name).await
    }

    pub async fn log_in(&self, name: &str) -> Client {
        let mut client = self.stranger();
        let response = client
            .send("POST", "users/login", Some(json!({"login_id": name, "password": PASSWORD, "token": null})))
            .await;
        assert_eq!(response.status(), 200);
        client.token = response.headers()["token"].to_str().unwrap().to_owned();
        client.id = response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
        client
    }
}

pub fn account(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.org"), "password": PASSWORD})
}

impl Client {
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> reqwest::Response {
        let mut request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.base))
    }

    async fn reply(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let response = self.send(method, path, body).await;
        let status = response.status().as_u16();
        assert_eq!(response.headers()["content-type"], "application/json", "{method} {path}");
        (status, response.json().await.unwrap())
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.reply("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.reply("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.reply("PUT", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.reply("DELETE", path, None).await
    }
}

/// Status and id of a refusal.
pub fn refusal(reply: &Reply) -> (u16, &str) {
    let (status, body) = reply;
    assert_eq!(body["status_code"], *status, "{body}");
    assert_eq!(body["request_id"].as_str().unwrap().len(), 26);
    assert!(!body["message"].as_str().unwrap().is_empty());
    (*status, body["id"].as_str().unwrap())
}

/// Fields of the records of a list.
pub fn names<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|record| record[field].as_str().unwrap()).collect()
}
