//! Calls what it may not call: `/error` a function that answers an `app-error`, `/variant` one whose
//! errors are a variant, `/none` one that has no error to answer, `/storm` one ten thousand times.

use wasmoat::{posts, prelude::*};

/// The plugin.
#[derive(Debug, Default)]
pub struct Denied;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Denied {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let text = match request.url.as_str() {
            "/error" => match posts::create_post(&Post::default()) {
                Ok(_) => "it went through".to_owned(),
                Err(error) => format!("{error:?}"),
            },
            "/variant" => match bridge::call_plugin("word-filter", "/", b"{}", None) {
                Ok(_) => "it went through".to_owned(),
                Err(error) => format!("{error:?}"),
            },
            "/none" => posts::send_ephemeral_post("u", &Post::default()).message,
            "/storm" => {
                let through = (0..10_000).filter(|_| kv::kv_set("k", Some(b"v")).is_ok()).count();
                format!("{through} went through")
            }
            _ => "alive".to_owned(),
        };
        HttpResponse { status: 200, headers: Vec::new(), body: text.into_bytes() }
    }
}
