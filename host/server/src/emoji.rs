//! `/api/v4/emoji`: the emoji that this server has beyond those of every client.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Multipart, Path},
    http::header,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_core::emoji::EMOJI_IMAGE_LIMIT;
use wasmoat_model::{Emoji, is_valid_emoji_name};

use crate::{Answer, Auth, Body, Error, Paging, Params, RequestContext, Server, ok, users::valid_id};

/// A picture, and the form around it.
const FORM_LIMIT: usize = EMOJI_IMAGE_LIMIT + 64_000;

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/emoji", get(list).post(create).layer(DefaultBodyLimit::max(FORM_LIMIT)))
        .route("/emoji/autocomplete", get(autocomplete))
        .route("/emoji/search", post(search))
        .route("/emoji/names", post(by_names))
        .route("/emoji/name/{emoji_name}", get(by_name))
        .route("/emoji/{emoji_id}", get(by_id).delete(delete))
        .route("/emoji/{emoji_id}/image", get(image))
}

async fn list(Auth(rc): Auth, paging: Paging, params: Params) -> Answer<Vec<Emoji>> {
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let sort = params.text("sort");
    if !matches!(sort, "" | "name") {
        return Err(Error::invalid_url("sort"));
    }
    Ok(Json(rc.core.get_emoji_list(sort, number(paging.page), number(paging.per_page)).await?))
}

/// Users may have the right in one team or in all.
async fn require_somewhere(rc: &RequestContext, permission: &str) -> Result<(), Error> {
    if rc.require(permission).await.is_ok() {
        return Ok(());
    }
    for member in rc.core.get_team_members_for_user(rc.user_id(), false).await? {
        if rc.require_team(&member.team_id, permission).await.is_ok() {
            return Ok(());
        }
    }
    Err(Error::forbidden())
}

async fn create(Auth(rc): Auth, mut form: Multipart) -> Answer<Emoji> {
    require_somewhere(&rc, "create_emojis").await?;
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
            return too_large();
        }
        Error::invalid_body("multipart form")
    };
    let (mut emoji, mut picture) = (None, None);
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
            bytes.extend_from_slice(&chunk);
        }
        match name.as_str() {
            "emoji" => {
                let read: Result<Emoji, _> = serde_json::from_slice(&bytes);
                emoji = Some(read.map_err(|_error| Error::invalid_body("emoji"))?);
            }
            "image" if picture.is_none() => picture = Some(bytes.freeze()),
            _ => {}
        }
    }
    let emoji = emoji.ok_or_else(|| Error::invalid_body("emoji"))?;
    let picture: Bytes = picture.ok_or_else(|| {
        Error::new("api.emoji.create.parse.app_error", 400, "The form holds no picture, in a field `image`.")
    })?;
    Ok(Json(rc.core.create_emoji(rc.user_id(), emoji, picture).await?))
}

fn too_large() -> Error {
    let text = format!("The picture of an emoji has at most {EMOJI_IMAGE_LIMIT} bytes.");
    Error::new("api.emoji.create.too_large.app_error", 413, text)
}

async fn delete(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let emoji = rc.core.get_emoji(valid_id(&id, "emoji_id")?).await?;
    require_somewhere(&rc, "delete_emojis").await?;
    if emoji.creator_id != rc.user_id() {
        require_somewhere(&rc, "delete_others_emojis").await?;
    }
    rc.core.delete_emoji(&emoji).await?;
    Ok(ok())
}

async fn by_id(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Emoji> {
    Ok(Json(rc.core.get_emoji(valid_id(&id, "emoji_id")?).await?))
}

async fn by_name(Auth(rc): Auth, Path(name): Path<String>) -> Answer<Emoji> {
    if !is_valid_emoji_name(&name) {
        return Err(Error::invalid_url("emoji_name"));
    }
    Ok(Json(rc.core.get_emoji_by_name(&name).await?))
}

async fn by_names(Auth(rc): Auth, Body(names): Body<Vec<String>>) -> Answer<Vec<Emoji>> {
    Ok(Json(rc.core.get_emojis_by_names(&names).await?))
}

async fn image(Auth(rc): Auth, Path(id): Path<String>) -> Result<Response, Error> {
    let (picture, format) = rc.core.get_emoji_image(valid_id(&id, "emoji_id")?).await?;
    let headers = [
        (header::CONTENT_TYPE, format!("image/{format}")),
        (header::CACHE_CONTROL, "max-age=2592000, private".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline;filename=\"{id}.{format}\"")),
    ];
    Ok((headers, picture).into_response())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    term: String,
    prefix_only: bool,
}

async fn search(Auth(rc): Auth, Body(search): Body<Search>) -> Answer<Vec<Emoji>> {
    if search.term.is_empty() {
        return Err(Error::invalid_body("term"));
    }
    Ok(Json(rc.core.search_emoji(&search.term, search.prefix_only).await?))
}

async fn autocomplete(Auth(rc): Auth, params: Params) -> Answer<Vec<Emoji>> {
    let name = params.text("name");
    if name.is_empty() {
        return Err(Error::invalid_url("name"));
    }
    Ok(Json(rc.core.autocomplete_emoji(name).await?))
}
