//! `wit/http.wit`.

use serde_json::{Value, json};
use wasmoat_tests::{guest, renamed};

use crate::{Case, error, success};

fn request(url: &str) -> Value {
    json!({"request": {"method": "POST", "url": url, "body": b"{}"}})
}

/// Another plugin, which answers the headers that it sees at `/seen`.
async fn target(case: &Case) -> String {
    let name = case.name("target");
    case.admin.install(&name, "target.tar.gz", renamed(&guest("spoofed-headers"), &name)).await;
    name
}

fn text(response: &Value) -> String {
    let body: Vec<u8> = serde_json::from_value(response["body"].clone()).unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn plugin_http_asks_another_plugin() {
    success("http.plugin-http").run(async |case| {
        let target = target(case).await;
        let response = case.call(request(&format!("/{target}/seen"))).await;
        assert_eq!(response["status"], 200);
        let seen = text(&response);
        assert!(seen.contains("mattermost-plugin-id=conformance\n"), "{seen}");
        assert!(seen.contains("mattermost-user-id=\n"), "{seen}");
        for (url, status) in [("/nobody/x", 404), ("/nobody", 400), ("x", 400)] {
            assert_eq!(case.call(request(url)).await["status"], status, "{url}");
        }
    });
}

#[test]
fn plugin_http_tells_of_a_target_that_fails() {
    error("http.plugin-http").run(async |case| {
        let name = case.name("target");
        case.admin.install(&name, "target.tar.gz", renamed(&guest("conformance"), &name)).await;
        let refusal = case.refused(request(&format!("/{name}/panic"))).await;
        refusal.is("app.plugin.plugin_http.app_error", 500);
        assert!(refusal.message().contains(&name), "{}", refusal.message());
    });
}
