//! Calls any function of the Plugin API from inside wasm: `POST /call` with the function's name and
//! its arguments. 200 with what it answered, 422 with why it refused, 400 where it was never called.

use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat::{
    Error,
    dynamic::{self, CallError},
    prelude::*,
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
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let (status, answer): (u16, Value) = match serde_json::from_slice::<Request>(&request.body) {
            Ok(Request { before, call }) => {
                let outcomes = before.into_iter().map(Call::run).find(|(status, _)| *status != 200);
                outcomes.unwrap_or_else(|| call.run())
            }
            Err(error) => (400, Value::String(error.to_string())),
        };
        HttpResponse { status, headers: Vec::new(), body: answer.to_string().into_bytes() }
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
