//! Passes a request on to the first plugin of its body, with the rest of it: `a,b,c`. The last
//! one looks into the key-value store and answers; the answer names everybody on the way back, or says why
//! it went no further.

use wasmoat::{prelude::*, sandbox};

/// The plugin.
#[derive(Debug, Default)]
pub struct Relay;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Relay {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let answer = pass_on(&String::from_utf8_lossy(&request.body));
        let answer = answer.unwrap_or_else(|error| format!("{error:?}"));
        let body = format!("{}({answer})", sandbox::plugin_id()).into_bytes();
        HttpResponse { status: 200, headers: Vec::new(), body }
    }
}

fn pass_on(route: &str) -> Result<String> {
    let (next, rest) = route.split_once(',').unwrap_or((route, ""));
    if next.is_empty() {
        kv::kv_get("end")?;
        return Ok(String::new());
    }
    let answer = bridge::call_plugin(next, "/", rest.as_bytes(), None)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
