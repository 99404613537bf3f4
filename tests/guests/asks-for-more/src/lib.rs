//! `asks-for-little` in its second version: `/react/{post}` puts a reaction beside what the first
//! version can, `/version` answers `version 2`.

use wasmoat::{posts, prelude::*, reactions};

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
    let user = user(request);
    match request.url.trim_start_matches('/').split_once('/') {
        Some(("read", id)) => {
            kv::kv_set("last", Some(id.as_bytes()))?;
            Ok(posts::get_post(id)?.message)
        }
        Some(("say", channel)) => {
            let post =
                Post { channel_id: channel.to_owned(), user_id: user, message: "found".into(), ..Post::default() };
            Ok(posts::create_post(&post)?.id)
        }
        Some(("react", id)) => {
            let reaction =
                Reaction { post_id: id.to_owned(), user_id: user, emoji_name: "books".into(), ..Reaction::default() };
            Ok(reactions::add_reaction(&reaction)?.emoji_name)
        }
        _ => Ok("version 2".to_owned()),
    }
}

/// Who asks, as the host says.
fn user(request: &HttpRequest) -> String {
    let header = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("Mattermost-User-Id"));
    header.map(|header| header.value.clone()).unwrap_or_default()
}
