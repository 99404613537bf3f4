//! `/api/v4/uploads`: resumable uploads.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use futures::{StreamExt as _, TryStreamExt as _};
use wasmoat_model::{FileInfo, UPLOAD_TYPE_IMPORT, UploadSession, is_valid_id};

use crate::{
    Answer, Auth, Body, Created, Error, RequestContext, Server,
    users::{user_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/uploads", post(create))
        .route("/uploads/{upload_id}", get(get_one).post(send).layer(DefaultBodyLimit::disable()))
        .route("/users/{user_id}/uploads", get(of_user))
}

async fn create(Auth(rc): Auth, Body(session): Body<UploadSession>) -> Result<Created<UploadSession>, Error> {
    rc.core.check_files_enabled("CreateUpload")?;
    if session.r#type == UPLOAD_TYPE_IMPORT {
        rc.require("manage_system").await?;
    } else {
        if !is_valid_id(&session.channel_id) {
            return Err(Error::invalid_body("channel_id"));
        }
        rc.require_channel(&session.channel_id, "upload_file").await?;
    }
    let session = UploadSession {
        id: String::new(),
        user_id: rc.user_id().to_owned(),
        // These are for other servers.
        remote_id: String::new(),
        req_file_id: String::new(),
        ..session
    };
    Ok(Created(rc.core.create_upload_session(session).await?))
}

async fn own(rc: &RequestContext, id: &str) -> Result<UploadSession, Error> {
    let session = rc.core.get_upload_session(valid_id(id, "upload_id")?).await?;
    if session.user_id != rc.user_id() {
        rc.require("manage_system").await?;
    }
    Ok(session)
}

async fn get_one(Auth(rc): Auth, Path(id): Path<String>) -> Answer<UploadSession> {
    Ok(Json(own(&rc, &id).await?))
}

async fn of_user(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<UploadSession>> {
    let id = user_id(&rc, &id)?;
    if id != rc.user_id() {
        rc.require("manage_system").await?;
    }
    Ok(Json(rc.core.get_upload_sessions_for_user(id).await?))
}

async fn send(
    State(server): State<Server>,
    Auth(rc): Auth,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    rc.core.check_files_enabled("UploadData")?;
    let session = rc.core.get_upload_session(valid_id(&id, "upload_id")?).await?;
    if session.r#type == UPLOAD_TYPE_IMPORT {
        rc.require("manage_system").await?;
    } else {
        if session.user_id != rc.user_id() {
            return Err(Error::forbidden());
        }
        rc.require_channel(&session.channel_id, "upload_file").await?;
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let done = if kind.starts_with("multipart/form-data") {
        let mut form =
            Multipart::from_request(request, &server).await.map_err(|_error| Error::invalid_body("multipart form"))?;
        let field = form.next_field().await.map_err(|_error| Error::invalid_body("multipart form"))?;
        let field = field.ok_or_else(|| {
            Error::new("api.upload.upload_data.multipart_error", 400, "The form holds no part of the file.")
        })?;
        rc.core.upload_data(&rc.cx, &session, field.map_err(std::io::Error::other).boxed()).await?
    } else {
        let stream = request.into_body().into_data_stream().map_err(std::io::Error::other);
        rc.core.upload_data(&rc.cx, &session, stream.boxed()).await?
    };
    Ok(done.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |info: FileInfo| Json(info).into_response()))
}
