//! Makes a list of calls of the Plugin API in one call of its own, and answers what each of them
//! answered: `{"ok": …}` or `{"error": …}`. What it leaves open it leaves open.

use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat::{
    dynamic::{self, CallError},
    prelude::*,
};

/// The plugin.
#[derive(Debug, Default)]
pub struct Storage;

#[derive(Deserialize)]
struct Call {
    function: String,
    arguments: Value,
}

#[wasmoat::plugin]
impl Plugin for Storage {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let (status, answer) = match serde_json::from_slice::<Vec<Call>>(&request.body) {
            Ok(calls) => (200, calls.into_iter().map(Call::run).collect()),
            Err(error) => (400, Value::String(error.to_string())),
        };
        HttpResponse { status, headers: Vec::new(), body: answer.to_string().into_bytes() }
    }
}

impl Call {
    fn run(self) -> Value {
        match dynamic::call(&self.function, self.arguments) {
            Ok(answer) => json!({"ok": answer}),
            Err(CallError::Failed(error)) => {
                json!({"error": {"id": error.id(), "status": error.status(), "message": error.to_string()}})
            }
            Err(error) => json!({"error": {"id": "", "status": 0, "message": error.to_string()}}),
        }
    }
}
