//! `/api/v4/files`.

use axum::{
    Json, Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State, multipart::Field},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use serde_json::{Value, json};
use wasmoat_core::{Core, files::Upload};
use wasmoat_model::{FileInfo, is_valid_id};

use crate::{Answer, Auth, Created, Error, Params, RequestContext, Server, users::valid_id};

/// Files of one upload.
const FILES_AT_ONCE: usize = 10;
/// Types that a browser may show; everything else it must save, since it might run it.
const SHOWN: [&str; 11] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/bmp",
    "image/webp",
    "audio/mpeg",
    "audio/wav",
    "audio/ogg",
    "video/mp4",
    "video/webm",
    "text/plain",
];

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        // The size is limited file by file, by the configuration.
        .route("/files", post(upload_files).layer(DefaultBodyLimit::disable()))
        .route("/files/{file_id}", get(get_file))
        .route("/files/{file_id}/info", get(get_file_info))
        .route("/files/{file_id}/thumbnail", get(get_thumbnail))
        .route("/files/{file_id}/preview", get(get_preview))
}

async fn upload_files(
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
        infos.push(rc.core.upload_file(upload).await?);
    }
    Ok(Created(json!({"file_infos": infos, "client_ids": client_ids})))
}

/// A file that is the whole body; its name and channel are in the query.
async fn read_body(rc: &RequestContext, params: &Params, body: Body) -> Result<Upload, Error> {
    let channel_id = valid_id(params.text("channel_id"), "channel_id")?.to_owned();
    let name = params.text("filename").to_owned();
    if name.is_empty() {
        return Err(Error::invalid_url("filename"));
    }
    rc.require_channel(&channel_id, "upload_file").await?;
    let mut data = BytesMut::new();
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_error| Error::invalid_body("body"))?;
        rc.core.check_file_size("UploadFile", data.len() + chunk.len())?;
        data.extend_from_slice(&chunk);
    }
    Ok(Upload { user_id: rc.user_id().to_owned(), channel_id, name, data: data.freeze() })
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
            "channel_id" => channel_id = read_text(&rc.core, field).await?,
            "client_ids" => client_ids.push(read_text(&rc.core, field).await?),
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
                let data = read_field(&rc.core, field).await?;
                uploads.push(Upload { user_id: rc.user_id().to_owned(), channel_id: String::new(), name, data });
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

async fn read_field(core: &Core, mut field: Field<'_>) -> Result<Bytes, Error> {
    let mut data = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|_error| Error::invalid_body("multipart form"))? {
        core.check_file_size("UploadFile", data.len() + chunk.len())?;
        data.extend_from_slice(&chunk);
    }
    Ok(data.freeze())
}

async fn read_text(core: &Core, field: Field<'_>) -> Result<String, Error> {
    let bytes = read_field(core, field).await?;
    String::from_utf8(bytes.to_vec()).map_err(|_error| Error::invalid_body("multipart form"))
}

/// What is known of a file that the user may have.
async fn readable(rc: &RequestContext, id: &str) -> Result<FileInfo, Error> {
    let info = rc.core.get_file_info(valid_id(id, "file_id")?).await?;
    if info.user_id != rc.user_id() || !info.post_id.is_empty() {
        rc.require_channel_content(&info.channel_id).await?;
    }
    Ok(info)
}

async fn get_file_info(Auth(rc): Auth, Path(id): Path<String>) -> Answer<FileInfo> {
    Ok(Json(readable(&rc, &id).await?))
}

async fn get_file(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Result<Response, Error> {
    rc.core.check_files_enabled("GetFile")?;
    let info = readable(&rc, &id).await?;
    let data = rc.core.get_file(&info).await?;
    let shown = SHOWN.contains(&info.mime_type.as_str()) && !params.flag("download");
    let kind = if shown { "inline" } else { "attachment" };
    let disposition = format!("{kind};filename=\"{}\"; filename*=UTF-8''{}", ascii(&info.name), percent(&info.name));
    let mut response = data.into_response();
    let headers = response.headers_mut();
    let mut set = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &info.mime_type);
    set(header::CONTENT_DISPOSITION, &disposition);
    set(header::CACHE_CONTROL, "private, max-age=86400");
    set(header::CONTENT_SECURITY_POLICY, "Frame-ancestors 'none'; sandbox");
    Ok(response)
}

/// A name for old browsers.
fn ascii(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') || c == ' ' { c } else { '_' }).collect()
}

/// A name for all others.
fn percent(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Clients ask only where a file says that it has one; none does.
async fn get_thumbnail(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    readable(&rc, &id).await?;
    Err(Error::new("api.file.get_file_thumbnail.no_thumbnail.app_error", 400, "The file has no thumbnail."))
}

async fn get_preview(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    readable(&rc, &id).await?;
    Err(Error::new("api.file.get_file_preview.no_preview.app_error", 400, "The file has no preview."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_in_both_forms() {
        assert_eq!(ascii("a \"b\"\nü.txt"), "a _b___.txt");
        assert_eq!(percent("a ü.txt"), "a%20%C3%BC.txt");
    }
}
