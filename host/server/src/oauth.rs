//! `/api/v4/oauth/apps`: applications of the OAuth 2 provider.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use serde_json::Value;
use wasmoat_model::OAuthApp;

use crate::{
    Answer, Auth, Body, Created, Error, Paging, RequestContext, Server, ok,
    users::{bounds, user_id, valid_id},
};

const MANAGE: &str = "manage_oauth";
const MANAGE_ALL: &str = "manage_system_wide_oauth";

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/oauth/apps", get(get_apps).post(create_app))
        .route("/oauth/apps/{app_id}", get(get_app).put(update_app).delete(delete_app))
        .route("/oauth/apps/{app_id}/info", get(get_app_info))
        .route("/oauth/apps/{app_id}/regen_secret", post(regenerate_secret))
        .route("/users/{user_id}/oauth/apps/authorized", get(get_authorized_apps))
}

async fn may(rc: &RequestContext, permission: &str) -> bool {
    rc.core.session_has_permission_to(&rc.session, permission).await
}

/// The application of a path, where the asking user may manage it.
async fn managed(rc: &RequestContext, app_id: &str) -> Result<OAuthApp, Error> {
    let app_id = valid_id(app_id, "app_id")?;
    rc.require(MANAGE).await?;
    let app = rc.core.get_oauth_app(app_id).await?;
    if app.creator_id != rc.user_id() {
        rc.require(MANAGE_ALL).await?;
    }
    Ok(app)
}

async fn get_apps(Auth(rc): Auth, paging: Paging) -> Answer<Vec<OAuthApp>> {
    rc.require(MANAGE).await?;
    let (offset, limit) = bounds(paging);
    let creator = if may(&rc, MANAGE_ALL).await { None } else { Some(rc.user_id()) };
    Ok(Json(rc.core.get_oauth_apps(creator, offset, limit).await?))
}

async fn create_app(Auth(rc): Auth, Body(app): Body<OAuthApp>) -> Result<Created<OAuthApp>, Error> {
    rc.require(MANAGE).await?;
    let is_trusted = app.is_trusted && may(&rc, "manage_system").await;
    let creator_id = rc.user_id().to_owned();
    let app = OAuthApp { creator_id, is_trusted, is_dynamically_registered: false, ..app };
    Ok(Created(rc.core.create_oauth_app(app).await?))
}

async fn get_app(Auth(rc): Auth, Path(id): Path<String>) -> Answer<OAuthApp> {
    Ok(Json(managed(&rc, &id).await?))
}

async fn update_app(Auth(rc): Auth, Path(id): Path<String>, Body(app): Body<OAuthApp>) -> Answer<OAuthApp> {
    let stored = managed(&rc, &id).await?;
    if app.id != stored.id {
        return Err(Error::invalid_body("id"));
    }
    let is_trusted = if may(&rc, "manage_system").await { app.is_trusted } else { stored.is_trusted };
    Ok(Json(rc.core.update_oauth_app(OAuthApp { is_trusted, ..app }).await?))
}

async fn delete_app(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let app = managed(&rc, &id).await?;
    rc.core.delete_oauth_app(&app.id).await?;
    Ok(ok())
}

/// What the page shows that asks a user to allow the application.
async fn get_app_info(Auth(rc): Auth, Path(id): Path<String>) -> Answer<OAuthApp> {
    let app = rc.core.get_oauth_app(valid_id(&id, "app_id")?).await?;
    Ok(Json(app.sanitized()))
}

async fn regenerate_secret(Auth(rc): Auth, Path(id): Path<String>) -> Answer<OAuthApp> {
    let app = managed(&rc, &id).await?;
    Ok(Json(rc.core.regenerate_oauth_app_secret(&app.id).await?))
}

async fn get_authorized_apps(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Vec<OAuthApp>> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let (offset, limit) = bounds(paging);
    Ok(Json(rc.core.get_authorized_apps_for_user(id, offset, limit).await?))
}
