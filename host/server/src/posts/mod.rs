//! `/api/v4/posts` and the posts of channels and users.

mod read;
mod search;
mod write;

pub(crate) use self::write::require_posting;

use axum::{
    Router,
    routing::{get, post, put},
};

use crate::Server;

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/posts", post(write::create_post))
        .route("/posts/ephemeral", post(write::create_ephemeral_post))
        .route("/posts/search", post(search::search_posts_in_all_teams))
        .route("/teams/{team_id}/posts/search", post(search::search_posts))
        .route("/posts/ids", post(read::get_posts_by_ids))
        .route("/posts/ids/reactions", post(read::get_bulk_reactions))
        .route("/posts/{post_id}", get(read::get_post).put(write::update_post).delete(write::delete_post))
        .route("/posts/{post_id}/patch", put(write::patch_post))
        .route("/posts/{post_id}/pin", post(write::pin_post))
        .route("/posts/{post_id}/unpin", post(write::unpin_post))
        .route("/posts/{post_id}/thread", get(read::get_post_thread))
        .route("/posts/{post_id}/reactions", get(read::get_reactions))
        .route("/posts/{post_id}/files/info", get(read::get_file_infos))
        .route("/posts/{post_id}/edit_history", get(read::get_edit_history))
        .route("/channels/{channel_id}/posts", get(read::get_posts_for_channel))
        .route("/channels/{channel_id}/pinned", get(read::get_pinned_posts))
        .route("/users/{user_id}/posts/flagged", get(read::get_flagged_posts))
        .route("/users/{user_id}/channels/{channel_id}/posts/unread", get(read::get_posts_around_last_unread))
        .route("/users/{user_id}/posts/{post_id}/set_unread", post(write::set_post_unread))
}
