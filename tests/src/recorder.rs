//! Installations of the guest `recorder`, which has every hook: what they were asked, and what
//! they are to answer.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Reply, Rest, guest, renamed};

/// How long a test waits for an observer, which runs off the request's path.
const PATIENCE: Duration = Duration::from_secs(20);

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(15);

/// One installation.
#[derive(Clone, Debug)]
pub struct Recorder {
    /// Id of the plugin.
    pub id: String,
    admin: Rest,
}

/// One call of a hook.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// Who was called.
    pub plugin: String,
    /// Which hook: the function's name in Rust.
    pub hook: String,
    /// When, on a clock that all plugins share.
    pub at: u64,
    /// With what, by name.
    pub arguments: Value,
}

impl Call {
    /// An argument, or a part of one: `text("post/message")`. Empty where it is not there.
    #[must_use]
    pub fn text(&self, path: &str) -> &str {
        self.get(path).as_str().unwrap_or_default()
    }

    /// An argument, or a part of one, as JSON; null where it is not there.
    #[must_use]
    pub fn get(&self, path: &str) -> &Value {
        self.arguments.pointer(&format!("/{path}")).unwrap_or(&Value::Null)
    }
}

impl Recorder {
    /// Installs and enables one under this id.
    pub async fn install(admin: &Rest, id: &str) -> Self {
        let recorder = Self::upload(admin, id).await;
        recorder.enable().await;
        recorder
    }

    /// Installs one under this id.
    pub async fn upload(admin: &Rest, id: &str) -> Self {
        Self::upload_bundle(admin, id, renamed(&guest("recorder"), id)).await
    }

    /// Installs and enables one from a bundle of the test's own.
    pub async fn install_bundle(admin: &Rest, id: &str, bundle: Vec<u8>) -> Self {
        let recorder = Self::upload_bundle(admin, id, bundle).await;
        recorder.enable().await;
        recorder
    }

    async fn upload_bundle(admin: &Rest, id: &str, bundle: Vec<u8>) -> Self {
        admin.upload("recorder.tar.gz", bundle, false).await.ok();
        Self { id: id.to_owned(), admin: admin.clone() }
    }

    /// Enables it. Whether it started is in its status.
    pub async fn enable(&self) {
        self.admin.post(&format!("/api/v4/plugins/{}/enable", self.id), &json!({})).await.ok();
    }

    /// Disables it.
    pub async fn disable(&self) {
        self.admin.post(&format!("/api/v4/plugins/{}/disable", self.id), &json!({})).await.ok();
    }

    /// State and error of its status.
    pub async fn status(&self) -> (i64, String) {
        let statuses = self.admin.get("/api/v4/plugins/statuses").await.ok();
        let mut statuses = statuses.as_array().into_iter().flatten();
        let is_own = |status: &&Value| status.get("plugin_id").and_then(Value::as_str) == Some(&self.id);
        let own = statuses.find(is_own).expect("it is installed");
        let state = own.get("state").and_then(Value::as_i64).unwrap_or(-1);
        (state, own.get("error").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// The address of a path of the plugin.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("/plugins/{}{rest}", self.id)
    }

    async fn control(&self, method: Method, rest: &str, body: &Value) -> Reply {
        let path = self.path(&format!("/-/{rest}"));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let reply = Rest::send(self.admin.request(method.clone(), &path).json(body)).await;
            // After faults in a row it is left alone for a moment; while it restarts it is not there.
            if !matches!(reply.status.as_u16(), 404 | 503) || Instant::now() > deadline {
                return reply;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Calls of a hook so far, in order; of all hooks where it is empty.
    pub async fn calls(&self, hook: &str) -> Vec<Call> {
        let query = if hook.is_empty() { String::new() } else { format!("?hook={}", hook.replace('-', "_")) };
        let calls = self.control(Method::GET, &format!("calls{query}"), &Value::Null).await.ok();
        serde_json::from_value(calls).expect("the recorder answers calls")
    }

    /// The first call of a hook that is meant, as soon as there is one.
    pub async fn wait_for(&self, hook: &str, is_meant: impl Fn(&Call) -> bool) -> Call {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(call) = self.calls(hook).await.into_iter().find(|call| is_meant(call)) {
                return call;
            }
            if Instant::now() > deadline {
                let calls: Vec<_> = self.calls("").await.into_iter().map(|call| call.hook).collect();
                panic!("`{}` was not told `{hook}`, but {calls:?}", self.id);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What a hook does from now on, as the guest's `program.rs` has it: like
    /// `{"then": {"answer": {"reject": "no"}}}`.
    pub async fn program(&self, hook: &str, program: Value) {
        let rest = format!("programs/{}", hook.replace('-', "_"));
        let reply = self.control(Method::PUT, &rest, &program).await;
        assert_eq!(reply.status, 204, "{}", reply.body);
    }

    /// Ends all programs.
    pub async fn end_programs(&self) {
        self.control(Method::DELETE, "programs", &Value::Null).await.ok();
    }

    /// Forgets all calls.
    pub async fn forget(&self) {
        self.control(Method::DELETE, "calls", &Value::Null).await.ok();
    }

    /// Calls the Plugin API as this plugin: 200 with the answer, or 422 with the refusal.
    pub async fn api(&self, function: &str, arguments: Value) -> Reply {
        self.control(Method::POST, &format!("api/{function}"), &arguments).await
    }

    /// Texts of its log, those of the server about it among them.
    pub async fn log(&self) -> Vec<String> {
        let lines = self.admin.get(&format!("/api/v4/plugins/{}/logs?lines=1000", self.id)).await.ok();
        let lines = lines.get("lines").and_then(Value::as_array).into_iter().flatten();
        lines.filter_map(|line| line.get("message")?.as_str().map(str::to_owned)).collect()
    }
}
