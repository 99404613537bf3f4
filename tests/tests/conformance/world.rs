//! The server that all cases share, and what they make in it.

use std::{
    future::Future,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{OnceCell, RwLock},
};
use wasmoat_tests::{Rest, TestServer, guest, target_folder};

/// Outlives the tests that run on it, as the server does.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().enable_all().build().expect("a tokio runtime"));

static WORLD: OnceCell<World> = OnceCell::const_new();

static NAMES: AtomicU32 = AtomicU32::new(0);

/// Runs a test on the runtime of the server.
pub(crate) fn block_on(test: impl Future<Output = ()>) {
    RUNTIME.block_on(test);
}

/// A user and a client that is logged in as it.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// Its client.
    pub(crate) rest: Rest,
}

/// A server with the guest, an admin, a team and a member of it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) server: TestServer,
    /// The system admin.
    pub(crate) admin: Rest,
    pub(crate) admin_id: String,
    pub(crate) team_id: String,
    /// A member of the team. Cases share it: they make a user of their own to change one.
    pub(crate) bob: Person,
    /// Cases with settings of their own run alone.
    pub(crate) turn: RwLock<()>,
}

impl World {
    pub(crate) async fn shared() -> &'static Self {
        WORLD.get_or_init(Self::new).await
    }

    async fn new() -> Self {
        let folder = target_folder().join("conformance");
        let _ = std::fs::remove_dir_all(&folder);
        let server = TestServer::start_in(folder).await;
        let admin = server.admin().await;
        let features = ["ldap_groups", "custom_groups", "data_retention", "shared_channels", "access_control"];
        let settings = json!({
            "ServiceSettings": {"LicensedFeatures": features},
            "TeamSettings": {"MaxUsersPerTeam": 10_000},
            "ConnectedWorkspacesSettings": {"EnableSharedChannels": true, "EnableRemoteClusterService": true},
        });
        admin.put("/api/v4/config/patch", &settings).await.ok();
        admin.install("conformance", "conformance.wasm", guest("conformance")).await;
        let team = json!({"name": "conformance-team", "display_name": "Conformance", "type": "O"});
        let team_id = id(&admin.post("/api/v4/teams", &team).await.ok());
        let admin_id = admin.my_id().await;
        let bob = new_person(&admin, &team_id, "bob").await;
        Self { server, admin, admin_id, team_id, bob, turn: RwLock::new(()) }
    }

    /// Runs a statement in the server's database, past the server.
    pub(crate) async fn sql(&self, statement: &str) {
        let file = SqliteConnectOptions::new().filename(self.server.data().join("wasmoat.db"));
        let mut store = SqliteConnection::connect_with(&file).await.expect("the database opens");
        store.execute(AssertSqlSafe(statement.to_owned())).await.expect("the database takes the statement");
    }

    /// A name that nobody else has.
    pub(crate) fn name(&self, prefix: &str) -> String {
        format!("{prefix}-{}", NAMES.fetch_add(1, Ordering::Relaxed))
    }

    /// A new member of the team.
    pub(crate) async fn user(&self) -> Person {
        new_person(&self.admin, &self.team_id, &self.name("user")).await
    }

    /// A new open channel of the team with bob in it.
    pub(crate) async fn channel(&self) -> Value {
        let name = self.name("channel");
        let channel = json!({"team_id": self.team_id, "name": name, "display_name": name, "type": "O"});
        let channel = self.admin.post("/api/v4/channels", &channel).await.ok();
        self.join(&channel, &self.bob).await;
        channel
    }

    /// Adds a member to a channel.
    pub(crate) async fn join(&self, channel: &Value, person: &Person) {
        let path = format!("/api/v4/channels/{}/members", id(channel));
        self.admin.post(&path, &json!({"user_id": person.id})).await.ok();
    }

    /// What bob says in a new channel.
    pub(crate) async fn post(&self, message: &str) -> Value {
        self.say(&self.channel().await, message).await
    }

    /// What bob says in a channel.
    pub(crate) async fn say(&self, channel: &Value, message: &str) -> Value {
        self.bob.rest.post("/api/v4/posts", &json!({"channel_id": id(channel), "message": message})).await.ok()
    }
}

async fn new_person(admin: &Rest, team_id: &str, name: &str) -> Person {
    let rest = admin.sign_up(name).await;
    let id = rest.my_id().await;
    let member = json!({"team_id": team_id, "user_id": id});
    admin.post(&format!("/api/v4/teams/{team_id}/members"), &member).await.ok();
    Person { id, name: name.to_owned(), rest }
}

/// The id of what REST or a function answered.
pub(crate) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

/// An id that nothing has.
pub(crate) const NOBODY: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxx";
