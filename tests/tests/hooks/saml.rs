//! Logins by SAML. The server has no door for these; what is behind it is asked directly.

use reqwest::{StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use wasmoat_runtime::CallContext;
use wasmoat_tests::{Call, Reply};

use crate::{
    filters::{Asked, shows_veto},
    operation::{Operation, Way},
    scene::{Scene, on_stage, text},
};

fn assertion(name: &str) -> Value {
    let attribute = |value: String| json!({"Values": [{"Value": value}]});
    let values = json!({"mail": attribute(format!("{name}@example.org")), "login": attribute(name.to_owned())});
    json!({"NameID": name, "Values": values})
}

/// Somebody logs in by SAML, not for the first time.
struct LoggingIn;

impl Operation for LoggingIn {
    const HOOK: &'static str = "on-saml-login";

    async fn prepare(&self, scene: &Scene) -> Value {
        let saml = json!({"Enable": true, "EmailAttribute": "mail", "UsernameAttribute": "login"});
        scene.ada.rest.put("/api/v4/config/patch", &json!({"SamlSettings": saml})).await.ok();
        let name = Scene::name("saml");
        let reply = self.rest(scene, &json!({"username": name})).await.ok();
        json!({"username": name, "id": reply["id"]})
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let assertion = assertion(text(target, "username"));
        let login = scene.server.running.core().login_by_saml(&CallContext::core(), &assertion).await;
        let (status, body) = match login {
            Ok((user, _)) => (200, json!({"id": user.id})),
            Err(error) => (error.status(), json!({"id": error.id, "detailed_error": error.detailed_error})),
        };
        Reply { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body }
    }

    fn api(&self, _: &Scene, _: &Value) -> Option<(&'static str, Value)> {
        None
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("user/id") == text(target, "id")
    }

    fn check(&self, _: &Scene, call: &Call, target: &Value, _: Way) {
        let name = text(target, "username");
        assert_eq!((call.text("user/username"), call.text("user/auth_service")), (name, "saml"));
        assert_eq!(serde_json::from_str::<Value>(call.text("assertion")).unwrap(), assertion(name));
    }

    fn check_context(&self, _: &Scene, call: &Call, _: Way) {
        assert!(!call.text("context/request_id").is_empty());
    }
}

impl Asked for LoggingIn {
    const REFUSED: &'static str = "api.user.authorize_oauth_user.saml_hook_error.app_error";

    fn check_refusal(&self, reply: &Reply, reason: &str) {
        assert_eq!((reply.status.as_u16(), reply.text("id")), (500, Self::REFUSED), "{}", reply.body);
        assert!(reply.text("detailed_error").contains(reason), "the operator sees the reason: {}", reply.body);
    }

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        let sessions = scene.ada.rest.get(&format!("/api/v4/users/{}/sessions", text(target, "id"))).await.ok();
        sessions.as_array().map(Vec::len).into()
    }
}

#[test]
fn on_saml_login() {
    shows_veto(&LoggingIn);
}

#[test]
fn the_door_says_whether_saml_is_on() {
    on_stage(async |scene| {
        assert_eq!(scene.bob.rest.get("/login/sso/saml").await.status, 404);
        LoggingIn.prepare(scene).await;
        assert_eq!(scene.bob.rest.get("/login/sso/saml").await.status, 501);
    });
}
