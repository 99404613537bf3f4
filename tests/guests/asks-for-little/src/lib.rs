//! A plugin in its first version: `/read/{post}` answers a post's text, `/say/{channel}` posts in the
//! name of whoever asks, `/version` answers `version 1`. What is refused is answered with 422.

use wasmoat::{posts, prelude::*};

/// The plugin.
#[derive(Debug, Default)]
pub struct Librarian;

#[wasmoat::plugin]
impl Plugin for Librarian {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let (status, text) = match answer(&request) {
            Ok(text) => (200, text),
            Err(error) => (422, format!("{} {error}", error.id())),
        };
        HttpResponse { status, headers: Vec::new(), body: text.into_bytes() }
    }
}

fn answer(request: &HttpRequest) -> Result<String> {
    match request.url.trim_start_matches('/').split_once('/') {
        Some(("read", id)) => {
            kv::kv_set("last", Some(id.as_bytes()))?;
            Ok(posts::get_post(id)?.message)
        }
        Some(("say", channel)) => {
            let user = user(request);
            let post =
                Post { channel_id: channel.to_owned(), user_id: user, message: "found".into(), ..Post::default() };
            Ok(posts::create_post(&post)?.id)
        }
        _ => Ok("version 1".to_owned()),
    }
}

/// Who asks, as the host says.
fn user(request: &HttpRequest) -> String {
    let header = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("Mattermost-User-Id"));
    header.map(|header| header.value.clone()).unwrap_or_default()
}
