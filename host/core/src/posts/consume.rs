//! What plugins make of posts before somebody reads them.
//!
//! Every post that leaves the server goes through here: what clients are answered and told, and
//! what plugins read. Reads that serve an act of the server itself do not. Where no plugin has the
//! hooks, nothing is copied.

use std::collections::HashMap;

use wasmoat_model::{AppError, Post, PostList};
use wasmoat_runtime::{CallContext, MessagesWillBeConsumed, MessagesWillBeConsumedWithContext, Rejection};

use crate::{Core, rejection::rejected};

/// Posts that a plugin is shown at once: a thousand long ones would not fit into its memory.
const AT_ONCE: usize = 200;

/// Posts of this type are shown to nobody but their reader.
const BURN_ON_READ: &str = "burn_on_read";

impl Core {
    fn posts_are_consumed(&self) -> bool {
        self.runtime.implements::<MessagesWillBeConsumed>()
            || self.runtime.implements::<MessagesWillBeConsumedWithContext>()
    }

    /// The posts as plugins want them to be read.
    ///
    /// # Errors
    ///
    /// 503 where a plugin that must not be passed over failed.
    pub async fn consume_posts(&self, cx: &CallContext, mut posts: Vec<Post>) -> Result<Vec<Post>, AppError> {
        if !self.posts_are_consumed() {
            return Ok(posts);
        }
        for chunk in posts.chunks_mut(AT_ONCE) {
            let shown = chunk.iter().filter(|post| post.r#type != BURN_ON_READ);
            let shown: Vec<Post> = shown.map(|post| post.clone().without_metadata()).collect();
            if shown.is_empty() {
                continue;
            }
            let rewritten = self.ask_consumers(cx, shown).await.map_err(|rejection| {
                rejected("ConsumePosts", "app.post.consume.app_error", "A plugin withholds the posts.", rejection)
            })?;
            put_back(chunk, rewritten);
        }
        Ok(posts)
    }

    async fn ask_consumers(&self, cx: &CallContext, posts: Vec<Post>) -> Result<Vec<Post>, Rejection> {
        let runtime = &self.runtime;
        let posts = runtime.rewrite::<MessagesWillBeConsumed, _>(cx, posts, |_, posts| (posts,), replace).await?;
        runtime.rewrite::<MessagesWillBeConsumedWithContext, _>(cx, posts, |ctx, posts| (ctx, posts), replace).await
    }

    /// One post as plugins want it to be read.
    ///
    /// # Errors
    ///
    /// As [`Core::consume_posts`].
    pub async fn consume_post(&self, cx: &CallContext, post: Post) -> Result<Post, AppError> {
        if !self.posts_are_consumed() {
            return Ok(post);
        }
        Ok(self.consume_posts(cx, vec![post]).await?.pop().unwrap_or_default())
    }

    /// A list of posts as plugins want them to be read.
    ///
    /// # Errors
    ///
    /// As [`Core::consume_posts`].
    pub async fn consume_list(&self, cx: &CallContext, list: PostList) -> Result<PostList, AppError> {
        let posts = self.consume_posts(cx, list.posts).await?;
        Ok(PostList { posts, ..list })
    }
}

/// Puts changed posts in the places of those they stand for; what stands for none is dropped.
fn replace(posts: &mut [Post], changed: Vec<Post>) {
    for change in changed {
        if let Some(post) = posts.iter_mut().find(|post| post.id == change.id) {
            *post = change.without_metadata();
        }
    }
}

/// The same at the end, where the posts get back what plugins were not shown.
fn put_back(posts: &mut [Post], rewritten: Vec<Post>) {
    let mut rewritten: HashMap<String, Post> = rewritten.into_iter().map(|post| (post.id.clone(), post)).collect();
    for post in posts {
        if let Some(new) = rewritten.remove(&post.id) {
            let (metadata, participants) = (std::mem::take(&mut post.metadata), std::mem::take(&mut post.participants));
            *post = Post { metadata, participants, is_following: post.is_following, ..new };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(id: &str, message: &str) -> Post {
        Post { id: id.into(), message: message.into(), metadata: "{}".into(), ..Post::default() }
    }

    #[test]
    fn changed_posts_are_matched_by_id_and_keep_their_metadata() {
        let mut posts = [post("a", "secret"), post("b", "open")];
        let mut shown: Vec<Post> = posts.iter().cloned().map(Post::without_metadata).collect();
        replace(&mut shown, vec![post("a", "***"), post("c", "made up")]);
        put_back(&mut posts, shown);
        assert_eq!(posts, [post("a", "***"), post("b", "open")]);
    }
}
