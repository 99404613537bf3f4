//! The Plugin API's `posts`.

use wasmoat_model::{AppError, Post, PostList, PostSearchResults, SearchParameter, SearchParams};
use wasmoat_runtime::bindings::posts::Host;

use super::PostPage;
use crate::api::Api;

impl Api<'_> {
    /// Plugins get posts as they are to be read, without what is for clients.
    async fn read(&self, list: PostList) -> Result<PostList, AppError> {
        let list = self.core.consume_list(&self.caller.context, list).await?;
        Ok(PostList { posts: list.posts.into_iter().map(Post::without_metadata).collect(), ..list })
    }

    /// Whether a post that nobody stores may be shown. The calls have no error: the plugin's log is
    /// where its author looks.
    fn may_show(&self, at: &str, post: &Post) -> bool {
        let size = serde_json::to_vec(post).map_or(usize::MAX, |json| json.len());
        self.may_publish(at, size).is_ok()
    }
}

impl Host for Api<'_> {
    async fn search_posts_in_team(
        &mut self,
        team_id: String,
        params_list: Vec<SearchParams>,
    ) -> Result<Vec<Post>, AppError> {
        let posts = self.core.search_posts_in_team(&team_id, params_list).await?;
        Ok(self.read(PostList::of(posts)).await?.posts)
    }

    async fn search_posts_in_team_for_user(
        &mut self,
        team_id: String,
        user_id: String,
        search_params: SearchParameter,
    ) -> Result<PostSearchResults, AppError> {
        let list = self.core.search_posts_for_user(&team_id, &user_id, &search_params).await?;
        Ok(self.read(list).await?.into())
    }

    async fn create_post(&mut self, post: Post) -> Result<Post, AppError> {
        self.counted("CreatePost", &self.caller.rates().posts)?;
        let post = self.core.create_post(&self.caller.context, post).await?;
        self.core.set_status_online(&post.user_id).await;
        Ok(post.without_metadata())
    }

    async fn send_ephemeral_post(&mut self, user_id: String, post: Post) -> Post {
        if self.may_show("SendEphemeralPost", &post) {
            return self.core.send_ephemeral_post(&user_id, post).await.without_metadata();
        }
        post
    }

    async fn update_ephemeral_post(&mut self, user_id: String, post: Post) -> Post {
        if self.may_show("UpdateEphemeralPost", &post) {
            return self.core.update_ephemeral_post(&user_id, post).await.without_metadata();
        }
        post
    }

    async fn delete_ephemeral_post(&mut self, user_id: String, post_id: String) {
        if self.may_publish("DeleteEphemeralPost", user_id.len() + post_id.len()).is_ok() {
            self.core.delete_ephemeral_post(&user_id, &post_id);
        }
    }

    async fn delete_post(&mut self, post_id: String) -> Result<(), AppError> {
        self.core.delete_post(&self.caller.context, &post_id, &self.caller.plugin_id).await?;
        Ok(())
    }

    async fn get_post_thread(&mut self, post_id: String) -> Result<PostList, AppError> {
        let list = self.core.get_post_thread(&post_id, &PostPage::default()).await?;
        self.read(list).await
    }

    async fn get_post(&mut self, post_id: String) -> Result<Post, AppError> {
        let post = self.core.get_post(&post_id).await?;
        Ok(self.core.consume_post(&self.caller.context, post).await?.without_metadata())
    }

    async fn get_posts_since(&mut self, channel_id: String, time: i64) -> Result<PostList, AppError> {
        let list = self.core.get_posts_since(&channel_id, time, &PostPage::default()).await?;
        self.read(list).await
    }

    async fn get_posts_after(
        &mut self,
        channel_id: String,
        post_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<PostList, AppError> {
        let page = PostPage::of(page.into(), per_page.into());
        let list = self.core.get_posts_after(&channel_id, &post_id, &page).await?;
        self.read(list).await
    }

    async fn get_posts_before(
        &mut self,
        channel_id: String,
        post_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<PostList, AppError> {
        let page = PostPage::of(page.into(), per_page.into());
        let list = self.core.get_posts_before(&channel_id, &post_id, &page).await?;
        self.read(list).await
    }

    async fn get_posts_for_channel(
        &mut self,
        channel_id: String,
        page: i32,
        per_page: i32,
    ) -> Result<PostList, AppError> {
        let page = PostPage::of(page.into(), per_page.into());
        let list = self.core.get_posts_page(&channel_id, &page).await?;
        self.read(list).await
    }

    async fn update_post(&mut self, post: Post) -> Result<Post, AppError> {
        self.counted("UpdatePost", &self.caller.rates().posts)?;
        let post = self.core.update_post(&self.caller.context, &post).await?;
        Ok(post.without_metadata())
    }

    async fn move_threads_to_backing_channel(
        &mut self,
        root_ids: Vec<String>,
        channel_id: String,
    ) -> Result<(), AppError> {
        self.core.move_threads_to_backing_channel(&root_ids, &channel_id).await
    }
}
