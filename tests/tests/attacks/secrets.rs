//! What plugins must not learn.

use serde_json::json;
use wasmoat_tests::{
    Bundle, PASSWORD, Recorder, guest,
    scene::{Scene, on_a_stage_of_its_own},
};

const SECRET: &str = "s3cret-of-the-victim";

async fn victim(scene: &Scene) -> Recorder {
    let manifest = json!({
        "id": "victim", "name": "victim", "version": "1.0.0", "server": {"executable": "plugin.wasm"},
        "settings_schema": {"settings": [{"key": "ApiToken", "type": "text", "secret": true}]},
    });
    let bundle = Bundle::default().file("plugin.json", manifest.to_string().as_bytes());
    let bundle = bundle.file("plugin.wasm", &guest("recorder")).finish();
    let victim = Recorder::install_bundle(&scene.ada.rest, "victim", bundle).await;
    scene.ada.rest.configure("victim", json!({"ApiToken": SECRET})).await;
    victim
}

#[test]
fn a_plugins_secret_is_read_by_itself_alone() {
    on_a_stage_of_its_own(async |scene| {
        let victim = victim(scene).await;
        let own = victim.api("config.load-plugin-configuration", json!({})).await.ok();
        assert!(own.to_string().contains(SECRET));
        for (function, arguments) in [
            ("config.get-config", json!({})),
            ("config.get-plugin-config", json!({})),
            ("config.load-plugin-configuration", json!({})),
            ("plugins.get-plugins", json!({})),
            ("plugins.get-plugin-status", json!({"id": "victim"})),
            ("kv.kv-list", json!({"page": 0, "per_page": 1_000})),
        ] {
            let answer = scene.first.api(function, arguments).await;
            assert!(!answer.body.to_string().contains(SECRET), "{function}");
        }
        for path in [
            "/api/v4/config",
            "/api/v4/plugins",
            "/api/v4/plugins/victim/inspection",
            "/api/v4/plugins/victim/logs",
            "/api/v4/config/client",
        ] {
            let reply = scene.ada.rest.get(path).await;
            assert!(!reply.body.to_string().contains(SECRET), "{path}");
        }
        // Nor does the filter of a save see it.
        scene.first.program("configuration-will-be-saved", json!({"then": {"answer": "keep"}})).await;
        scene.ada.rest.put("/api/v4/config/patch", &json!({"TeamSettings": {"SiteName": "Moat"}})).await.ok();
        let seen = scene.first.calls("configuration-will-be-saved").await;
        assert!(!seen.is_empty(), "the filter was asked");
        for call in &seen {
            let shown = call.arguments.to_string();
            assert!(!shown.contains(SECRET), "{shown}");
        }
    });
}

#[test]
fn no_hook_carries_a_token_or_a_password() {
    on_a_stage_of_its_own(async |scene| {
        scene.forget().await;
        let eve = scene.member().await;
        let token = eve.rest.token().to_owned();
        scene.join(&scene.channel.id, &eve).await.ok();
        eve.rest.say(&scene.channel, "hello").await.ok();
        let with_cookie =
            eve.rest.request(reqwest::Method::GET, &scene.first.path(&format!("/x?access_token={token}")));
        let with_cookie = with_cookie.header("Cookie", format!("MMAUTHTOKEN={token}; other=1"));
        let with_cookie = with_cookie.header("Referer", format!("https://example.org/?access_token={token}"));
        wasmoat_tests::Rest::send(with_cookie).await.ok();
        scene.first.wait_for("message-has-been-posted", |_| true).await;
        let login = scene.first.wait_for("user-has-logged-in", |_| true).await;
        assert_eq!(login.text("user/password"), "");
        for call in scene.first.calls("").await {
            let shown = call.arguments.to_string();
            assert!(!shown.contains(&token), "{}: {shown}", call.hook);
            assert!(!shown.contains(PASSWORD), "{}: {shown}", call.hook);
            // The hash begins like this.
            assert!(!shown.contains("$argon2") && !shown.contains("$2a$"), "{}: {shown}", call.hook);
        }
    });
}

#[test]
fn who_reads_sessions_must_have_been_trusted_with_all_of_them() {
    // The session that the contract gives has its token: it is no reading, but acting as anybody.
    assert_eq!(wasmoat_runtime::permission("sessions", "get-session").as_deref(), Some("sessions.admin"));
}
