//! The guest `storage` under any id, and what it is told to do.

use serde_json::{Value, json};
use wasmoat_tests::{Bundle, Rest, TestServer, guest};

/// A server, and its admin.
pub(crate) async fn house() -> (TestServer, Rest) {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    (server, admin)
}

/// The guest as a plugin.
#[derive(Clone, Debug)]
pub(crate) struct Keeper {
    pub(crate) admin: Rest,
    pub(crate) id: &'static str,
}

/// What a call answered.
#[derive(Clone, Debug)]
pub(crate) struct Outcome(Value);

impl Outcome {
    /// The answer of a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> &Value {
        self.0.get("ok").unwrap_or_else(|| panic!("refused: {}", self.0))
    }

    /// Asserts what kind of error it is, and gives its text.
    #[track_caller]
    pub(crate) fn is(&self, id: &str, status: u16) -> &str {
        let error = &self.0["error"];
        assert_eq!((error["id"].as_str(), error["status"].as_u64()), (Some(id), Some(status.into())), "{}", self.0);
        error["message"].as_str().unwrap()
    }

    /// Asserts that it is an error.
    #[track_caller]
    pub(crate) fn refused(&self) -> &Value {
        self.0.get("error").unwrap_or_else(|| panic!("not refused: {}", self.0))
    }
}

impl Keeper {
    /// Installs the guest with a directory and a database.
    pub(crate) async fn install(admin: &Rest, id: &'static str) -> Self {
        let storage = json!({"reason": "For a test."});
        let keeper = Self { admin: admin.clone(), id };
        keeper.put(Self::bundle(id, &json!({"directory": storage, "database": storage}))).await;
        keeper
    }

    /// The guest with these needs.
    pub(crate) fn bundle(id: &str, needs: &Value) -> Bundle {
        let manifest = json!({
            "id": id, "name": id, "version": "1.0.0", "wasmoat": needs, "server": {"executable": "plugin.wasm"},
        });
        let bundle = Bundle::default().file("plugin.json", manifest.to_string().as_bytes());
        bundle.file("plugin.wasm", &guest("storage"))
    }

    /// Installs a bundle in place of whatever is there, and enables it.
    pub(crate) async fn put(&self, bundle: Bundle) {
        self.admin.upload("bundle.tar.gz", bundle.finish(), true).await.ok();
        self.admin.post(&format!("/api/v4/plugins/{}/enable", self.id), &json!({})).await.ok();
    }

    /// Sets limits of the plugin, and no others.
    pub(crate) async fn limit(&self, limits: Value) {
        let patch = json!({"PluginSettings": {"Wasmoat": {"Plugins": {self.id: limits}}}});
        self.admin.put("/api/v4/config/patch", &patch).await.ok();
    }

    /// Makes calls of the Plugin API in one call of the guest.
    pub(crate) async fn calls(&self, calls: &[(&str, Value)]) -> Vec<Outcome> {
        let reply = self.try_calls(calls).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body.as_array().unwrap().iter().cloned().map(Outcome).collect()
    }

    /// The same, where the guest may not come to its end.
    pub(crate) async fn try_calls(&self, calls: &[(&str, Value)]) -> wasmoat_tests::Reply {
        let calls: Value =
            calls.iter().map(|(function, arguments)| json!({"function": function, "arguments": arguments})).collect();
        self.admin.post(&format!("/plugins/{}/", self.id), &calls).await
    }

    /// Makes one call.
    pub(crate) async fn call(&self, function: &str, arguments: Value) -> Outcome {
        self.calls(&[(function, arguments)]).await.remove(0)
    }

    /// Runs a statement that changes something.
    pub(crate) async fn execute(&self, sql: &str) -> Outcome {
        self.call("database.execute", json!({"sql": sql, "parameters": []})).await
    }

    /// Runs a statement and gives its rows.
    pub(crate) async fn query(&self, sql: &str) -> Outcome {
        self.call("database.query", json!({"sql": sql, "parameters": []})).await
    }

    /// The only number that a statement answers.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let outcome = self.query(sql).await;
        outcome.ok()["rows"][0][0]["integer"].as_i64().unwrap_or_else(|| panic!("{outcome:?}"))
    }
}
