//! Pictures: one file of a form in, PNG out.

use axum::{
    extract::{FromRequest as _, Multipart, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::{Bytes, BytesMut};
use wasmoat_model::AppError;

use crate::{Error, RequestContext, Server};

/// The file `image` of a form; `ids` begins the ids of the errors.
pub async fn read(server: &Server, rc: &RequestContext, request: Request, ids: &str) -> Result<Bytes, Error> {
    let error = |name: &str, text: &str| Error::new(&format!("{ids}.{name}.app_error"), 400, text);
    let unreadable = || error("parse", "The request is no multipart form.");
    let mut form = Multipart::from_request(request, server).await.map_err(|_error| unreadable())?;
    let mut image: Option<Bytes> = None;
    while let Some(mut field) = form.next_field().await.map_err(|_error| unreadable())? {
        if field.name() != Some("image") {
            continue;
        }
        if image.is_some() {
            return Err(error("array", "The form holds several files; one picture is taken."));
        }
        let mut data = BytesMut::new();
        while let Some(chunk) = field.chunk().await.map_err(|_error| unreadable())? {
            let size = u64::try_from(data.len() + chunk.len()).unwrap_or(u64::MAX);
            rc.core
                .check_file_size(ids, size)
                .map_err(|refused| AppError { id: format!("{ids}.too_large.app_error"), ..refused })?;
            data.extend_from_slice(&chunk);
        }
        image = Some(data.freeze());
    }
    image.ok_or_else(|| error("no_file", "The form holds no file in its field `image`."))
}

/// A picture that changes at a time that is known: whoever has it already need not get it again.
pub fn dated(headers: &HeaderMap, time: i64, data: Bytes) -> Response {
    let tag = format!("\"{time}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_str()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let mut response = png(data, "private, max-age=86400");
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A picture that is made of what may change at any time.
pub fn generated(data: Bytes) -> Response {
    png(data, "private, max-age=300")
}

fn png(data: Bytes, cache: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, cache)], data).into_response()
}
