//! What a post costs through REST, with no, one and ten plugins that look at it.
//!
//! Guests come from `cargo xtask guests`; `cargo xtask bench` builds them and writes the summary.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark may stop where it fails"
)]

use std::{path::PathBuf, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use wasmoat_server::{Options, Running};

/// A server with a user, a channel and some filters, and a client that is logged in.
struct Bench {
    running: Running,
    client: reqwest::Client,
    api: String,
    token: String,
    channel_id: String,
    _data: tempfile::TempDir,
}

impl Bench {
    async fn with_filters(filters: usize) -> Self {
        let data = tempfile::tempdir().unwrap();
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            data: data.path().to_owned(),
            config: None,
            development: true,
        };
        // The client can do TLS and wants to know by what; a second time it knows.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = wasmoat_server::start(options).await.unwrap();
        let api = format!("http://{}/api/v4", running.address());
        let mut bench = Self {
            running,
            client: reqwest::Client::new(),
            api,
            token: String::new(),
            channel_id: String::new(),
            _data: data,
        };
        bench.log_in().await;
        for number in 0..filters {
            bench.install(&format!("filter-{number}")).await;
        }
        bench
    }

    async fn log_in(&mut self) {
        let user = json!({"email": "ann@example.org", "username": "ann", "password": "correct horse battery"});
        self.send("users", &user).await;
        let login = json!({"login_id": "ann", "password": "correct horse battery"});
        let answer = self.client.post(format!("{}/users/login", self.api)).json(&login).send().await.unwrap();
        self.token = answer.headers()["token"].to_str().unwrap().to_owned();
        let team = self.send("teams", &json!({"name": "moat", "display_name": "Moat", "type": "O"})).await;
        let channel = json!({"team_id": team["id"], "name": "bench", "display_name": "Bench", "type": "O"});
        self.channel_id = self.send("channels", &channel).await["id"].as_str().unwrap().to_owned();
    }

    async fn send(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}/{path}", self.api)).bearer_auth(&self.token).json(body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// The word filter, under an id of its own.
    async fn install(&self, id: &str) {
        let form = Form::new().part("plugin", Part::bytes(bundle(id)).file_name(format!("{id}.tar.gz")));
        let request = self.client.post(format!("{}/plugins", self.api)).bearer_auth(&self.token).multipart(form);
        assert_eq!(request.send().await.unwrap().status(), 201);
        self.send(&format!("plugins/{id}/enable"), &json!({})).await;
    }

    async fn post(&self) {
        let post = json!({"channel_id": self.channel_id, "message": "The quick brown fox jumps over the lazy dog."});
        self.send("posts", &post).await;
    }
}

/// A bundle of the word filter with another id.
fn bundle(id: &str) -> Vec<u8> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let path = target.join("plugins/word-filter.wasm");
    let component = std::fs::read(&path);
    let component = component.unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests`", path.display()));
    let manifest = json!({"id": id, "name": id, "version": "1.0.0", "server": {"executable": "plugin.wasm"}});
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, bytes) in [("plugin.json", manifest.to_string().as_bytes()), ("plugin.wasm", &component)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn posts(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for (name, filters) in [("post_0_filters", 0), ("post_1_filter", 1), ("post_10_filters", 10)] {
        let bench = tokio.block_on(Bench::with_filters(filters));
        criterion.bench_function(name, |bencher| bencher.to_async(&tokio).iter(|| bench.post()));
        tokio.block_on(bench.running.stop()).unwrap();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).measurement_time(Duration::from_secs(5));
    targets = posts
}
criterion_main!(benches);
