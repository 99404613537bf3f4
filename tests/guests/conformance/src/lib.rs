//! Calls any function of the Plugin API from inside wasm: `POST /call` with the function's name and
//! its arguments. 200 with what it answered, 422 with why it refused, 400 where it was never called.
//! `/panic` is a request that it does not survive.
//!
//! Some functions need a plugin behind them: its jobs run (`wait` until it is cancelled), and as a
//! remote of shared channels it notes the posts it is sent.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat::{
    Error,
    dynamic::{self, CallError},
    jobs::{self, Job},
    prelude::*,
    shared_channel_types::{RemoteCluster, SyncMsg, SyncResponse},
    time,
};

/// The plugin.
#[derive(Debug, Default)]
pub struct Conformance;

#[derive(Deserialize)]
struct Request {
    /// Calls to be made before, in the same call of the hook; what they answer is not told.
    #[serde(default)]
    before: Vec<Call>,
    #[serde(flatten)]
    call: Call,
}

#[derive(Deserialize)]
struct Call {
    function: String,
    arguments: Value,
}

#[wasmoat::plugin]
impl Plugin for Conformance {
    #[expect(clippy::panic, reason = "a request may ask for it")]
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        if request.url == "/panic" {
            panic!("the request said so");
        }
        let (status, answer): (u16, Value) = match serde_json::from_slice::<Request>(&request.body) {
            Ok(Request { before, call }) => {
                let outcomes = before.into_iter().map(Call::run).find(|(status, _)| *status != 200);
                outcomes.unwrap_or_else(|| call.run())
            }
            Err(error) => (400, Value::String(error.to_string())),
        };
        HttpResponse { status, headers: Vec::new(), body: answer.to_string().into_bytes() }
    }

    fn run_job(&self, _: PluginContext, job: Job) -> Result<()> {
        while job.name == "wait" && !jobs::is_job_cancelled(&job.id)? {
            time::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn on_shared_channels_ping(&self, _: RemoteCluster) -> bool {
        true
    }

    fn on_shared_channels_sync_msg(&self, msg: SyncMsg, rc: RemoteCluster) -> Result<SyncResponse> {
        for post in &msg.posts {
            kv::set_json(&format!("sent {} {}", rc.remote_id, post.id), &post.message)?;
        }
        Ok(SyncResponse::default())
    }
}

impl Call {
    fn run(self) -> (u16, Value) {
        match dynamic::call(&self.function, self.arguments) {
            Ok(answer) => (200, answer),
            Err(CallError::Failed(error)) => (422, refusal(&error)),
            Err(error) => (400, Value::String(format!("{}: {error}", self.function))),
        }
    }
}

fn refusal(error: &Error) -> Value {
    json!({
        "id": error.id(),
        "status": error.status(),
        "message": error.to_string(),
        "kind": match error { Error::Bridge(error) => json!(error), _ => Value::Null },
    })
}
