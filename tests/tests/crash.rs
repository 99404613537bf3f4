//! `kill -9` of the real program while people post, and a restart on the same data.
//!
//! Needs `target/debug/wasmoat` (`cargo build -p wasmoat-cli`, which `cargo xtask test` does), or
//! the program that `WASMOAT_BIN` names.
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use wasmoat_tests::{Channel, Rest, guest, plugin, target_folder};

const CLIENTS: usize = 8;

/// The program, running.
struct Program {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts it on a data folder and waits until it answers.
    async fn start(folder: &Path, log: &str) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let log = folder.join(log);
        let file = fs::File::create(&log).unwrap();
        let child = Command::new(program())
            .args(["serve", "--dev", "--listen", &address.to_string(), "--data"])
            .arg(folder.join("data"))
            .env("WASMOAT_LOG", "info")
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut program = Self { child, address, log };
        tokio::time::timeout(Duration::from_secs(60), program.answers()).await.expect("it does not start");
        program
    }

    async fn answers(&mut self) {
        let client = Rest::new(self.address);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status}: {}", self.log());
            }
            let ping = Rest::try_send(client.request(Method::GET, "/api/v4/system/ping")).await;
            if ping.is_ok_and(|reply| reply.status == 200) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// `kill -9`: on Unix, that is what `kill` sends.
    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log()
    }
}

fn program() -> PathBuf {
    let program = env::var_os("WASMOAT_BIN").map_or_else(|| target_folder().join("debug/wasmoat"), PathBuf::from);
    assert!(program.is_file(), "{} is not there; run `cargo build -p wasmoat-cli` first", program.display());
    program
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Posts until the server is gone; answers ids and messages of what it said it had stored.
async fn post_until_it_is_gone(client: Rest, channel: Channel, name: usize) -> Vec<(String, String)> {
    let mut acknowledged = Vec::new();
    loop {
        let message = format!("client {name}, post {}", acknowledged.len());
        let body = json!({"channel_id": channel.id, "message": message});
        let request = client.request(Method::POST, "/api/v4/posts").json(&body);
        let Ok(reply) = Rest::try_send(request).await else {
            return acknowledged;
        };
        assert_eq!(reply.status, 201, "{}", reply.body);
        acknowledged.push((reply.text("id").to_owned(), message));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_every_acknowledged_post_is_there_and_plugins_run_without_being_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let first = Program::start(folder.path(), "first.log").await;
    let admin = Rest::new(first.address).sign_up("ada").await;
    for id in ["word-filter", "poll"] {
        admin.install(id, &format!("{id}.wasm"), plugin(id)).await;
    }
    admin.configure("word-filter", json!({"words": "heck", "action": "block"})).await;
    let channel = admin.new_channel("crash", &[]).await;
    let posting: Vec<_> =
        (0..CLIENTS).map(|name| tokio::spawn(post_until_it_is_gone(admin.clone(), channel.clone(), name))).collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let log = first.kill();
    assert!(log.contains("component compiled"), "the first run compiles: {log}");
    let acknowledged: Vec<_> = join_all(posting).await.into_iter().flat_map(Result::unwrap).collect();
    assert!(acknowledged.len() >= CLIENTS, "{} posts before the end", acknowledged.len());

    let second = Program::start(folder.path(), "second.log").await;
    let admin = Rest::new(second.address).log_in("ada").await;
    for (id, message) in &acknowledged {
        let post = admin.get(&format!("/api/v4/posts/{id}")).await;
        assert_eq!(post.status, 200, "post {id} (`{message}`) is lost: {}", post.body);
        assert_eq!(post.text("message"), message);
    }
    assert_plugins_are_active(&admin).await;
    assert_eq!(admin.say(&channel, "what the heck").await.status, 400, "the filter filters");
    assert_eq!(admin.say(&channel, "hello").await.status, 201);
    assert_plugins_are_metered(&second.address.to_string()).await;
    println!("{} acknowledged posts, all there", acknowledged.len());
    let log = second.kill();
    assert!(!log.contains("component compiled"), "the second run takes code from the cache: {log}");
}

/// Plugins that start with the server take their meters then: they must be there already.
async fn assert_plugins_are_metered(address: &str) {
    let metrics = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
    let counted = metrics.lines().any(|line| {
        line.starts_with("plugin_hook_calls_total{plugin_id=\"word-filter\"")
            && line.contains("hook=\"MessageWillBePosted\",success=\"true\"")
            && !line.ends_with(" 0")
    });
    assert!(counted, "the filter's calls are not counted: {metrics}");
}

/// The server answers before its plugins need to be up; they must come up by themselves.
async fn assert_plugins_are_active(admin: &Rest) {
    let active = async || {
        let plugins = admin.get("/api/v4/plugins").await.ok();
        let active = plugins["active"].as_array().unwrap();
        let mut ids: Vec<_> = active.iter().map(|plugin| plugin["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    for _ in 0..200 {
        if active().await == ["poll", "word-filter"] {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("active are {:?}", active().await);
}

/// Waits until a job of the guest `jobber` has this status.
async fn until(client: &Rest, job: &str, status: &str) -> serde_json::Value {
    let wait = async {
        loop {
            let job = client.get(&format!("/api/v4/plugins/jobber/jobs/{job}")).await.ok();
            if job["status"] == status {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("the job does not get there")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_server_was_killed_is_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = Program::start(folder.path(), "first.log").await;
    let admin = Rest::new(first.address).sign_up("ada").await;
    admin.install("jobber", "jobber.wasm", guest("jobber")).await;
    let job = admin.post("/plugins/jobber/survivor", &json!("precious")).await.ok();
    let job = job.as_str().unwrap();
    until(&admin, job, "running").await;
    first.kill();
    let second = Program::start(folder.path(), "second.log").await;
    let admin = Rest::new(second.address).log_in("ada").await;
    let done = until(&admin, job, "success").await;
    assert_eq!((&done["attempt"], &done["name"]), (&json!(2), &json!("survivor")));
}
