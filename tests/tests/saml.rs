//! Plugins and logins by SAML. The server has no door for these; what is behind it is asked directly.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use serde_json::{Value, json};
use wasmoat_runtime::CallContext;
use wasmoat_tests::{TestServer, guest};

fn assertion(name: &str, department: &str) -> Value {
    let attribute = |value: &str| json!({"Values": [{"Value": value}]});
    json!({
        "NameID": name,
        "Values": {
            "mail": attribute(&format!("{name}@example.org")),
            "login": attribute(name),
            "department": attribute(department),
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_judges_logins_by_what_the_provider_says() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    assert_eq!(admin.get("/login/sso/saml").await.status, 404);
    let saml = json!({"Enable": true, "EmailAttribute": "mail", "UsernameAttribute": "login"});
    admin.put("/api/v4/config/patch", &json!({"SamlSettings": saml})).await.ok();
    let door = admin.get("/login/sso/saml").await;
    assert_eq!(door.status, 501, "{}", door.body);
    admin.install("guest", "saml-guard.wasm", guest("saml-guard")).await;

    let core = server.running.core();
    let (user, session) = core.login_by_saml(&CallContext::core(), &assertion("grace", "research")).await.unwrap();
    assert_eq!(core.session_by_token(&session.token).await.unwrap().unwrap().user_id, user.id);

    let error = core.login_by_saml(&CallContext::core(), &assertion("bob", "sales")).await.unwrap_err();
    let id = "api.user.authorize_oauth_user.saml_hook_error.app_error";
    assert_eq!((error.id.as_str(), error.status_code), (id, 500));
    assert!(error.detailed_error.contains("bob is of sales"), "{}", error.detailed_error);
    let bob = core.get_user_by_username("bob").await.unwrap();
    assert!(core.get_sessions(&bob.id).await.unwrap().is_empty(), "there is no session");
}
