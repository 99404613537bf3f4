//! Blocks, masks or warns about words that are not welcome.

mod settings;
mod words;

use std::cell::OnceCell;

use settings::{Action, Settings};
use wasmoat::{posts, prelude::*};

/// The plugin. A change of its configuration retires its instances, so that each reads the
/// settings once.
#[derive(Debug, Default)]
pub struct WordFilter {
    settings: OnceCell<Settings>,
}

#[wasmoat::plugin]
impl Plugin for WordFilter {
    fn message_will_be_posted(&self, _ctx: PluginContext, post: Post) -> MessageWillBePostedVerdict {
        match self.judge(&post) {
            Verdict::Keep => MessageWillBePostedVerdict::Keep,
            Verdict::Mask(message) => MessageWillBePostedVerdict::Replace(Post { message, ..post }),
            Verdict::Reject(reason) => MessageWillBePostedVerdict::Reject(reason),
        }
    }

    fn message_will_be_updated(
        &self,
        _ctx: PluginContext,
        new_post: Post,
        _old_post: Post,
    ) -> MessageWillBeUpdatedVerdict {
        match self.judge(&new_post) {
            Verdict::Keep => MessageWillBeUpdatedVerdict::Keep,
            Verdict::Mask(message) => MessageWillBeUpdatedVerdict::Replace(Post { message, ..new_post }),
            Verdict::Reject(reason) => MessageWillBeUpdatedVerdict::Reject(reason),
        }
    }
}

/// What becomes of a new or an edited post.
enum Verdict {
    Keep,
    /// The message gives way to this one.
    Mask(String),
    Reject(String),
}

impl WordFilter {
    fn judge(&self, post: &Post) -> Verdict {
        // Joining a channel named like a word is no offence.
        if post.type_.starts_with("system_") {
            return Verdict::Keep;
        }
        let settings = self.settings.get_or_init(Settings::load);
        let Some(found) = settings.words.matches(&post.message).next() else {
            return Verdict::Keep;
        };
        match settings.action {
            Action::Block => {
                Verdict::Reject(format!("Your message contains a word that is not allowed here: \"{}\"", found.text))
            }
            Action::Mask => settings.words.mask(&post.message).map_or(Verdict::Keep, Verdict::Mask),
            Action::Warn => {
                warn(post, found.text);
                Verdict::Keep
            }
        }
    }
}

/// Tells the author, and nobody else.
fn warn(post: &Post, word: &str) {
    posts::send_ephemeral_post(
        &post.user_id,
        &Post {
            channel_id: post.channel_id.clone(),
            root_id: post.root_id.clone(),
            message: format!("Please mind your words: \"{word}\" is not welcome here."),
            ..Post::default()
        },
    );
}

#[cfg(test)]
mod tests;
