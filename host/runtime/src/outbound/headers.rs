//! Which headers a plugin may set.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::error::OutboundError;

/// Headers that say how the message is framed or who is on the way: only the host sets them. With
/// one of them a plugin could smuggle a second request into a connection, or speak to a proxy.
const OF_THE_HOST: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that go along to another origin. Any other one may be a credential: there is no list
/// of the names that services gave their keys.
const HARMLESS: &[&str] = &["accept", "accept-language", "content-language", "content-type", "range", "user-agent"];

/// Most headers: twice what a browser sends with everything on.
const MOST: usize = 100;

/// Most bytes of all headers: what servers take at most, and tokens fit.
const BYTES: usize = 32 << 10;

/// Reads headers as a guest gives them. Names and values that would break a line are refused here.
pub(crate) fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<HeaderMap, OutboundError> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let invalid = |what: &str| OutboundError::Invalid(format!("header {name:.100?}: {what}"));
        if headers.len() >= MOST {
            return Err(OutboundError::Invalid(format!("more than {MOST} headers")));
        }
        let read = HeaderName::from_bytes(name.as_bytes()).map_err(|_bytes| invalid("not a header's name"))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_bytes| invalid("not a header's value"))?;
        headers.append(read, value);
    }
    Ok(headers)
}

/// Refuses headers that are the host's, and too many.
pub(super) fn check(headers: &HeaderMap) -> Result<(), OutboundError> {
    for name in headers.keys().map(HeaderName::as_str) {
        if OF_THE_HOST.contains(&name) || name.starts_with("proxy-") {
            return Err(OutboundError::Invalid(format!("header `{name}` is set by the server")));
        }
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > MOST || bytes > BYTES {
        let count = headers.len();
        return Err(OutboundError::Invalid(format!(
            "{count} headers of {bytes} bytes; {MOST} headers of {BYTES} bytes are allowed"
        )));
    }
    Ok(())
}

/// Leaves only what may go to another origin.
pub(super) fn for_another_origin(headers: &mut HeaderMap) {
    let names: Vec<HeaderName> = headers.keys().filter(|name| !HARMLESS.contains(&name.as_str())).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_breaks_a_line_is_no_header() {
        for (name, value) in [
            ("x", "a\r\nHost: evil"),
            ("x", "a\nb"),
            ("x", "a\0b"),
            ("x\r\nHost", "evil"),
            ("x: y", "z"),
            ("x ", "y"),
            ("", "y"),
            ("ключ", "y"),
        ] {
            assert!(matches!(read([(name, value)]), Err(OutboundError::Invalid(_))), "{name:?}: {value:?}");
        }
    }

    #[test]
    fn headers_of_the_host_are_refused_in_any_case() {
        for name in ["Host", "CONNECTION", "Transfer-Encoding", "content-length", "Proxy-Authorization", "TE", "Expect"]
        {
            let headers = read([(name, "x")]).unwrap();
            let Err(OutboundError::Invalid(text)) = check(&headers) else { panic!("{name} passed") };
            assert!(text.contains(&name.to_lowercase()), "{text}");
        }
        assert_eq!(check(&read([("Authorization", "Bearer x"), ("X-Api-Key", "y")]).unwrap()), Ok(()));
    }

    #[test]
    fn headers_have_a_bound() {
        let long = "x".repeat(BYTES);
        assert!(check(&read([("x", long.as_str())]).unwrap()).is_err());
        assert!(read(vec![("x", "y"); MOST + 1]).is_err());
    }
}
