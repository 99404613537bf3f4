//! Pages of a channel, and threads.

use wasmoat_model::{AppError, Post, PostList};

use super::store::{self, Window};
use crate::{
    Core,
    store::{Queries as _, args},
};

/// Most posts that one page holds.
const PAGE_LIMIT: i64 = 1000;

/// Which page, and what of each post.
#[derive(Clone, Debug, Default)]
pub struct PostPage {
    /// Page, from 0.
    pub page: i64,
    /// Posts of a page.
    pub per_page: i64,
    /// Leave out the roots of replies.
    pub skip_fetch_threads: bool,
    /// Threads are shown apart: only root posts, with the state of their threads.
    pub collapsed_threads: bool,
    /// With the profiles of participants.
    pub extended: bool,
    /// Deleted posts too.
    pub include_deleted: bool,
    /// Who reads; for whether the reader follows a thread.
    pub reader: Option<String>,
}

impl PostPage {
    /// A page without extras.
    #[must_use]
    pub fn of(page: i64, per_page: i64) -> Self {
        Self { page, per_page, ..Self::default() }
    }

    fn window<'a>(&self, channel_id: &'a str) -> Window<'a> {
        Window {
            channel_id,
            roots_only: self.collapsed_threads,
            include_deleted: self.include_deleted,
            limit: self.per_page,
            offset: self.page.saturating_mul(self.per_page),
        }
    }
}

/// How many posts on each side of the last unread one.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// Older ones.
    pub before: i64,
    /// Newer ones, the unread one included.
    pub after: i64,
}

fn bad(at: &str, id: &str, message: &str) -> AppError {
    AppError::new(at, id, 400, message)
}

impl Core {
    /// Mattermost's `GetPostsPage`: the newest posts of a channel, and the roots of replies.
    ///
    /// # Errors
    ///
    /// 400 for more than 1000 a page.
    pub async fn get_posts_page(&self, channel_id: &str, page: &PostPage) -> Result<PostList, AppError> {
        if page.per_page > PAGE_LIMIT || page.per_page < 0 || page.page < 0 {
            let text = format!("A page has at most {PAGE_LIMIT} posts.");
            return Err(bad("GetPostsPage", "app.post.get_posts.app_error", &text));
        }
        let posts = store::newest(&mut *self.store.read().await?, &page.window(channel_id)).await?;
        self.page_of(posts, channel_id, page).await
    }

    /// Mattermost's `GetPostsBeforePost`: a page of posts older than the given one.
    ///
    /// # Errors
    ///
    /// 400 for negative numbers; 404 for an unknown post.
    pub async fn get_posts_before(
        &self,
        channel_id: &str,
        post_id: &str,
        page: &PostPage,
    ) -> Result<PostList, AppError> {
        let anchor = self.anchor("GetPostsBefore", channel_id, post_id, page).await?;
        let at = (anchor.create_at, anchor.id.as_str());
        let posts = store::before(&mut *self.store.read().await?, &page.window(channel_id), at).await?;
        self.page_of(posts, channel_id, page).await
    }

    /// Mattermost's `GetPostsAfterPost`: a page of posts newer than the given one, newest first.
    ///
    /// # Errors
    ///
    /// 400 for negative numbers; 404 for an unknown post.
    pub async fn get_posts_after(
        &self,
        channel_id: &str,
        post_id: &str,
        page: &PostPage,
    ) -> Result<PostList, AppError> {
        let anchor = self.anchor("GetPostsAfter", channel_id, post_id, page).await?;
        let at = (anchor.create_at, anchor.id.as_str());
        let posts = store::after(&mut *self.store.read().await?, &page.window(channel_id), at).await?;
        self.page_of(posts, channel_id, page).await
    }

    async fn anchor(&self, at: &str, channel_id: &str, post_id: &str, page: &PostPage) -> Result<Post, AppError> {
        if page.page < 0 || page.per_page < 0 || page.per_page > PAGE_LIMIT {
            let text = format!("Page and page size are not negative, and a page has at most {PAGE_LIMIT} posts.");
            return Err(bad(at, "app.post.get_posts_around.get.app_error", &text));
        }
        let post = self.get_single_post(post_id, true).await?;
        if post.channel_id == channel_id { Ok(post) } else { Err(super::missing_post(at, post_id)) }
    }

    /// Mattermost's `GetPostsSince`: at most 1000 posts created, edited or deleted after a time,
    /// deleted ones included, so that a client can drop them.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_posts_since(&self, channel_id: &str, time: i64, page: &PostPage) -> Result<PostList, AppError> {
        let mut posts = store::since(&mut *self.store.read().await?, channel_id, time, PAGE_LIMIT).await?;
        if page.collapsed_threads {
            posts.retain(|post| post.root_id.is_empty());
        }
        let list = self.with_roots(posts, page).await?;
        self.with_threads(list, page.reader.as_deref(), page.collapsed_threads, page.extended).await
    }

    /// Mattermost's `GetPinnedPosts`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_pinned_posts(&self, channel_id: &str) -> Result<PostList, AppError> {
        let posts = store::pinned(&mut *self.store.read().await?, channel_id).await?;
        self.with_threads(PostList::of(posts), None, false, false).await
    }

    /// Mattermost's `GetPostThread`: the post, its root and all replies, newest first.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_post_thread(&self, post_id: &str, page: &PostPage) -> Result<PostList, AppError> {
        let post = self.get_single_post(post_id, page.include_deleted).await?;
        let root_id = if post.root_id.is_empty() { &post.id } else { &post.root_id };
        let mut posts = store::thread(&mut *self.store.read().await?, root_id, page.include_deleted).await?;
        if page.skip_fetch_threads {
            posts.retain(|other| other.id == post.id || other.id == *root_id);
        }
        let list = PostList::of(posts);
        self.with_threads(list, page.reader.as_deref(), page.collapsed_threads, page.extended).await
    }

    /// Mattermost's `GetPostsForChannelAroundLastUnread`: the oldest post that a member has not
    /// read, with what is around it; the newest posts where all is read.
    ///
    /// # Errors
    ///
    /// 404 when not a member.
    pub async fn get_posts_around_last_unread(
        &self,
        channel_id: &str,
        user_id: &str,
        around: Around,
        page: &PostPage,
    ) -> Result<PostList, AppError> {
        let member = self.get_channel_member(channel_id, user_id).await?;
        let mut connection = self.store.read().await?;
        let window = |limit| Window { limit, offset: 0, ..page.window(channel_id) };
        // Nothing was viewed yet: the newest posts are as good a place as any.
        let viewed = (member.last_viewed_at, "~");
        let newer = if member.last_viewed_at == 0 {
            Vec::new()
        } else {
            store::after(&mut connection, &window(around.after.max(1)), viewed).await?
        };
        let mut posts = newer;
        let older = match posts.last() {
            Some(oldest) => {
                store::before(&mut connection, &window(around.before), (oldest.create_at, &oldest.id)).await?
            }
            None => store::newest(&mut connection, &window(around.before.max(1))).await?,
        };
        posts.extend(older);
        drop(connection);
        self.page_of(posts, channel_id, page).await
    }

    /// Posts in their order, with neighbours, roots and the state of their threads.
    async fn page_of(&self, posts: Vec<Post>, channel_id: &str, page: &PostPage) -> Result<PostList, AppError> {
        let window = Window { limit: 1, offset: 0, ..page.window(channel_id) };
        let mut neighbours = (String::new(), String::new());
        if let (Some(newest), Some(oldest)) = (posts.first(), posts.last()) {
            let mut connection = self.store.read().await?;
            let first = |posts: Vec<Post>| posts.into_iter().next().map(|post| post.id).unwrap_or_default();
            neighbours.0 = first(store::after(&mut connection, &window, (newest.create_at, &newest.id)).await?);
            neighbours.1 = first(store::before(&mut connection, &window, (oldest.create_at, &oldest.id)).await?);
        }
        let list = self.with_roots(posts, page).await?;
        let list = PostList { next_post_id: neighbours.0, prev_post_id: neighbours.1, ..list };
        self.with_threads(list, page.reader.as_deref(), page.collapsed_threads, page.extended).await
    }

    /// Adds the roots of replies to the posts, not to their order.
    async fn with_roots(&self, posts: Vec<Post>, page: &PostPage) -> Result<PostList, AppError> {
        let mut list = PostList::of(posts);
        if page.skip_fetch_threads {
            return Ok(list);
        }
        let mut missing: Vec<String> = list
            .posts
            .iter()
            .filter(|post| !post.root_id.is_empty() && !list.order.contains(&post.root_id))
            .map(|post| post.root_id.clone())
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            list.posts.extend(store::by_ids(&mut *self.store.read().await?, &missing, page.include_deleted).await?);
        }
        Ok(list)
    }

    /// Mattermost's `GetFlaggedPosts`: the posts that a user saved, newest first.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_flagged_posts(
        &self,
        user_id: &str,
        team_id: &str,
        channel_id: &str,
        page: &PostPage,
    ) -> Result<PostList, AppError> {
        let rest = "JOIN preferences ON preferences.name = posts.id
            JOIN channel_members ON channel_members.channel_id = posts.channel_id AND channel_members.user_id = $1
            JOIN channels ON channels.id = posts.channel_id
            WHERE preferences.user_id = $1 AND preferences.category = 'flagged_post' AND preferences.value = 'true'
            AND posts.delete_at = 0 AND ($2 = '' OR channels.team_id IN ($2, '')) AND ($3 = '' OR posts.channel_id = $3)
            ORDER BY posts.create_at DESC, posts.id DESC LIMIT $4 OFFSET $5";
        let offset = page.page.max(0).saturating_mul(page.per_page);
        let args = args![user_id, team_id, channel_id, page.per_page, offset];
        let posts: Vec<Post> = self.store.read().await?.all(rest, args).await?;
        self.with_threads(PostList::of(posts), None, false, false).await
    }
}
