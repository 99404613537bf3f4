//! Where a redirect leads: a request of its own.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use url::Url;

use super::{error::OutboundError, headers, request::check_url};

/// Most redirects of one request.
pub(crate) const MOST: u8 = 10;

/// What is needed to send a request again.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// Absent where the body came in pieces and is gone.
    pub(super) body: Option<Bytes>,
}

/// The next request; `None` where the response is no redirect, or one that cannot be followed.
pub(super) fn next(hop: &Hop, status: StatusCode, response: &HeaderMap) -> Result<Option<Hop>, OutboundError> {
    let keeps = match status.as_u16() {
        307 | 308 => true,
        301 | 302 => hop.method != Method::POST,
        303 => matches!(hop.method, Method::GET | Method::HEAD),
        _ => return Ok(None),
    };
    let Some(location) = response.get(header::LOCATION) else { return Ok(None) };
    if keeps && hop.body.is_none() {
        return Ok(None);
    }
    let invalid = || OutboundError::Invalid("the server redirects to what is no URL".to_owned());
    let location = location.to_str().map_err(|_not_ascii| invalid())?;
    let url = check_url(hop.url.join(location).map_err(|_no_url| invalid())?)?;
    let mut next = Hop { url, ..hop.clone() };
    if !keeps {
        next.method = Method::GET;
        next.body = Some(Bytes::new());
        next.headers.remove(header::CONTENT_TYPE);
    }
    if next.url.origin() != hop.url.origin() {
        headers::for_another_origin(&mut next.headers);
    }
    Ok(Some(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(method: Method) -> Hop {
        let pairs = [("authorization", "Bearer x"), ("x-api-key", "y"), ("content-type", "a/b"), ("accept", "c/d")];
        Hop {
            method,
            url: Url::parse("https://api.example.org/v1/x").unwrap(),
            headers: headers::read(pairs).unwrap(),
            body: Some(Bytes::from_static(b"body")),
        }
    }

    fn follow(hop: &Hop, status: u16, location: &'static str) -> Result<Option<Hop>, OutboundError> {
        let response = HeaderMap::from_iter([(header::LOCATION, location.parse().unwrap())]);
        next(hop, StatusCode::from_u16(status).unwrap(), &response)
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let same = follow(&hop(Method::GET), 302, "/v2").unwrap().unwrap();
        assert_eq!((same.url.as_str(), same.headers.len()), ("https://api.example.org/v2", 4));
        for other in ["https://other.example.org/", "http://api.example.org/", "https://api.example.org:8443/"] {
            let next = follow(&hop(Method::GET), 302, other).unwrap().unwrap();
            let mut names: Vec<_> = next.headers.keys().map(|name| name.as_str()).collect();
            names.sort_unstable();
            assert_eq!(names, ["accept", "content-type"], "{other}");
        }
    }

    #[test]
    fn a_method_is_kept_where_the_standard_keeps_it() {
        for (status, method, expected, body) in [
            (301, Method::POST, Method::GET, ""),
            (302, Method::POST, Method::GET, ""),
            (303, Method::PUT, Method::GET, ""),
            (302, Method::PUT, Method::PUT, "body"),
            (307, Method::POST, Method::POST, "body"),
            (308, Method::DELETE, Method::DELETE, "body"),
        ] {
            let next = follow(&hop(method), status, "/").unwrap().unwrap();
            assert_eq!((next.method, next.body.unwrap()), (expected, Bytes::from(body)), "{status}");
        }
    }

    #[test]
    fn a_body_that_is_gone_is_not_sent_again() {
        let gone = Hop { body: None, ..hop(Method::POST) };
        assert!(follow(&gone, 307, "/").unwrap().is_none());
        assert!(follow(&gone, 303, "/").unwrap().is_some());
    }

    #[test]
    fn what_is_no_redirect_is_not_followed() {
        assert!(follow(&hop(Method::GET), 200, "/").unwrap().is_none());
        assert!(follow(&hop(Method::GET), 304, "/").unwrap().is_none());
        assert!(next(&hop(Method::GET), StatusCode::FOUND, &HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn a_redirect_to_what_is_no_request_is_an_error() {
        for location in ["file:///etc/passwd", "https://api.example.org@evil.org/", "https://"] {
            assert!(follow(&hop(Method::GET), 302, location).is_err(), "{location}");
        }
    }
}
