//! Files of plugins that browsers load: `/plugins/{id}/public/…` and `/static/plugins/{id}/…`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use wasmoat_core::plugins::PublicFile;

use crate::{
    Error, Server,
    ranges::{ByteRange, byte_range},
};

pub(crate) fn routes() -> Router<Server> {
    Router::new().route("/static/plugins/{id}/{*path}", get(bundle))
}

/// A file of a plugin's folder `public`. No login; a path that ends in a slash is no file.
pub(crate) async fn public(
    server: &Server,
    id: &str,
    path: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    if method != Method::GET && method != Method::HEAD {
        return Ok(missing());
    }
    let Some(path) = decoded(path) else { return Ok(missing()) };
    let file = server.core.get_plugin_public_file(id, &path).await?;
    Ok(file.map_or_else(missing, |file| answer(headers, &file)))
}

async fn bundle(
    State(server): State<Server>,
    Path((id, path)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Error> {
    let file = server.core.get_plugin_static_file(&id, &path).await?;
    Ok(file.map_or_else(missing, |file| {
        let mut response = answer(request.headers(), &file);
        // The main file's name changes with every version.
        let forever = HeaderValue::from_static("max-age=31556926, public");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
        response
    }))
}

fn missing() -> Response {
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "404 page not found\n")
        .into_response()
}

/// Takes `%20` and the like out of a path.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let hex = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn answer(headers: &HeaderMap, file: &PublicFile) -> Response {
    let seconds = file.modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let tag = format!("\"{:x}-{seconds:x}\"", file.content.len());
    let mut response = Response::new(Body::empty());
    let lines = response.headers_mut();
    for (name, value) in [
        (header::ETAG, tag.as_str()),
        (header::LAST_MODIFIED, &http_date(UNIX_EPOCH + Duration::from_secs(seconds))),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CONTENT_TYPE, content_type(&file.name)),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            lines.insert(name, value);
        }
    }
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_str()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let size = file.content.len() as u64;
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    match asked.map(|range| byte_range(range, size)) {
        Some(ByteRange::Part(first, last)) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            if let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}")) {
                response.headers_mut().insert(header::CONTENT_RANGE, value);
            }
            let index = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX);
            *response.body_mut() = file.content.slice(index(first)..=index(last)).into();
        }
        Some(ByteRange::Beyond) => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
                response.headers_mut().insert(header::CONTENT_RANGE, value);
            }
        }
        Some(ByteRange::Whole) | None => *response.body_mut() = file.content.clone().into(),
    }
    response
}

fn content_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "css" => "text/css; charset=utf-8",
        "gif" => "image/gif",
        "htm" | "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpeg" | "jpg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" | "md" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webp" => "image/webp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "xml" => "text/xml; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(time: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // The civil calendar of Howard Hinnant, in years that begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let name = |names: &[&'static str], index: u64| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or("")
    };
    format!(
        "{}, {day:02} {} {year} {:02}:{:02}:{:02} GMT",
        name(&DAYS, days % 7),
        name(&MONTHS, month - 1),
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        let date = |seconds| http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(1_709_164_800), "Thu, 29 Feb 2024 00:00:00 GMT");
    }

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(decoded("a%20b%252e").as_deref(), Some("a b%2e"));
        assert_eq!(decoded("%ff"), None);
        assert_eq!(decoded("%2"), None);
    }
}
