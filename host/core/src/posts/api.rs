//! The Plugin API's `posts`.

use wasmoat_model::{AppError, Post, PostList};
use wasmoat_runtime::bindings::posts::Host;

use super::PostPage;
use crate::api::Api;

/// Plugins get posts without what is for clients.
fn plain(list: PostList) -> PostList {
    PostList { posts: list.posts.into_iter().map(Post::without_metadata).collect(), ..list }
}

impl Host for Api<'_> {
    async fn create_post(&mut self, post: Post) -> Result<Post, AppError> {
        let post = self.core.create_post(&self.caller.context, post).await?;
        Ok(post.without_metadata())
    }

    async fn send_ephemeral_post(&mut self, user_id: String, post: Post) -> Post {
        self.core.send_ephemeral_post(&user_id, post).await.without_metadata()
    }

    async fn update_ephemeral_post(&mut self, user_id: String, post: Post) -> Post {
        self.core.update_ephemeral_post(&user_id, post).await.without_metadata()
    }

    async fn delete_ephemeral_post(&mut self, user_id: String, post_id: String) {
        self.core.delete_ephemeral_post(&user_id, &post_id);
    }

    async fn delete_post(&mut self, post_id: String) -> Result<(), AppError> {
        self.core.delete_post(&self.caller.context, &post_id, &self.caller.plugin_id).await?;
        Ok(())
    }

    async fn get_post_thread(&mut self, post_id: String) -> Result<PostList, AppError> {
        self.core.get_post_thread(&post_id, &PostPage::default()).await.map(plain)
    }

    async fn get_post(&mut self, post_id: String) -> Result<Post, AppError> {
        self.core.get_post(&post_id).await
    }

    async fn get_posts_since(&mut self, channel_id: String, time: i64) -> Result<PostList, AppError> {
        self.core.get_posts_since(&channel_id, time, &PostPage::default()).await.map(plain)
    }

    async fn get_posts_after(
        &mut self,
        channel_id: String,
        post_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<PostList, AppError> {
        let page = PostPage::of(page.into(), per_page.into());
        self.core.get_posts_after(&channel_id, &post_id, &page).await.map(plain)
    }

    async fn get_posts_before(
        &mut self,
        channel_id: String,
        post_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<PostList, AppError> {
        let page = PostPage::of(page.into(), per_page.into());
        self.core.get_posts_before(&channel_id, &post_id, &page).await.map(plain)
    }

    async fn get_posts_for_channel(
        &mut self,
        channel_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<PostList, AppError> {
        let page = PostPage::of(page.into(), per_page.into());
        self.core.get_posts_page(&channel_id, &page).await.map(plain)
    }

    async fn update_post(&mut self, post: Post) -> Result<Post, AppError> {
        let post = self.core.update_post(&self.caller.context, &post).await?;
        Ok(post.without_metadata())
    }
}
