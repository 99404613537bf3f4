//! What an admin allows a plugin is what it can do: from the upload that waits to the upgrade that
//! asks for more. A whole server each, as it is installed: nothing is approved by the way.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod approval;
mod hooks;
mod scope;
mod shows;
mod upgrades;

use serde_json::{Value, json};
use wasmoat_tests::{Channel, Reply, Rest, TestServer, guest};

/// A server, its admin and a channel.
struct Moat {
    server: TestServer,
    admin: Rest,
    channel: Channel,
}

impl Moat {
    async fn new() -> Self {
        let server = TestServer::start_as_installed().await;
        let admin = server.admin().await;
        let channel = admin.new_channel("town", &[]).await;
        Self { server, admin, channel }
    }

    /// With the first version of `librarian` approved and running.
    async fn with_librarian() -> Self {
        let moat = Self::new().await;
        moat.upload("asks-for-little").await;
        moat.decide("librarian", json!({"approve": true})).await.ok();
        moat.enable("librarian").await.ok();
        assert_eq!(moat.ask("/version").await.body, "version 1");
        moat
    }

    async fn upload(&self, name: &str) -> Value {
        self.admin.upload(&format!("{name}.wasm"), guest(name), true).await.ok()
    }

    async fn enable(&self, id: &str) -> Reply {
        self.admin.post(&format!("/api/v4/plugins/{id}/enable"), &json!({})).await
    }

    async fn permissions(&self, id: &str) -> Value {
        self.admin.get(&format!("/api/v4/plugins/{id}/permissions")).await.ok()
    }

    async fn decide(&self, id: &str, decision: Value) -> Reply {
        self.admin.post(&format!("/api/v4/plugins/{id}/permissions"), &decision).await
    }

    /// Approves all that is asked for, and this beside: teams or channels.
    async fn approve_all(&self, id: &str, scope: Value) {
        let asked = self.permissions(id).await["asked"].clone();
        let keys = |map: &Value| map.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut consent = json!({
            "permissions": names(&asked), "hosts": keys(&asked["hosts"]), "plugins": keys(&asked["plugins"]),
            "directory": !asked["directory"].is_null(), "database": !asked["database"].is_null(),
        });
        consent.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
        self.decide(id, json!({"approve": consent})).await.ok();
    }

    /// Asks `librarian`.
    async fn ask(&self, path: &str) -> Reply {
        self.admin.get(&format!("/plugins/librarian{path}")).await
    }

    /// Status of a plugin: state, version, error.
    async fn status(&self, id: &str) -> (i64, String, String) {
        let statuses = self.admin.get("/api/v4/plugins/statuses").await.ok();
        let own =
            statuses.as_array().unwrap().iter().find(|status| status["plugin_id"] == id).expect("it is installed");
        let text = |member: &str| own[member].as_str().unwrap_or_default().to_owned();
        (own["state"].as_i64().unwrap(), text("version"), text("error"))
    }

    /// What the admin says, as the post's id.
    async fn say(&self, channel: &Channel, message: &str) -> String {
        self.admin.say(channel, message).await.ok()["id"].as_str().unwrap().to_owned()
    }
}

/// Names of the permissions in `asked` or `difference`.
fn names(asked: &Value) -> Vec<&str> {
    asked["permissions"].as_array().unwrap().iter().map(|asked| asked["permission"].as_str().unwrap()).collect()
}

/// Asserts id and status of a refusal, and gives its message.
fn refused(reply: &Reply, id: &str, status: u16) -> String {
    assert_eq!((reply.text("id"), reply.status.as_u16()), (id, status), "{}", reply.body);
    reply.text("message").to_owned()
}

const RUNNING: i64 = 2;
