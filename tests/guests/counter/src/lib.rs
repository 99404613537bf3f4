//! A good guest. Makes of every message `{setting} {n}`: the setting `name` as this instance read
//! it first, and the number of this instance's calls.

use std::cell::{Cell, OnceCell};

use wasmoat::prelude::*;

/// The plugin.
#[derive(Debug, Default)]
pub struct Counter {
    settings: OnceCell<String>,
    calls: Cell<u64>,
}

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Counter {
    fn message_will_be_posted(&self, _: PluginContext, post: Post) -> MessageWillBePostedVerdict {
        let settings = self.settings.get_or_init(config::load_plugin_configuration);
        self.calls.set(self.calls.get() + 1);
        let message = format!("{settings} {}", self.calls.get());
        MessageWillBePostedVerdict::Replace(Post { message, ..post })
    }
}
