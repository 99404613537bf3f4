//! Calls another plugin as the body of its request says, and answers what came of it: the answer,
//! or the kind of the error, found by matching on its type.

use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat::{
    bridge::{self, BridgeError},
    http::plugin_http,
    kv,
    prelude::*,
};

/// The plugin.
#[derive(Debug, Default)]
pub struct BridgeCaller;

#[derive(Deserialize)]
#[serde(default)]
struct Call {
    target: String,
    endpoint: String,
    request: String,
    schema: Option<String>,
    /// `call`, `stream`, `drop` after one piece, `leak` without a drop, `open`, `give-up`, `http`.
    by: String,
    /// Headers of `http`.
    headers: Vec<(String, String)>,
    method: String,
}

impl Default for Call {
    fn default() -> Self {
        let text = String::new;
        Self {
            target: text(),
            endpoint: text(),
            request: text(),
            schema: None,
            by: "call".into(),
            headers: Vec::new(),
            method: "POST".into(),
        }
    }
}

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for BridgeCaller {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let told = match serde_json::from_slice(&request.body) {
            Ok(call) => make(&call).unwrap_or_else(|error| refused(&error)),
            Err(error) => json!({ "kind": "the test's", "text": error.to_string() }),
        };
        HttpResponse { status: 200, headers: Vec::new(), body: told.to_string().into_bytes() }
    }
}

fn make(call: &Call) -> Result<Value> {
    let request = call.request.as_bytes();
    match call.by.as_str() {
        "call" => Ok(text(&bridge::call_plugin(&call.target, &call.endpoint, request, call.schema.as_deref())?)),
        "stream" => pieces(stream(call)?),
        "drop" => {
            let mut answer = stream(call)?;
            let first = answer.read(65_536)?.unwrap_or_default();
            drop(answer);
            // As long as the caller lives, only the drop can have ended the call.
            kv::kv_get("gate")?;
            Ok(text(&first))
        }
        "leak" => {
            let mut answer = stream(call)?;
            let first = answer.read(65_536)?.unwrap_or_default();
            std::mem::forget(answer);
            Ok(text(&first))
        }
        "slow" => {
            let mut answer = stream(call)?;
            kv::kv_get("gate")?;
            let mut bytes = 0;
            while let Some(piece) = answer.read(65_536)? {
                bytes += piece.len();
            }
            Ok(json!({ "ok": bytes.to_string() }))
        }
        "open" | "give-up" => {
            let mut open = bridge::open(&call.target, &call.endpoint)?;
            for word in call.request.split(' ') {
                open.write(word.as_bytes())?;
            }
            if call.by == "give-up" {
                drop(open);
                return Ok(json!({ "ok": "gave up" }));
            }
            pieces(open.finish()?)
        }
        _ => http(call),
    }
}

fn stream(call: &Call) -> Result<bridge::Answer> {
    let request: Value = serde_json::from_str(&call.request).map_err(|error| Error::from(error.to_string()))?;
    bridge::call_stream(&call.target, &call.endpoint, &request)
}

fn pieces(answer: bridge::Answer) -> Result<Value> {
    let pieces: Vec<Vec<u8>> = answer.collect::<Result<_>>()?;
    Ok(json!({ "ok": String::from_utf8_lossy(&pieces.concat()), "pieces": pieces.len() }))
}

fn http(call: &Call) -> Result<Value> {
    let headers = call.headers.iter().map(|(name, value)| HttpHeader { name: name.clone(), value: value.clone() });
    let response = plugin_http(&HttpRequest {
        method: call.method.clone(),
        url: format!("/{}{}", call.target, call.endpoint),
        headers: headers.collect(),
        body: call.request.clone().into_bytes(),
        ..HttpRequest::default()
    })?;
    Ok(json!({ "ok": String::from_utf8_lossy(&response.body), "status": response.status }))
}

fn text(bytes: &[u8]) -> Value {
    json!({ "ok": String::from_utf8_lossy(bytes) })
}

fn refused(error: &Error) -> Value {
    let Error::Bridge(bridge) = error else {
        return json!({ "kind": "another", "id": error.id(), "text": error.to_string(), "status": error.status() });
    };
    let (kind, text) = match &**bridge {
        BridgeError::InvalidRequest(text) => ("invalid-request", text.clone()),
        BridgeError::NotInitialised => ("not-initialised", String::new()),
        BridgeError::NotFound(text) => ("not-found", text.clone()),
        BridgeError::NotActive(text) => ("not-active", text.clone()),
        BridgeError::NoEndpoint(text) => ("no-endpoint", text.clone()),
        BridgeError::Unauthorised(text) => ("unauthorised", text.clone()),
        BridgeError::Http(answer) => ("http", format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))),
        BridgeError::SchemaViolation(text) => ("schema-violation", text.clone()),
        BridgeError::Timeout(text) => ("timeout", text.clone()),
        BridgeError::TooLarge(text) => ("too-large", text.clone()),
        BridgeError::Overloaded(text) => ("overloaded", text.clone()),
        BridgeError::TooDeep(text) => ("too-deep", text.clone()),
        BridgeError::CircuitOpen(text) => ("circuit-open", text.clone()),
        BridgeError::Fault(text) => ("fault", text.clone()),
        BridgeError::Cycle(text) => ("cycle", text.clone()),
        BridgeError::RateLimited(text) => ("rate-limited", text.clone()),
    };
    json!({ "kind": kind, "text": text, "status": error.status() })
}
