//! A post's way into the store.
//!
//! Plugins are asked, then post, counters, files and thread are stored in one transaction, which
//! is committed before anybody hears of it: a post that was answered survives the death of the
//! process. Then clients and plugins are told.

use std::sync::Arc;

use wasmoat_model::{AppError, Channel, Post, ScheduledPost, User, new_id, now_ms};
use wasmoat_runtime::{CallContext, MessageHasBeenPosted, MessageWillBePosted, Source};

use super::{hashtags::parse_hashtags, pending::Claim, store};
use crate::{
    Core,
    notify::Notice,
    rejection::Refused,
    store::{Queries as _, StoreError},
};

/// Props that say who speaks: nobody sets them but the server.
const SERVER_PROPS: [&str; 2] = ["from_plugin", "from_bot"];

fn refused(id: &str, message: &str) -> AppError {
    AppError::new("CreatePost", id, 400, message)
}

/// How a post comes to be.
pub(super) struct Making {
    /// Its id.
    pub id: String,
    /// The scheduled post that it is, by id and time of change: that one is gone when the post is
    /// there.
    pub scheduled: Option<(String, i64)>,
}

impl Default for Making {
    fn default() -> Self {
        Self { id: new_id(), scheduled: None }
    }
}

/// Where a post goes, as far as it is known before it is stored.
pub(super) struct Destination {
    pub making: Making,
    pub channel: Channel,
    pub author: User,
    pub root: Option<Post>,
}

/// A post that is there now.
struct Created {
    /// As it is stored.
    stored: Post,
    /// As clients see it.
    shown: Post,
}

impl Core {
    /// Mattermost's `CreatePostAsUser`: a client posts. Its channels are read up to here.
    ///
    /// # Errors
    ///
    /// As [`Core::create_post`], and 400 for an archived channel.
    pub async fn create_post_as_user(&self, cx: &CallContext, post: Post, set_online: bool) -> Result<Post, AppError> {
        let channel = self.get_channel(&post.channel_id).await?;
        if channel.delete_at > 0 {
            let id = "api.post.create_post.can_not_post_to_deleted.error";
            return Err(refused(id, "The channel is archived: nothing can be posted."));
        }
        if post.is_system_message() {
            let id = "api.context.invalid_body_param.app_error";
            return Err(refused(id, "Types that begin with `system_` are the server's own."));
        }
        if self.is_restricted_direct(&channel).await? {
            let id = "api.post.create_post.can_not_post_in_restricted_dm.error";
            return Err(refused(id, "The people in this conversation share no team: nothing can be posted."));
        }
        let Created { stored: post, shown } = self.store_and_tell(cx, post, Making::default()).await?;
        if set_online {
            self.set_status_online(&post.user_id).await;
        }
        if post.prop("from_webhook").is_none() {
            // That it is read is stored with the post; the author's other clients are told here.
            let times = [(post.channel_id.clone(), post.create_at)].into();
            self.publish_channels_viewed(&post.user_id, &times);
        }
        Ok(shown)
    }

    /// Mattermost's `CreatePost`: stores a post of whoever it says, wherever it says, and tells
    /// clients and plugins. The answer is the post as stored, without metadata.
    ///
    /// # Errors
    ///
    /// 404 for an unknown channel or author; 400 for a bad root, a text that is too long or a
    /// plugin's refusal.
    pub async fn create_post(&self, cx: &CallContext, post: Post) -> Result<Post, AppError> {
        Ok(self.store_and_tell(cx, post, Making::default()).await?.stored)
    }

    /// A scheduled post becomes a post: both happen together or not at all.
    pub(crate) async fn create_scheduled(&self, cx: &CallContext, scheduled: &ScheduledPost) -> Result<Post, AppError> {
        let making = Making { scheduled: Some((scheduled.id.clone(), scheduled.update_at)), ..Making::default() };
        Ok(self.store_and_tell(cx, scheduled.to_post(), making).await?.stored)
    }

    /// A post under an id that was made elsewhere.
    pub(crate) async fn create_post_with_id(&self, cx: &CallContext, post: Post, id: String) -> Result<Post, AppError> {
        Ok(self.store_and_tell(cx, post, Making { id, ..Making::default() }).await?.stored)
    }

    async fn store_and_tell(&self, cx: &CallContext, mut post: Post, making: Making) -> Result<Created, AppError> {
        if !post.id.is_empty() {
            return Err(refused("api.post.create_post.id.app_error", "A new post has no id yet."));
        }
        let claim = match self.pending.claim(&post)? {
            Claim::Stored(id) => {
                let stored = self.get_single_post(&id, true).await?;
                return Ok(Created { shown: self.prepare_post(cx, stored.clone()).await?, stored });
            }
            Claim::First(guard) => guard,
        };
        let destination = self.destination(&post, making).await?;
        mark_origin(&mut post, cx, &destination.author);
        self.fill_in_channel_mentions(&mut post, &destination.channel).await?;
        let post = self.ask_plugins(cx, post).await?;
        let pending_post_id = post.pending_post_id.clone();
        let (post, mentions, followers) = self.store_post(post, &destination).await?;
        claim.stored(&post.id);
        let post = Post { pending_post_id, ..post };
        self.notify_of_post(|| Notice {
            post: post.clone(),
            channel: destination.channel.clone(),
            author: destination.author.clone(),
            mentions: mentions.clone(),
            followers: followers.clone(),
        });
        let shown = match self.prepare_post(cx, post.clone()).await {
            Ok(shown) => {
                self.publish_posted(&shown, &destination, mentions, followers.clone()).await;
                shown
            }
            Err(error) => {
                // It is stored: the author gets it back as it was written, the others when they read.
                tracing::warn!(%error, post_id = post.id, "new post not announced");
                super::metadata::for_client(post.clone(), &[], &[])
            }
        };
        self.publish_thread_updates(cx, &post, &followers).await;
        let told = Arc::new(post.clone());
        self.runtime.observe::<MessageHasBeenPosted>(cx, |ctx| (ctx, told));
        Ok(Created { stored: post, shown })
    }

    async fn destination(&self, post: &Post, making: Making) -> Result<Destination, AppError> {
        let channel = self.get_channel(&post.channel_id).await?;
        let author = self.get_user(&post.user_id).await?;
        if post.root_id.is_empty() {
            return Ok(Destination { making, channel, author, root: None });
        }
        let root = self.get_post(&post.root_id).await.map_err(|_not_found| {
            refused("api.post.create_post.root_id.app_error", "The post that is replied to does not exist.")
        })?;
        if root.channel_id != post.channel_id {
            let id = "api.post.create_post.channel_root_id.app_error";
            return Err(refused(id, "The post that is replied to is in another channel."));
        }
        if !root.root_id.is_empty() {
            let id = "api.post.create_post.root_id.app_error";
            return Err(refused(id, "A reply goes to the root of its thread, not to another reply."));
        }
        Ok(Destination { making, channel, author, root: Some(root) })
    }

    async fn ask_plugins(&self, cx: &CallContext, post: Post) -> Result<Post, AppError> {
        let asked = Post { metadata: String::new(), ..post.clone() };
        let id = "api.post.create_post.rejected_by_plugin.app_error";
        let refused = Refused { at: "CreatePost", id, before: "Post rejected by plugin. " };
        let args = |ctx, post| (ctx, post);
        let answer =
            self.filter_in_channel::<MessageWillBePosted, _, _>(cx, &post.channel_id, asked, args, refused).await?;
        // A plugin decides what is said, not by whom and where: that was checked before.
        Ok(Post {
            id: String::new(),
            user_id: post.user_id,
            channel_id: post.channel_id,
            root_id: post.root_id,
            original_id: String::new(),
            pending_post_id: post.pending_post_id,
            ..answer
        })
    }

    /// Stores the post. Gives it as stored, whom it names, and who follows its thread.
    async fn store_post(&self, mut post: Post, to: &Destination) -> Result<(Post, Vec<String>, Vec<String>), AppError> {
        let chosen = (post.create_at > 0).then_some(post.create_at);
        post.id.clone_from(&to.making.id);
        post.create_at = chosen.unwrap_or_else(now_ms);
        post.update_at = post.create_at;
        (post.edit_at, post.delete_at) = (0, 0);
        post.has_reactions = false;
        post = super::attachments::with_action_ids(post.without_metadata());
        post.hashtags = parse_hashtags(&post.message);
        (post.reply_count, post.last_reply_at) = (0, 0);
        post.is_valid()?;
        let mentions = self.mentioned_users(&post, &to.channel, to.root.as_ref()).await?;
        let mut tx = self.store.write().await?;
        if let Some((id, update_at)) = &to.making.scheduled {
            crate::scheduled_posts::take(&mut tx, id, *update_at).await?;
        }
        if chosen.is_none() {
            // No two posts of a channel at once: their order would be anybody's guess.
            post.create_at = now_ms().max(store::last_post_at(&mut tx, &post.channel_id).await? + 1);
            post.update_at = post.create_at;
        }
        if !post.file_ids.is_empty() {
            store::attach_files(&mut tx, &mut post).await?;
        }
        tx.insert(&post).await?;
        store::count(&mut tx, &post).await?;
        if post.prop("from_webhook").is_none() && !post.is_system_message() {
            store::viewed_by_author(&mut tx, &post).await?;
        }
        store::count_mentions(&mut tx, &post, &mentions).await?;
        let followers = match &to.root {
            Some(root) => super::thread_counts::reply(&mut tx, &post, root, &to.channel, &mentions).await?,
            None => Vec::new(),
        };
        tx.commit().await.map_err(StoreError::from)?;
        Ok((post, mentions, followers))
    }

    /// Names the channels that a message links to, so that clients need not ask.
    async fn fill_in_channel_mentions(&self, post: &mut Post, channel: &Channel) -> Result<(), AppError> {
        let mut props = post.props_map();
        let had = props.remove("channel_mentions").is_some();
        let mut found = serde_json::Map::new();
        if !channel.team_id.is_empty() {
            for name in super::mentions::channel_names(&post.message).into_iter().take(20) {
                let Ok(named) = self.get_channel_by_name(&channel.team_id, &name, false).await else { continue };
                if named.r#type == wasmoat_model::ChannelType::Open {
                    found.insert(name, serde_json::json!({"display_name": named.display_name}));
                }
            }
        }
        if had || !found.is_empty() {
            if !found.is_empty() {
                props.insert("channel_mentions".to_owned(), found.into());
            }
            post.set_props(&props);
        }
        Ok(())
    }
}

fn mark_origin(post: &mut Post, cx: &CallContext, author: &User) {
    let mut props = post.props_map();
    let before = props.clone();
    for prop in SERVER_PROPS {
        props.remove(prop);
    }
    if matches!(cx.source, Source::Plugin(_)) && !post.is_system_message() {
        props.insert("from_plugin".to_owned(), "true".into());
    }
    if author.is_bot {
        props.insert("from_bot".to_owned(), "true".into());
    }
    if props != before {
        post.set_props(&props);
    }
}
