//! What clients see of a post beyond the stored row: files, reactions, embeds and the state of
//! its thread.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use wasmoat_model::{AppError, FileInfo, Post, PostList, Reaction, User};
use wasmoat_runtime::CallContext;

use crate::{
    Core,
    store::{Column, Queries as _, args, placeholders},
    threads::Thread,
};

use super::store::CHUNK;

impl Core {
    /// Mattermost's `PreparePostForClient`: a post as plugins want it to be read, with what clients
    /// see beside it.
    ///
    /// # Errors
    ///
    /// Where the store fails, or a plugin that must not be passed over.
    pub async fn prepare_post(&self, cx: &CallContext, post: Post) -> Result<Post, AppError> {
        let mut posts = self.prepare_posts(cx, vec![post]).await?;
        Ok(posts.pop().unwrap_or_default())
    }

    /// Mattermost's `PreparePostListForClient`: the same for a list.
    ///
    /// # Errors
    ///
    /// As [`Core::prepare_post`].
    pub async fn prepare_post_list(&self, cx: &CallContext, list: PostList) -> Result<PostList, AppError> {
        let posts = self.prepare_posts(cx, list.posts).await?;
        Ok(PostList { posts, ..list })
    }

    /// The same for posts without an order.
    ///
    /// # Errors
    ///
    /// As [`Core::prepare_post`].
    pub async fn prepare_posts(&self, cx: &CallContext, posts: Vec<Post>) -> Result<Vec<Post>, AppError> {
        let posts = self.consume_posts(cx, posts).await?;
        self.all_with_metadata(posts).await
    }

    async fn all_with_metadata(&self, posts: Vec<Post>) -> Result<Vec<Post>, AppError> {
        let live = |post: &&Post| post.delete_at == 0;
        let with_files: Vec<String> =
            posts.iter().filter(live).filter(|post| !post.file_ids.is_empty()).map(|post| post.id.clone()).collect();
        let with_reactions: Vec<String> =
            posts.iter().filter(live).filter(|post| post.has_reactions).map(|post| post.id.clone()).collect();
        let mut files: HashMap<String, Vec<FileInfo>> = HashMap::new();
        for file in self.file_infos_of_posts(&with_files).await? {
            files.entry(file.post_id.clone()).or_default().push(file);
        }
        let mut reactions: HashMap<String, Vec<Reaction>> = HashMap::new();
        for reaction in self.reactions_of_posts(&with_reactions).await? {
            reactions.entry(reaction.post_id.clone()).or_default().push(reaction);
        }
        Ok(posts
            .into_iter()
            .map(|post| {
                let own_files = files.remove(&post.id).unwrap_or_default();
                let own_reactions = reactions.remove(&post.id).unwrap_or_default();
                for_client(post, &own_files, &own_reactions)
            })
            .collect())
    }

    /// Live replies in the thread that a post is in.
    pub(super) async fn reply_count(&self, post: &Post) -> Result<i64, AppError> {
        let root = if post.root_id.is_empty() { &post.id } else { &post.root_id };
        let sql = "SELECT reply_count FROM threads WHERE post_id = $1";
        Ok(self.store.read().await?.value(sql, args![root]).await?.unwrap_or_default())
    }

    /// Fills in the state of the threads: how many replies, and with `collapsed` the last reply,
    /// participants (with their profiles where `extended`) and whether the reader follows.
    pub(super) async fn with_threads(
        &self,
        mut list: PostList,
        reader: Option<&str>,
        collapsed: bool,
        extended: bool,
    ) -> Result<PostList, AppError> {
        let root = |post: &Post| if post.root_id.is_empty() { post.id.clone() } else { post.root_id.clone() };
        let mut ids: Vec<String> = list.posts.iter().map(root).collect();
        ids.sort_unstable();
        ids.dedup();
        let threads: HashMap<String, Thread> =
            self.threads_by_ids(&ids).await?.into_iter().map(|thread| (thread.post_id.clone(), thread)).collect();
        let following = match reader {
            Some(reader) if collapsed => self.followed_threads(reader, &ids).await?,
            _ => HashMap::new(),
        };
        let profiles = if collapsed && extended { self.participants(threads.values()).await? } else { HashMap::new() };
        for post in &mut list.posts {
            let Some(thread) = threads.get(&root(post)) else { continue };
            post.reply_count = thread.reply_count;
            if !collapsed || !post.root_id.is_empty() {
                continue;
            }
            post.last_reply_at = thread.last_reply_at;
            post.is_following = following.get(&post.id).copied().or(Some(false)).filter(|_| reader.is_some());
            post.participants = thread
                .participants
                .iter()
                .map(|id| profiles.get(id).cloned().unwrap_or_else(|| User { id: id.clone(), ..User::default() }))
                .collect();
        }
        Ok(list)
    }

    async fn participants(&self, threads: impl Iterator<Item = &Thread>) -> Result<HashMap<String, User>, AppError> {
        let mut ids: Vec<String> = threads.flat_map(|thread| thread.participants.clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        let privacy = self.privacy(false);
        let users = self.get_users_by_ids(&ids).await?;
        Ok(users.into_iter().map(|user| (user.id.clone(), user.for_others(privacy))).collect())
    }

    async fn threads_by_ids(&self, ids: &[String]) -> Result<Vec<Thread>, AppError> {
        let mut connection = self.store.read().await?;
        let mut threads = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            let mut arguments = args![];
            chunk.iter().for_each(|id| Column::bind(id, &mut arguments));
            let rest = format!("WHERE post_id IN ({})", placeholders(0, chunk.len()));
            threads.extend(connection.all::<Thread>(&rest, arguments).await?);
        }
        Ok(threads)
    }
}

/// A post as clients get it. A deleted one keeps its place and nothing else.
pub(super) fn for_client(mut post: Post, files: &[FileInfo], reactions: &[Reaction]) -> Post {
    let mut metadata = Map::new();
    if post.delete_at > 0 {
        post.message.clear();
        post.file_ids.clear();
        let mut props = post.props_map();
        props.remove("deleteBy");
        props.remove("attachments");
        post.set_props(&props);
    } else {
        if let Some(embed) = embed(&post) {
            metadata.insert("embeds".to_owned(), json!([embed]));
        }
        if !files.is_empty() {
            metadata.insert("files".to_owned(), json!(files));
        }
        if !reactions.is_empty() {
            metadata.insert("reactions".to_owned(), json!(reactions));
        }
        super::attachments::hide_integrations(&mut post);
    }
    post.metadata = Value::Object(metadata).to_string();
    post
}

fn embed(post: &Post) -> Option<Value> {
    let attachments = post.prop("attachments")?;
    attachments.as_array().is_some_and(|list| !list.is_empty()).then(|| json!({"type": "message_attachment"}))
}
