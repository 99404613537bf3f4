//! Accounts, logins and preferences.

use serde_json::{Value, json};
use wasmoat_tests::{Call, PASSWORD, Reply};

use crate::{
    filters::{Asked, shows_veto},
    observers::shows_observer,
    operation::{Operation, Way},
    scene::{Scene, on_stage, text},
};

fn account(name: &Value) -> Value {
    let email = format!("{}@example.org", name.as_str().unwrap());
    json!({"username": name, "email": email, "password": PASSWORD})
}

/// Ada makes an account.
struct Creating;

impl Operation for Creating {
    const HOOK: &'static str = "user-has-been-created";

    async fn prepare(&self, _: &Scene) -> Value {
        Scene::name("new").into()
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        scene.ada.rest.post("/api/v4/users", &account(target)).await
    }

    fn api(&self, _: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        Some(("users.create-user", json!({"user": account(target)})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.get("user/username") == target
    }

    fn check(&self, _: &Scene, call: &Call, target: &Value, _: Way) {
        assert_eq!(call.get("user/email"), &account(target)["email"]);
        assert_eq!(call.text("user/roles"), "system_user");
        assert_eq!(call.text("user/password"), "", "the user is sanitised");
    }
}

#[test]
fn user_has_been_created() {
    shows_observer(&Creating);
}

#[test]
fn a_new_bot_is_not_told() {
    on_stage(async |scene| {
        let bot = json!({"username": "robot", "display_name": "Robot"});
        scene
            .ada
            .rest
            .put("/api/v4/config/patch", &json!({"ServiceSettings": {"EnableBotAccountCreation": true}}))
            .await
            .ok();
        scene.ada.rest.post("/api/v4/bots", &bot).await.ok();
        let target = Creating.prepare(scene).await;
        Creating.rest(scene, &target).await.ok();
        scene.first.wait_for(Creating::HOOK, |call| Creating.is_meant(call, &target)).await;
        let calls = scene.first.calls(Creating::HOOK).await;
        assert!(calls.iter().all(|call| call.text("user/username") != "robot"), "{calls:?}");
    });
}

/// Ada deactivates an account.
struct Deactivating;

impl Operation for Deactivating {
    const HOOK: &'static str = "user-has-been-deactivated";

    async fn prepare(&self, scene: &Scene) -> Value {
        json!({"id": scene.stranger().await.id})
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        scene.ada.rest.delete(&format!("/api/v4/users/{}", text(target, "id"))).await
    }

    fn api(&self, _: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        Some(("users.delete-user", json!({"user_id": target["id"]})))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.text("user/id") == text(target, "id")
    }

    fn check(&self, _: &Scene, call: &Call, _: &Value, _: Way) {
        assert_ne!(call.get("user/delete_at"), 0);
        assert_eq!(call.text("user/password"), "");
    }
}

#[test]
fn user_has_been_deactivated() {
    shows_observer(&Deactivating);
}

#[test]
fn who_is_activated_again_is_not_told() {
    on_stage(async |scene| {
        let target = Deactivating.prepare(scene).await;
        let path = format!("/api/v4/users/{}/active", text(&target, "id"));
        for active in [false, true, false] {
            scene.ada.rest.put(&path, &json!({"active": active})).await.ok();
        }
        let last = Deactivating.prepare(scene).await;
        Deactivating.rest(scene, &last).await.ok();
        scene.first.wait_for(Deactivating::HOOK, |call| Deactivating.is_meant(call, &last)).await;
        let calls = scene.first.calls(Deactivating::HOOK).await;
        assert_eq!(calls.iter().filter(|call| Deactivating.is_meant(call, &target)).count(), 2);
    });
}

/// Somebody logs in. No function of the Plugin API does.
macro_rules! login {
    ($operation:ident, $hook:literal) => {
        struct $operation;

        impl Operation for $operation {
            const HOOK: &'static str = $hook;

            async fn prepare(&self, scene: &Scene) -> Value {
                let person = scene.stranger().await;
                json!({"id": person.id, "username": person.name})
            }

            async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
                let login = json!({"login_id": target["username"], "password": PASSWORD});
                scene.server.stranger().post("/api/v4/users/login", &login).await
            }

            fn api(&self, _: &Scene, _: &Value) -> Option<(&'static str, Value)> {
                None
            }

            fn is_meant(&self, call: &Call, target: &Value) -> bool {
                call.text("user/id") == text(target, "id")
            }

            fn check(&self, _: &Scene, call: &Call, target: &Value, _: Way) {
                assert_eq!(call.text("user/username"), text(target, "username"));
                assert_eq!(call.text("user/password"), "", "not even its hash");
            }

            fn check_context(&self, _: &Scene, call: &Call, _: Way) {
                let context = call.get("context");
                assert!(!text(context, "request_id").is_empty() && !text(context, "ip_address").is_empty());
                assert_eq!(text(context, "session_id"), "", "nobody was logged in when it began");
            }
        }
    };
}

login!(Asking, "user-will-log-in");
login!(Telling, "user-has-logged-in");

impl Asked for Asking {
    const REFUSED: &'static str = "app.user.login.rejected_by_plugin.app_error";

    async fn state(&self, scene: &Scene, target: &Value) -> Value {
        let path = format!("/api/v4/users/{}/sessions", text(target, "id"));
        let sessions = scene.ada.rest.get(&path).await.ok();
        sessions.as_array().map(Vec::len).into()
    }
}

#[test]
fn user_will_log_in() {
    shows_veto(&Asking);
}

#[test]
fn user_has_logged_in() {
    shows_observer(&Telling);
}

#[test]
fn plugins_are_not_asked_about_a_wrong_password() {
    on_stage(async |scene| {
        let before = scene.first.calls(Asking::HOOK).await.len();
        let login = json!({"login_id": "bob", "password": "wrong-Horse-1"});
        let reply = scene.server.stranger().post("/api/v4/users/login", &login).await;
        assert_eq!(reply.status, 401);
        assert_eq!(scene.first.calls(Asking::HOOK).await.len(), before);
    });
}

/// Ada saves a preference.
struct Preferring;

impl Operation for Preferring {
    const HOOK: &'static str = "preferences-have-changed";

    async fn prepare(&self, _: &Scene) -> Value {
        Scene::name("preference").into()
    }

    async fn rest(&self, scene: &Scene, target: &Value) -> Reply {
        let path = format!("/api/v4/users/{}/preferences", scene.ada.id);
        scene.ada.rest.put(&path, &json!([preference(scene, target)])).await
    }

    fn api(&self, scene: &Scene, target: &Value) -> Option<(&'static str, Value)> {
        let preferences = json!({"user_id": scene.ada.id, "preferences": [preference(scene, target)]});
        Some(("preferences.update-preferences-for-user", preferences))
    }

    fn is_meant(&self, call: &Call, target: &Value) -> bool {
        call.get("preferences/0/name") == target
    }

    fn check(&self, scene: &Scene, call: &Call, target: &Value, _: Way) {
        assert_eq!(call.get("preferences"), &json!([preference(scene, target)]));
    }
}

fn preference(scene: &Scene, name: &Value) -> Value {
    json!({"user_id": scene.ada.id, "category": "pp_recorder", "name": name, "value": "yes"})
}

#[test]
fn preferences_have_changed() {
    shows_observer(&Preferring);
}

#[test]
fn deleted_preferences_are_not_told() {
    on_stage(async |scene| {
        let (target, last) = (Preferring.prepare(scene).await, Preferring.prepare(scene).await);
        Preferring.rest(scene, &target).await.ok();
        let path = format!("/api/v4/users/{}/preferences/delete", scene.ada.id);
        scene.ada.rest.post(&path, &json!([preference(scene, &target)])).await.ok();
        Preferring.rest(scene, &last).await.ok();
        scene.first.wait_for(Preferring::HOOK, |call| Preferring.is_meant(call, &last)).await;
        let calls = scene.first.calls(Preferring::HOOK).await;
        assert_eq!(calls.iter().filter(|call| Preferring.is_meant(call, &target)).count(), 1);
    });
}
