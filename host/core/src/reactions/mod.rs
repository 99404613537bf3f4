//! Emoji on posts.

mod api;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use wasmoat_model::{AppError, Post, Reaction, now_ms};
use wasmoat_runtime::{CallContext, ReactionHasBeenAdded, ReactionHasBeenRemoved};

use crate::{
    Core,
    posts::store::CHUNK,
    store::{Column as _, Queries as _, StoreError, args, placeholders, record},
    websocket::Event,
};

record!(Reaction, "reactions", key [post_id, user_id, emoji_name], [create_at, update_at, delete_at, remote_id, channel_id]);

impl Core {
    /// Mattermost's `SaveReactionForPost`: adds a reaction; the same again is no error.
    ///
    /// # Errors
    ///
    /// 400 for a bad name, or more different emoji than a post may have; 403 in an archived
    /// channel; 404 for an unknown post or emoji.
    pub async fn save_reaction_for_post(&self, cx: &CallContext, reaction: Reaction) -> Result<Reaction, AppError> {
        let at = "SaveReactionForPost";
        let post = self.get_post(&reaction.post_id).await?;
        self.check_reactions_allowed(at, &post).await?;
        if post.r#type == "burn_on_read" && post.user_id != reaction.user_id {
            let id = "api.reaction.save.burn_on_read.app_error";
            return Err(AppError::new(at, id, 403, "Nobody reacts to what nobody has read."));
        }
        let now = now_ms();
        let reaction = Reaction {
            create_at: if reaction.create_at > 0 { reaction.create_at } else { now },
            update_at: now,
            delete_at: 0,
            channel_id: post.channel_id.clone(),
            ..reaction
        };
        reaction.is_valid()?;
        self.check_emoji_exists(&reaction.emoji_name).await?;
        self.check_reaction_limit(at, &reaction).await?;
        let mut tx = self.store.write().await?;
        tx.upsert(&reaction).await?;
        tx.run(
            "UPDATE posts SET has_reactions = 1, update_at = $2 WHERE id = $1",
            args![post.id, now.max(post.update_at + 1)],
        )
        .await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.publish(Event::new("reaction_added").json("reaction", &reaction).to_channel(&post.channel_id));
        let told = Arc::new(reaction.clone());
        self.runtime.observe::<ReactionHasBeenAdded>(cx, |ctx| (ctx, told));
        Ok(reaction)
    }

    /// Mattermost's `DeleteReactionForPost`: removes a reaction; a missing one is no error.
    ///
    /// # Errors
    ///
    /// 403 in an archived channel; 404 for an unknown post.
    pub async fn delete_reaction_for_post(&self, cx: &CallContext, reaction: &Reaction) -> Result<(), AppError> {
        let at = "DeleteReactionForPost";
        let post = self.get_post(&reaction.post_id).await?;
        self.check_reactions_allowed(at, &post).await?;
        let now = now_ms();
        let mut tx = self.store.write().await?;
        let sql = "UPDATE reactions SET delete_at = $4, update_at = $4
            WHERE post_id = $1 AND user_id = $2 AND emoji_name = $3 AND delete_at = 0";
        let removed = tx.run(sql, args![post.id, reaction.user_id, reaction.emoji_name, now]).await?;
        let sql = "UPDATE posts SET update_at = $2, has_reactions =
                CASE WHEN EXISTS (SELECT 1 FROM reactions WHERE post_id = $1 AND delete_at = 0) THEN 1 ELSE 0 END WHERE id = $1";
        tx.run(sql, args![post.id, now.max(post.update_at + 1)]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        if removed == 0 {
            return Ok(());
        }
        let gone = Reaction { channel_id: post.channel_id.clone(), delete_at: now, update_at: now, ..reaction.clone() };
        self.publish(Event::new("reaction_removed").json("reaction", &gone).to_channel(&post.channel_id));
        let told = Arc::new(gone);
        self.runtime.observe::<ReactionHasBeenRemoved>(cx, |ctx| (ctx, told));
        Ok(())
    }

    async fn check_reactions_allowed(&self, at: &str, post: &Post) -> Result<(), AppError> {
        let act = if at.starts_with("Save") { "save" } else { "delete" };
        let channel = self.get_channel(&post.channel_id).await?;
        if channel.delete_at > 0 {
            let id = format!("api.reaction.{act}.archived_channel.app_error");
            return Err(AppError::new(at, &id, 403, "The channel is archived: its reactions stay as they are."));
        }
        if self.is_restricted_direct(&channel).await? {
            let id = format!("api.reaction.{act}.restricted_dm.error");
            let text = "The people in this conversation share no team: its reactions stay as they are.";
            return Err(AppError::new(at, &id, 400, text));
        }
        Ok(())
    }

    async fn check_reaction_limit(&self, at: &str, reaction: &Reaction) -> Result<(), AppError> {
        let limit = self.config.get().number("ServiceSettings.UniqueEmojiReactionLimitPerPost");
        let sql = "SELECT COUNT(DISTINCT emoji_name) FROM reactions WHERE post_id = $1 AND delete_at = 0 AND emoji_name <> $2";
        let others: Option<i64> =
            self.store.read().await?.value(sql, args![reaction.post_id, reaction.emoji_name]).await?;
        if others.unwrap_or_default() < limit {
            return Ok(());
        }
        let text = format!(
            "A post has at most {limit} different emoji (setting `ServiceSettings.UniqueEmojiReactionLimitPerPost`)."
        );
        Err(AppError::new(at, "app.reaction.save.save.too_many_reactions", 400, text))
    }

    /// Mattermost's `GetReactionsForPost`: the live reactions of a post, in the order they came.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_reactions_for_post(&self, post_id: &str) -> Result<Vec<Reaction>, AppError> {
        self.reactions_of_posts(&[post_id.to_owned()]).await
    }

    /// The live reactions of several posts, in the order they came.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn reactions_of_posts(&self, post_ids: &[String]) -> Result<Vec<Reaction>, AppError> {
        let mut reactions = Vec::new();
        if post_ids.is_empty() {
            return Ok(reactions);
        }
        let mut connection = self.store.read().await?;
        for chunk in post_ids.chunks(CHUNK) {
            let mut arguments = args![];
            chunk.iter().for_each(|id| id.bind(&mut arguments));
            let rest =
                format!("WHERE delete_at = 0 AND post_id IN ({}) ORDER BY create_at", placeholders(0, chunk.len()));
            reactions.extend(connection.all::<Reaction>(&rest, arguments).await?);
        }
        Ok(reactions)
    }
}
