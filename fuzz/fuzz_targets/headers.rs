//! A client's request on its way to a plugin: nothing in it names a user, a plugin or a session any
//! more, by any spelling, and by the server's own way of reading it.
//!
//! The input is lines: a request's target, then `name:value` each.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use libfuzzer_sys::fuzz_target;
use wasmoat_runtime::{IDENTITY_HEADERS, strip_identity};
use wasmoat_server::fuzzing::{TokenPlace, plugin_request, plugin_target, plugin_token};

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let Some(uri) = lines.next().and_then(|line| std::str::from_utf8(line).ok()) else { return };
    let _ = wasmoat_core::plugins::plugin_target(uri);
    let Ok(uri) = uri.parse::<Uri>() else { return };
    let Some((id, rest)) = plugin_target(uri.path()) else { return };
    assert!(wasmoat_model::is_valid_plugin_id(id));
    assert!(rest.is_empty() || rest.starts_with('/'));
    let rest = rest.to_owned();

    let mut builder = Request::builder().uri(uri.clone());
    for line in lines {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or_default();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            builder = builder.header(name, value);
        }
    }
    let Ok(request) = builder.body(()) else { return };
    let mut seen = plugin_request(&request.into_parts().0, &rest, Vec::new());
    strip_identity(&mut seen.headers);

    let mut headers = HeaderMap::new();
    for line in &seen.headers {
        let name = line.name.trim().to_ascii_lowercase();
        assert!(!IDENTITY_HEADERS.iter().any(|identity| identity.eq_ignore_ascii_case(&name)), "{name}");
        assert!(name != "referer" && !line.value.contains(['\r', '\n']), "{name}: {:?}", line.value);
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&line.value)) {
            headers.append(name, value);
        }
    }
    // Authorization stays where its token is nobody's; the server asked for that before.
    headers.remove("authorization");
    for shown in [&seen.url, &seen.request_uri] {
        let Ok(uri) = shown.parse::<Uri>() else { continue };
        let place = plugin_token(&headers, &uri).map(|(_, place)| place);
        assert!(!matches!(place, Some(TokenPlace::Cookie)), "a session cookie reached the plugin: {headers:?}");
        assert!(!matches!(place, Some(TokenPlace::Query)), "a token reached the plugin: {shown}");
    }
});
