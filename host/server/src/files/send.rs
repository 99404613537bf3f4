//! Uploads by one request: a form of files, or a body that is one.

use axum::{
    body::Body,
    extract::{FromRequest as _, Multipart, Request, State, multipart::Field},
    http::header,
};
use futures::StreamExt as _;
use serde_json::{Value, json};
use wasmoat_core::{
    Core,
    files::{Spool, Upload},
};
use wasmoat_model::is_valid_id;

use crate::{Auth, Created, Error, Params, RequestContext, Server, users::valid_id};

/// Files of one upload.
const FILES_AT_ONCE: usize = 10;

/// Longest text field of a form, in bytes.
const TEXT_LIMIT: usize = 1_024;

pub(super) async fn upload_files(
    State(server): State<Server>,
    Auth(rc): Auth,
    params: Params,
    request: Request,
) -> Result<Created<Value>, Error> {
    rc.core.check_files_enabled("UploadFile")?;
    let multipart = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let (uploads, client_ids) = if multipart {
        let form =
            Multipart::from_request(request, &server).await.map_err(|_error| Error::invalid_body("multipart form"))?;
        read_form(&rc, form, params.text("channel_id")).await?
    } else {
        (vec![read_body(&rc, &params, request.into_body()).await?], Vec::new())
    };
    if uploads.is_empty() {
        let id = "api.file.upload_file.read_form_value.app_error";
        return Err(Error::new(id, 400, "The request holds no file."));
    }
    let mut infos = Vec::with_capacity(uploads.len());
    for upload in uploads {
        rc.require_channel(&upload.channel_id, "upload_file").await?;
        infos.push(rc.core.upload_file(&rc.cx, upload).await?);
    }
    Ok(Created(json!({"file_infos": infos, "client_ids": client_ids})))
}

fn upload(rc: &RequestContext, channel_id: String, name: String, content: Spool) -> Upload {
    let user_id = rc.user_id().to_owned();
    Upload { user_id, channel_id, name, content, id: String::new(), remote_id: None }
}

/// A file that is the whole body; its name and channel are in the query.
async fn read_body(rc: &RequestContext, params: &Params, body: Body) -> Result<Upload, Error> {
    let at = "UploadFile";
    let channel_id = valid_id(params.text("channel_id"), "channel_id")?.to_owned();
    let name = params.text("filename").to_owned();
    if name.is_empty() {
        return Err(Error::invalid_url("filename"));
    }
    rc.require_channel(&channel_id, "upload_file").await?;
    let mut spool = rc.core.new_spool(at).await?;
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_error| Error::invalid_body("body"))?;
        spool.push(&chunk).await.map_err(|error| error.app_error(at))?;
    }
    Ok(upload(rc, channel_id, name, spool.finish().await))
}

/// Files of a form, and the names that the client gave them.
async fn read_form(
    rc: &RequestContext,
    mut form: Multipart,
    channel_id: &str,
) -> Result<(Vec<Upload>, Vec<String>), Error> {
    let mut channel_id = channel_id.to_owned();
    let (mut uploads, mut client_ids) = (Vec::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(|_error| Error::invalid_body("multipart form"))? {
        match field.name().unwrap_or_default() {
            "channel_id" => channel_id = read_text(field).await?,
            "client_ids" if client_ids.len() < FILES_AT_ONCE => client_ids.push(read_text(field).await?),
            "files" => {
                if uploads.len() == FILES_AT_ONCE {
                    let text = format!("At most {FILES_AT_ONCE} files are taken at once.");
                    return Err(Error::new("api.file.upload_file.too_many.app_error", 400, text));
                }
                // Nobody's bytes are kept for a channel where that user may not upload.
                if is_valid_id(&channel_id) {
                    rc.require_channel(&channel_id, "upload_file").await?;
                }
                let name = field.file_name().unwrap_or_default().to_owned();
                let content = read_file(&rc.core, field).await?;
                uploads.push(upload(rc, String::new(), name, content));
            }
            _ => {}
        }
    }
    if !is_valid_id(&channel_id) {
        return Err(Error::invalid_body("channel_id"));
    }
    for upload in &mut uploads {
        upload.channel_id.clone_from(&channel_id);
    }
    Ok((uploads, client_ids))
}

async fn read_file(core: &Core, mut field: Field<'_>) -> Result<Spool, Error> {
    let at = "UploadFile";
    let mut spool = core.new_spool(at).await?;
    while let Some(chunk) = field.chunk().await.map_err(|_error| Error::invalid_body("multipart form"))? {
        spool.push(&chunk).await.map_err(|error| error.app_error(at))?;
    }
    Ok(spool.finish().await)
}

async fn read_text(mut field: Field<'_>) -> Result<String, Error> {
    let unreadable = || Error::invalid_body("multipart form");
    let mut text = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_error| unreadable())? {
        text.extend_from_slice(&chunk);
        if text.len() > TEXT_LIMIT {
            return Err(unreadable());
        }
    }
    String::from_utf8(text).map_err(|_error| unreadable())
}
