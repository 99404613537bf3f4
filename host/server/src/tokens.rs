//! Personal access tokens.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_model::{AppError, UserAccessToken};

use crate::{
    Answer, Auth, Body, Error, Paging, RequestContext, Server, ok,
    users::{bounds, user_id, valid_body_id, valid_id},
};

const CREATE: &str = "create_user_access_token";
const READ: &str = "read_user_access_token";
const REVOKE: &str = "revoke_user_access_token";

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/users/{user_id}/tokens", get(get_tokens_for_user).post(create_token))
        .route("/users/tokens", get(get_tokens))
        .route("/users/tokens/search", post(search_tokens))
        .route("/users/tokens/revoke", post(revoke_token))
        .route("/users/tokens/disable", post(disable_token))
        .route("/users/tokens/enable", post(enable_token))
        .route("/users/tokens/rotate", post(rotate_token))
        .route("/users/tokens/{token_id}", get(get_token))
}

/// Mattermost's `SessionHasPermissionToUserOrBot`.
async fn require_user_or_bot(rc: &RequestContext, user_id: &str) -> Result<(), Error> {
    if let Ok(bot) = rc.core.get_bot(user_id, true).await
        && crate::bots::may_manage(rc, &bot).await
    {
        return Ok(());
    }
    rc.require_user(user_id).await
}

async fn create_token(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(token): Body<UserAccessToken>,
) -> Answer<UserAccessToken> {
    let id = user_id(&rc, &id)?;
    if rc.session.is_oauth {
        return Err(Error::forbidden());
    }
    if token.description.is_empty() {
        return Err(Error::invalid_body("description"));
    }
    let owner = rc.core.get_user(id).await?;
    if !owner.is_bot {
        rc.require(CREATE).await?;
    }
    require_user_or_bot(&rc, id).await?;
    if owner.has_role(wasmoat_core::users::SYSTEM_ADMIN) {
        rc.require("manage_system").await?;
    }
    let token = UserAccessToken { user_id: id.to_owned(), ..token };
    Ok(Json(rc.core.create_user_access_token(token).await?))
}

async fn get_tokens(Auth(rc): Auth, paging: Paging) -> Answer<Vec<UserAccessToken>> {
    rc.require("manage_system").await?;
    let (offset, limit) = bounds(paging);
    Ok(Json(rc.core.get_user_access_tokens(offset, limit).await?))
}

async fn get_tokens_for_user(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Vec<UserAccessToken>> {
    let id = user_id(&rc, &id)?;
    rc.require(READ).await?;
    require_user_or_bot(&rc, id).await?;
    let (offset, limit) = bounds(paging);
    Ok(Json(rc.core.get_user_access_tokens_for_user(id, offset, limit).await?))
}

async fn get_token(Auth(rc): Auth, Path(token_id): Path<String>) -> Answer<UserAccessToken> {
    rc.require(READ).await?;
    let token = rc.core.get_user_access_token(valid_id(&token_id, "token_id")?).await?;
    require_user_or_bot(&rc, &token.user_id).await?;
    Ok(Json(token))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    term: String,
}

async fn search_tokens(Auth(rc): Auth, Body(search): Body<Search>) -> Answer<Vec<UserAccessToken>> {
    rc.require("manage_system").await?;
    if search.term.trim().is_empty() {
        return Err(Error::invalid_body("term"));
    }
    Ok(Json(rc.core.search_user_access_tokens(&search.term).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenId {
    token_id: String,
}

/// The token of a body, where the asking user has the permission and may act for its owner.
async fn own_token(rc: &RequestContext, body: &TokenId, permission: &str) -> Result<UserAccessToken, Error> {
    let token_id = valid_body_id(&body.token_id, "token_id")?;
    rc.require(permission).await?;
    let token = rc.core.get_user_access_token(token_id).await?;
    require_user_or_bot(rc, &token.user_id).await?;
    Ok(token)
}

async fn revoke_token(Auth(rc): Auth, Body(body): Body<TokenId>) -> Answer<Value> {
    let token = own_token(&rc, &body, REVOKE).await?;
    rc.core.revoke_user_access_token(&token.id).await?;
    Ok(ok())
}

async fn disable_token(Auth(rc): Auth, Body(body): Body<TokenId>) -> Answer<Value> {
    let token = own_token(&rc, &body, REVOKE).await?;
    rc.core.set_user_access_token_active(&token.id, false).await?;
    Ok(ok())
}

async fn enable_token(Auth(rc): Auth, Body(body): Body<TokenId>) -> Answer<Value> {
    let token = own_token(&rc, &body, CREATE).await?;
    rc.core.set_user_access_token_active(&token.id, true).await?;
    Ok(ok())
}

async fn rotate_token(Auth(rc): Auth, Body(body): Body<TokenId>) -> Answer<UserAccessToken> {
    let token = own_token(&rc, &body, CREATE).await?;
    if !rc.core.get_user(&token.user_id).await?.is_bot && !rc.core.config.flag("ServiceSettings.EnableUserAccessTokens")
    {
        let text = "Personal access tokens are switched off on this server.";
        return Err(AppError::new("rotateToken", "app.user_access_token.disabled", 501, text).into());
    }
    Ok(Json(rc.core.rotate_user_access_token(&token.id).await?))
}
