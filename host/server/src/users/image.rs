//! Pictures of accounts.

use axum::{
    extract::{Path, Request, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::Value;

use super::user_id;
use crate::{Answer, Auth, Error, Server, ok, picture};

pub async fn get_profile_image(Auth(rc): Auth, Path(id): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    let id = user_id(&rc, &id)?;
    rc.require_sight(id).await?;
    let user = rc.core.get_user(id).await?;
    let data = rc.core.get_profile_image(id).await?;
    if user.last_picture_update > 0 {
        return Ok(picture::dated(&headers, user.last_picture_update, data));
    }
    Ok(picture::generated(data))
}

pub async fn get_default_profile_image(Auth(rc): Auth, Path(id): Path<String>) -> Result<Response, Error> {
    let id = user_id(&rc, &id)?;
    rc.require_sight(id).await?;
    Ok(picture::generated(rc.core.get_default_profile_image(id).await?))
}

pub async fn set_profile_image(
    State(server): State<Server>,
    Auth(rc): Auth,
    Path(id): Path<String>,
    request: Request,
) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let data = picture::read(&server, &rc, request, "api.user.upload_profile_user").await?;
    rc.core.set_profile_image(id, data).await?;
    Ok(ok())
}

pub async fn set_default_profile_image(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    rc.core.set_default_profile_image(id).await?;
    Ok(ok())
}
