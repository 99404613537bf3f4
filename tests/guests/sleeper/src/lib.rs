//! Handles each event slowly: it waits for the key `gate`, then says in a post what it saw.

use wasmoat::{posts, prelude::*};

/// The plugin.
#[derive(Debug, Default)]
pub struct Sleeper;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Sleeper {
    fn message_has_been_posted(&self, _: PluginContext, post: Post) {
        let _ = kv::kv_get("gate");
        let _ = posts::create_post(&post);
    }
}
