//! Plugins and clients that want more than they were given, against a whole server. What is tried
//! here, in `hostile`, in `uploads` and beside the code is listed in `docs/attacks.md`, which
//! `cargo xtask test attacks` makes.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod cardinality;
mod floods;
mod identity;
mod loops;
mod nesting;
mod numbers;
mod secrets;
mod texts;

use serde_json::{Value, json};
use wasmoat_tests::{Reply, guest, scene::Scene};

/// The guest `conformance`, which calls whatever it is told to, however often.
struct Attacker<'a>(&'a Scene);

impl<'a> Attacker<'a> {
    /// Installs it with these limits.
    async fn install(scene: &'a Scene, limits: Value) -> Self {
        scene.ada.rest.upload("conformance.wasm", guest("conformance"), false).await.ok();
        let attacker = Self(scene);
        attacker.limit(limits).await;
        scene.ada.rest.post("/api/v4/plugins/conformance/enable", &json!({})).await.ok();
        attacker
    }

    /// Gives it other limits.
    async fn limit(&self, limits: Value) {
        let plugins = json!({"PluginSettings": {"Wasmoat": {"Plugins": {"conformance": limits}}}});
        self.0.ada.rest.put("/api/v4/config/patch", &plugins).await.ok();
    }

    /// Calls a function: 200 with the answer, or 422 with the refusal.
    async fn call(&self, function: &str, arguments: Value) -> Reply {
        self.burst(0, function, arguments).await
    }

    /// Calls it so many times more before, in one go.
    async fn burst(&self, more: usize, function: &str, arguments: Value) -> Reply {
        let before = vec![json!({"function": function, "arguments": arguments}); more];
        let request = json!({"before": before, "function": function, "arguments": arguments});
        let reply = self.0.ada.rest.post("/plugins/conformance/call", &request).await;
        assert!(matches!(reply.status.as_u16(), 200 | 422), "{function}: {}: {}", reply.status, reply.body);
        reply
    }

    /// Calls it, and it must be refused.
    async fn refused(&self, function: &str, arguments: Value) -> Value {
        let reply = self.call(function, arguments).await;
        assert_eq!(reply.status, 422, "{function}: {}", reply.body);
        reply.body
    }

    /// What its author finds in its log.
    async fn log(&self) -> String {
        let lines = self.0.ada.rest.get("/api/v4/plugins/conformance/logs?lines=1000").await.ok();
        let lines = lines["lines"].as_array().unwrap().iter();
        lines.map(|line| format!("{}\n", line["message"].as_str().unwrap())).collect()
    }
}
