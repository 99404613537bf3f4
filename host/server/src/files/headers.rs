//! What a client is told of a file beside its bytes.

use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue, header};
use wasmoat_model::FileInfo;

use crate::plugin_files::http_date;

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

/// A month: the bytes of an id never change.
const PRIVATE: &str = "max-age=2592000, private";
const PUBLIC: &str = "max-age=2592000, public";

/// The tag of a file's bytes, or of one of its pictures.
pub(super) fn tag(info: &FileInfo, what: &str) -> String {
    format!("\"{}.{}.{what}\"", info.id, info.create_at)
}

/// The headers of an answer. `kind` is the media type of what is sent.
pub(super) fn headers(info: &FileInfo, kind: &str, tag: &str, download: bool, public: bool) -> HeaderMap {
    let shown = SHOWN.contains(&kind) && !download;
    let way = if shown { "inline" } else { "attachment" };
    let disposition = format!("{way};filename=\"{}\"; filename*=UTF-8''{}", ascii(&info.name), percent(&info.name));
    let written = UNIX_EPOCH + Duration::from_millis(u64::try_from(info.create_at).unwrap_or_default());
    // A plugin may have named a type that is none.
    let kind = if HeaderValue::from_str(kind).is_ok() { kind } else { "application/octet-stream" };
    let lines = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, &disposition),
        (header::CACHE_CONTROL, if public { PUBLIC } else { PRIVATE }),
        (header::ETAG, tag),
        (header::LAST_MODIFIED, &http_date(written)),
        (header::ACCEPT_RANGES, "bytes"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, "Frame-ancestors 'none'; sandbox"),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_in_both_forms() {
        assert_eq!(ascii("a \"b\"\nü.txt"), "a _b___.txt");
        assert_eq!(percent("a ü.txt"), "a%20%C3%BC.txt");
    }

    #[test]
    fn what_a_browser_might_run_is_saved() {
        let info = FileInfo { name: "a".into(), ..FileInfo::default() };
        let way = |kind: &str, download| {
            let headers = headers(&info, kind, "t", download, false);
            headers["content-disposition"].to_str().unwrap().split(';').next().unwrap().to_owned()
        };
        assert_eq!(way("image/png", false), "inline");
        assert_eq!(way("image/png", true), "attachment");
        assert_eq!(way("text/html", false), "attachment");
        assert_eq!(way("image/svg+xml", false), "attachment");
        assert_eq!(headers(&info, "te\nxt", "t", false, false)["content-type"], "application/octet-stream");
    }
}
