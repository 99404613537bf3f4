//! Posts, reactions and acknowledgements of a remote.

use wasmoat_model::{AppError, Channel, Post, PostAcknowledgement, Reaction, RemoteCluster, now_ms};
use wasmoat_runtime::CallContext;

use super::error;
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

fn foreign(post_id: &str) -> AppError {
    error("post.not_remote", 403, "The post is not one of the remote in this channel.")
        .detail(format_args!("post_id={post_id}"))
}

impl Core {
    /// Makes, changes or deletes a post of the remote.
    pub(super) async fn receive_post(
        &self,
        cx: &CallContext,
        remote: &RemoteCluster,
        channel: &Channel,
        post: &Post,
    ) -> Result<(), AppError> {
        if post.channel_id != channel.id || post.is_system_message() {
            return Err(foreign(&post.id));
        }
        match self.get_single_post(&post.id, true).await {
            Ok(old) => self.receive_change(cx, remote, channel, &old, post).await,
            Err(missing) if missing.status_code == 404 => {
                if post.delete_at > 0 {
                    Ok(())
                } else {
                    self.receive_new_post(cx, remote, post).await
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn receive_new_post(&self, cx: &CallContext, remote: &RemoteCluster, post: &Post) -> Result<(), AppError> {
        self.remote_user(remote, &post.user_id).await?;
        let new = Post {
            id: String::new(),
            original_id: String::new(),
            pending_post_id: String::new(),
            create_at: post.create_at.min(now_ms()),
            remote_id: Some(remote.remote_id.clone()),
            ..post.clone()
        }
        .without_metadata();
        self.create_post_with_id(cx, new, post.id.clone()).await?;
        // Files may come after it. And for other remotes it is news, however old it is.
        let sql = "UPDATE posts SET file_ids = $2, remote_id = $3, update_at = $4 WHERE id = $1";
        let args = args![post.id, post.file_ids, remote.remote_id, now_ms().max(post.create_at + 1)];
        self.store.read().await?.run(sql, args).await?;
        Ok(())
    }

    async fn receive_change(
        &self,
        cx: &CallContext,
        remote: &RemoteCluster,
        channel: &Channel,
        old: &Post,
        post: &Post,
    ) -> Result<(), AppError> {
        if old.remote_id.as_deref() != Some(remote.remote_id.as_str()) || old.channel_id != channel.id {
            return Err(foreign(&post.id));
        }
        if old.delete_at > 0 {
            return Ok(());
        }
        if post.delete_at > 0 {
            return self.delete_post(cx, &old.id, &old.user_id).await.map(drop);
        }
        let same = old.message == post.message
            && old.props_map() == post.props_map()
            && old.file_ids == post.file_ids
            && old.is_pinned == post.is_pinned;
        if same { Ok(()) } else { self.update_post(cx, post).await.map(drop) }
    }

    /// Adds or removes a reaction of a user of the remote.
    pub(super) async fn receive_reaction(
        &self,
        cx: &CallContext,
        remote: &RemoteCluster,
        channel: &Channel,
        reaction: &Reaction,
    ) -> Result<(), AppError> {
        self.remote_user(remote, &reaction.user_id).await?;
        if self.get_post(&reaction.post_id).await?.channel_id != channel.id {
            return Err(foreign(&reaction.post_id));
        }
        let mine = Reaction { remote_id: Some(remote.remote_id.clone()), ..reaction.clone() };
        if reaction.delete_at > 0 {
            return self.delete_reaction_for_post(cx, &mine).await;
        }
        self.save_reaction_for_post(cx, mine).await.map(drop)
    }

    /// Keeps that a user of the remote has confirmed a post, or has withdrawn that.
    pub(super) async fn receive_acknowledgement(
        &self,
        remote: &RemoteCluster,
        channel: &Channel,
        given: &PostAcknowledgement,
    ) -> Result<(), AppError> {
        self.remote_user(remote, &given.user_id).await?;
        let post = self.get_post(&given.post_id).await?;
        if post.channel_id != channel.id {
            return Err(foreign(&given.post_id));
        }
        let mine = PostAcknowledgement {
            channel_id: channel.id.clone(),
            remote_id: Some(remote.remote_id.clone()),
            ..given.clone()
        };
        let mut tx = self.store.write().await?;
        let name = if given.acknowledged_at > 0 {
            tx.upsert(&mine).await?;
            "post_acknowledgement_added"
        } else {
            let sql = "DELETE FROM post_acknowledgements WHERE post_id = $1 AND user_id = $2";
            tx.run(sql, args![mine.post_id, mine.user_id]).await?;
            "post_acknowledgement_removed"
        };
        // Other remotes are told with the post.
        let sql = "UPDATE posts SET update_at = $2 WHERE id = $1";
        tx.run(sql, args![post.id, now_ms().max(post.update_at + 1)]).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.publish(Event::new(name).json("acknowledgement", &mine).to_channel(&channel.id));
        Ok(())
    }
}
