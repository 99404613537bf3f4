//! Files, their pictures and public links: asked for, shown to plugins, sent as they come.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use wasmoat_core::{Core, files::Download};
use wasmoat_model::{FileDownloadType, FileInfo};
use wasmoat_runtime::CallContext;

use super::{
    headers::{headers, tag},
    readable,
};
use crate::{
    Auth, Error, MaybeAuth, Params, Server,
    ranges::{ByteRange, byte_range},
    users::valid_id,
};

/// What is sent of a file.
struct Sent<'a> {
    info: &'a FileInfo,
    path: &'a str,
    kind: &'a str,
    what: FileDownloadType,
    download: bool,
}

pub(super) async fn get_file(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    asked: HeaderMap,
) -> Result<Response, Error> {
    rc.core.check_files_enabled("GetFile")?;
    let info = readable(&rc, &id).await?;
    let sent = whole(&info, FileDownloadType::File, params.flag("download"));
    answer(&rc.core, &rc.cx, rc.user_id(), &sent, &asked).await
}

pub(super) async fn get_thumbnail(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let info = readable(&rc, &id).await?;
    if info.thumbnail_path.is_empty() {
        let id = "api.file.get_file_thumbnail.no_thumbnail.app_error";
        return Err(Error::new(id, 400, "The file has no thumbnail."));
    }
    let sent = picture(&info, &info.thumbnail_path, FileDownloadType::Thumbnail, params.flag("download"));
    answer(&rc.core, &rc.cx, rc.user_id(), &sent, &asked).await
}

pub(super) async fn get_preview(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let info = readable(&rc, &id).await?;
    if info.preview_path.is_empty() {
        let id = "api.file.get_file_preview.no_preview.app_error";
        return Err(Error::new(id, 400, "The file has no preview."));
    }
    let sent = picture(&info, &info.preview_path, FileDownloadType::Preview, params.flag("download"));
    answer(&rc.core, &rc.cx, rc.user_id(), &sent, &asked).await
}

pub(super) async fn get_public(
    State(server): State<Server>,
    maybe: MaybeAuth,
    Path(id): Path<String>,
    params: Params,
    asked: HeaderMap,
) -> Result<Response, Error> {
    server.core.check_files_enabled("GetFile")?;
    let info = server.core.file_of_public_link(valid_id(&id, "file_id")?, params.text("h")).await?;
    let sent = whole(&info, FileDownloadType::Public, params.flag("download"));
    // Whoever is logged in: a public link asks for nobody.
    answer(&server.core, &maybe.cx, "", &sent, &asked).await
}

fn whole(info: &FileInfo, what: FileDownloadType, download: bool) -> Sent<'_> {
    Sent { info, path: &info.path, kind: &info.mime_type, what, download }
}

fn picture<'a>(info: &'a FileInfo, path: &'a str, what: FileDownloadType, download: bool) -> Sent<'a> {
    let kind = if path.ends_with(".png") { "image/png" } else { "image/jpeg" };
    Sent { info, path, kind, what, download }
}

async fn answer(
    core: &Core,
    cx: &CallContext,
    user_id: &str,
    sent: &Sent<'_>,
    asked: &HeaderMap,
) -> Result<Response, Error> {
    let connection_id = asked.get("Connection-Id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let download = Download { user_id, connection_id, kind: sent.what };
    if let Some(reason) = core.ask_before_download(cx, sent.info, download).await? {
        return Ok(refusal(&reason));
    }
    let tag = tag(sent.info, sent.what.name());
    let public = sent.what == FileDownloadType::Public;
    let lines = headers(sent.info, sent.kind, &tag, sent.download, public);
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, lines).into_response());
    }
    let mut response = bytes(core, sent.path, asked, &tag).await?;
    response.headers_mut().extend(lines);
    Ok(response)
}

/// 403, with the plugin's reason where clients look for it.
fn refusal(reason: &str) -> Response {
    let text = format!("The file was not handed out. {reason}");
    let mut response = Error::new("api.file.get_file.rejected_by_plugin", 403, text).into_response();
    let plain: String = reason.chars().filter(|c| !c.is_control()).collect();
    if let Ok(value) = HeaderValue::from_bytes(plain.as_bytes()) {
        response.headers_mut().insert("X-Reject-Reason", value);
    }
    response
}

/// The bytes, or the range of them that is asked for, as they come from the file store.
async fn bytes(core: &Core, path: &str, asked: &HeaderMap, tag: &str) -> Result<Response, Error> {
    let size = core.file_size(path).await?;
    let same = asked.get(header::IF_RANGE).is_none_or(|known| known.as_bytes() == tag.as_bytes());
    let range = asked.get(header::RANGE).filter(|_| same).and_then(|range| range.to_str().ok());
    let (status, part) = match range.map(|range| byte_range(range, size)) {
        Some(ByteRange::Part(first, last)) => (StatusCode::PARTIAL_CONTENT, Some((first, last))),
        Some(ByteRange::Beyond) => {
            let beyond = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, beyond).into_response());
        }
        Some(ByteRange::Whole) | None => (StatusCode::OK, None),
    };
    let stream = core.stream_file(path, part.map(|(first, last)| first..last.saturating_add(1))).await?;
    let length = part.map_or(size, |(first, last)| last - first + 1);
    let mut response = (status, Body::from_stream(stream)).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some((first, last)) = part
        && let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}"))
    {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}
