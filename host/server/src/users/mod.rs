//! `/api/v4/users`: accounts. Sessions, tokens, presence and preferences have files of their own.

mod image;
mod read;
mod write;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post, put},
};
use wasmoat_model::{User, is_valid_id};

use crate::{Error, Paging, RequestContext, Server};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/users", get(read::get_users).post(write::create_user))
        .route("/users/ids", post(read::get_users_by_ids))
        .route("/users/usernames", post(read::get_users_by_usernames))
        .route("/users/search", post(read::search_users))
        .route("/users/autocomplete", get(read::autocomplete_users))
        .route("/users/known", get(read::get_known_users))
        .route("/users/stats", get(read::get_total_users_stats))
        .route("/users/stats/filtered", get(read::get_filtered_users_stats))
        .route("/users/email/{email}", get(read::get_user_by_email))
        .route("/users/username/{username}", get(read::get_user_by_username))
        .route("/users/{user_id}", get(read::get_user).put(write::update_user).delete(write::delete_user))
        .route("/users/{user_id}/patch", put(write::patch_user))
        .route("/users/{user_id}/active", put(write::update_user_active))
        .route("/users/{user_id}/roles", put(write::update_user_roles))
        .route("/users/{user_id}/password", put(write::update_password))
        .route("/users/{user_id}/email/verify/member", post(write::verify_user_email))
        .route("/users/{user_id}/auth", put(write::update_user_auth))
        // The size is limited by the configuration.
        .route(
            "/users/{user_id}/image",
            get(image::get_profile_image)
                .post(image::set_profile_image)
                .delete(image::set_default_profile_image)
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/users/{user_id}/image/default", get(image::get_default_profile_image))
        .route("/users/{user_id}/terms_of_service", get(read::get_user_terms_of_service))
        .route("/limits/server", get(read::get_server_limits))
}

/// Offset and limit of a page.
pub(crate) fn bounds(paging: Paging) -> (i64, i64) {
    let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
    (number(paging.offset()), number(paging.per_page))
}

/// An id of a path, where `me` is the user who asks.
pub(crate) fn user_id<'a>(rc: &'a RequestContext, id: &'a str) -> Result<&'a str, Error> {
    valid_id(rc.me(id), "user_id")
}

/// An id of a path.
pub(crate) fn valid_id<'a>(id: &'a str, name: &str) -> Result<&'a str, Error> {
    if is_valid_id(id) { Ok(id) } else { Err(Error::invalid_url(name)) }
}

/// An id of a body.
pub(crate) fn valid_body_id<'a>(id: &'a str, name: &str) -> Result<&'a str, Error> {
    if is_valid_id(id) { Ok(id) } else { Err(Error::invalid_body(name)) }
}

impl RequestContext {
    /// Accounts as the asking user may see them.
    pub(crate) async fn visible_users(&self, users: Vec<User>) -> Vec<User> {
        let privacy = self.core.privacy(self.is_admin().await);
        let see = |user: User| if user.id == self.user_id() { user.for_self() } else { user.for_others(privacy) };
        users.into_iter().map(see).collect()
    }

    /// An account as the asking user may see it.
    pub(crate) async fn visible_user(&self, user: User) -> User {
        if user.id == self.user_id() {
            return user.for_self();
        }
        user.for_others(self.core.privacy(self.is_admin().await))
    }

    /// Whether the asking user manages the system.
    pub(crate) async fn is_admin(&self) -> bool {
        self.core.session_has_permission_to(&self.session, "manage_system").await
    }

    /// 403 unless the account is in sight: guests see only whom they share a channel with.
    pub(crate) async fn require_sight(&self, user_id: &str) -> Result<(), Error> {
        if self.core.user_can_see_other_user(&self.session, user_id).await {
            return Ok(());
        }
        Err(Error::forbidden())
    }
}
