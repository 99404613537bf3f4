//! Who asks is said by the host alone.

use serde_json::{Value, json};
use wasmoat_runtime::IDENTITY_HEADERS;

use crate::{call, house, told};

fn lines(told: &Value) -> Vec<String> {
    let mut lines: Vec<String> = told["ok"].as_str().unwrap().lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn a_call_in_mattermosts_form_has_mattermosts_headers() {
    let house = house().await;
    let schema = r#"{"type": "string"}"#;
    let asked = json!({ "target": "echo", "endpoint": "/seen/v1?x=y", "request": "{}" });
    let lines = lines(&told(&house, &asked).await);
    for line in [
        "POST /seen/v1?x=y",
        "content-type=application/json",
        "user-agent=Mattermost-Plugin-Bridge/1.0",
        "mattermost-plugin-id=caller",
        "x-mattermost-source-plugin-id=caller",
    ] {
        assert!(lines.iter().any(|seen| seen == line), "{line}: {lines:?}");
    }
    assert!(lines.iter().any(|line| line.len() > 30 && line.starts_with("x-mattermost-request-id=")), "{lines:?}");
    let is_there = |name: &str| lines.iter().any(|line| line.starts_with(name));
    assert!(!is_there("mattermost-user-id") && !is_there("x-mattermost-response-schema"), "{lines:?}");
    // The direct form gets the schema as it is, Mattermost's as base64.
    let wanted = json!({ "target": "echo-direct", "endpoint": "/seen", "schema": schema });
    assert_eq!(told(&house, &wanted).await["kind"], "schema-violation");
    let wanted = json!({ "target": "echo-direct", "endpoint": "/seen", "request": "", "schema": "\"\"" });
    assert!(told(&house, &wanted).await["text"].as_str().unwrap().contains("no JSON"));
}

#[tokio::test]
async fn the_direct_form_is_told_who_asks_by_the_context() {
    let house = house().await;
    for form in crate::FORMS {
        assert_eq!(told(&house, &call(form, "/context", "")).await["ok"], "caller|||");
    }
}

/// Every identity header, in odd cases, twice, with spaces, with line breaks in name and value.
fn forged() -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for name in IDENTITY_HEADERS {
        let odd: String = name
            .chars()
            .enumerate()
            .map(|(at, c)| if at % 2 == 0 { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
            .collect();
        for spelt in [
            (*name).to_owned(),
            odd,
            name.to_uppercase(),
            name.replace('-', "_"),
            format!("{name} "),
            format!("{name}\r\nX-A"),
        ] {
            headers.push((spelt.clone(), "forged".to_owned()));
            headers.push((spelt, "forged".to_owned()));
        }
        headers.push(("X-Harmless".to_owned(), format!("1\r\n{name}: forged")));
    }
    headers.push(("user-AGENT".to_owned(), "Mattermost-Plugin-Bridge/1.0 forged".to_owned()));
    headers.push(("X-Kept".to_owned(), "kept".to_owned()));
    headers
}

#[tokio::test]
async fn what_a_plugin_forges_does_not_reach_another_one() {
    let house = house().await;
    let asked = json!({ "by": "http", "target": "echo", "endpoint": "/seen", "method": "GET", "headers": forged() });
    let lines = lines(&told(&house, &asked).await);
    assert_eq!(lines, ["GET /seen", "mattermost-plugin-id=caller", "mattermost-user-id=", "x-kept=kept"]);
}

#[tokio::test]
async fn plugin_http_takes_any_method_and_keeps_headers_that_say_nothing_of_identity() {
    let house = house().await;
    for method in ["GET", "PUT", "DELETE", "PATCH", "PROPFIND"] {
        let headers = [("Authorization", "Bearer x"), ("Cookie", "a=b")];
        let asked =
            json!({ "by": "http", "target": "echo", "endpoint": "/seen?q=1", "method": method, "headers": headers });
        let lines = lines(&told(&house, &asked).await);
        for line in [&format!("{method} /seen?q=1"), "authorization=Bearer x", "cookie=a=b"] {
            assert!(lines.iter().any(|seen| seen == line), "{line}: {lines:?}");
        }
    }
}
