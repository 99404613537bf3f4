//! Headers by which a plugin knows who asks, and what else the bridge alone says.

use wasmoat_model::HttpHeader;

/// Header that names a calling plugin.
pub const HEADER_PLUGIN_ID: &str = "Mattermost-Plugin-Id";

/// Header that names the user; there for logged-in users only.
pub const HEADER_USER_ID: &str = "Mattermost-User-Id";

pub(super) const HEADER_SOURCE_PLUGIN_ID: &str = "X-Mattermost-Source-Plugin-Id";
pub(super) const HEADER_REQUEST_ID: &str = "X-Mattermost-Request-Id";
pub(super) const HEADER_RESPONSE_SCHEMA: &str = "X-Mattermost-Response-Schema";

/// `User-Agent` of a call over the bridge; nobody else may call itself so.
pub(super) const USER_AGENT: &str = "Mattermost-Plugin-Bridge/1.0";

/// Headers that only the host sets.
pub const IDENTITY_HEADERS: &[&str] =
    &[HEADER_PLUGIN_ID, HEADER_USER_ID, HEADER_SOURCE_PLUGIN_ID, HEADER_REQUEST_ID, HEADER_RESPONSE_SCHEMA];

/// Takes every header away by which somebody could pass for somebody else: those of the list
/// however they are spelt, `_` for `-` included, the bridge's `User-Agent`, and what is no header:
/// a target that writes it out again would write two.
pub fn strip_identity(headers: &mut Vec<HttpHeader>) {
    headers.retain(|header| is_header(header) && !is_identity(header));
}

fn is_identity(header: &HttpHeader) -> bool {
    let name = header.name.replace('_', "-");
    let is_bridge = || {
        let product = USER_AGENT.split('/').next().unwrap_or_default().to_ascii_lowercase();
        header.value.to_ascii_lowercase().contains(&product)
    };
    IDENTITY_HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known))
        || (name.eq_ignore_ascii_case("User-Agent") && is_bridge())
}

/// A name of a header's characters, and a value without line breaks.
fn is_header(header: &HttpHeader) -> bool {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !header.name.is_empty()
        && header.name.bytes().all(in_name)
        && !header.value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | b'\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> HttpHeader {
        HttpHeader { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn identity_is_stripped_however_it_is_spelt() {
        let mut headers = vec![header("Accept", "x")];
        for name in IDENTITY_HEADERS {
            for spelt in [name.to_lowercase(), name.to_uppercase(), name.replace('-', "_"), (*name).to_owned()] {
                headers.push(header(&spelt, "admin"));
                headers.push(header(&format!("{spelt} "), "admin"));
                headers.push(header(&format!("{spelt}\r\n"), "admin"));
            }
        }
        headers.push(header("user-agent", "x mattermost-plugin-BRIDGE/9.9"));
        headers.push(header("User-Agent", "curl"));
        strip_identity(&mut headers);
        assert_eq!(headers, [header("Accept", "x"), header("User-Agent", "curl")]);
    }

    #[test]
    fn what_would_become_two_headers_is_none() {
        let mut headers = vec![
            header("X-A", "1\r\nMattermost-User-Id: admin"),
            header("X-B\nMattermost-User-Id", "admin"),
            header("", ""),
        ];
        strip_identity(&mut headers);
        assert_eq!(headers, []);
    }
}
