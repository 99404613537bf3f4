//! Decides what others read and what is written: nobody reads `secret`, and nobody drafts or
//! schedules `forbidden`.

use wasmoat::{
    draft_types::{Draft, ScheduledPost},
    prelude::*,
};

/// The plugin.
#[derive(Debug, Default)]
pub struct Censor;

#[wasmoat::plugin]
impl Plugin for Censor {
    fn messages_will_be_consumed(&self, posts: Vec<Post>) -> Vec<Post> {
        let secret = posts.into_iter().filter(|post| post.message.contains("secret"));
        let mut changed: Vec<Post> =
            secret.map(|post| Post { message: post.message.replace("secret", "***"), ..post }).collect();
        // Nobody is fooled by a post that was not asked about.
        changed.push(Post { id: "made-up".into(), message: "made up".into(), ..Post::default() });
        changed
    }

    fn messages_will_be_consumed_with_context(&self, ctx: PluginContext, posts: Vec<Post>) -> Vec<Post> {
        let starred = posts.into_iter().filter(|post| post.message.contains("***"));
        let reader = if ctx.user_id.is_empty() { "nobody" } else { "somebody" };
        starred.map(|post| Post { message: format!("{} for {reader}", post.message), ..post }).collect()
    }

    fn draft_will_be_upserted(&self, _: PluginContext, draft: Draft) -> DraftWillBeUpsertedVerdict {
        if draft.message.contains("forbidden") {
            return DraftWillBeUpsertedVerdict::Reject("not that word".into());
        }
        let message = draft.message.replace("secret", "***");
        DraftWillBeUpsertedVerdict::Replace(Draft { message, user_id: "me".into(), ..draft })
    }

    fn scheduled_post_will_be_created(
        &self,
        _: PluginContext,
        scheduled_post: ScheduledPost,
    ) -> ScheduledPostWillBeCreatedVerdict {
        if scheduled_post.message.contains("forbidden") {
            return ScheduledPostWillBeCreatedVerdict::Reject("not that word".into());
        }
        let message = scheduled_post.message.replace("secret", "***");
        ScheduledPostWillBeCreatedVerdict::Replace(ScheduledPost {
            message,
            channel_id: "elsewhere".into(),
            ..scheduled_post
        })
    }
}
