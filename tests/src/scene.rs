//! A server with two installations of the guest `recorder`, and people and places: where hooks
//! are proven.

use std::{
    future::Future,
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::{Channel, Recorder, Reply, Rest, TestServer, parity};
use serde_json::{Value, json};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

/// What plugins do that fail, and what is logged of it.
pub const FAULTS: [(&str, &str); 2] = [("trap", "told to trap"), ("loop", "out of fuel")];

/// Ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(180);

/// Outlives the tests that run on it, as the servers do.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().enable_all().build().expect("a tokio runtime"));

/// Scenes that no test uses at the moment.
static FREE: Mutex<Vec<Scene>> = Mutex::new(Vec::new());

static NAMES: AtomicU32 = AtomicU32::new(0);

/// The first scene compiles the recorder, the others take its code from the cache.
static COMPILING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Runs a test on a scene that others have used before it, and will after it. Where the test fails,
/// nobody uses it again.
pub fn on_stage(test: impl AsyncFnOnce(&Scene)) {
    let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
    block_on(async {
        let scene = match free {
            Some(scene) => scene,
            None => Scene::open().await,
        };
        test(&scene).await;
        scene.tidy_up().await;
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(scene);
    });
}

/// Runs a test on a scene that is new, and gone after it: for what changes the scene for good.
pub fn on_a_stage_of_its_own(test: impl AsyncFnOnce(&Scene)) {
    block_on(async {
        let scene = Scene::open().await;
        test(&scene).await;
        scene.server.stop().await;
    });
}

fn block_on(test: impl Future<Output = ()>) {
    RUNTIME.block_on(async { timeout(PATIENCE, test).await.expect("the test hangs") });
}

/// A user and its client.
#[derive(Clone, Debug)]
pub struct Person {
    /// Id.
    pub id: String,
    /// Username.
    pub name: String,
    /// A client that is logged in.
    pub rest: Rest,
}

/// A server, with an admin who is in a channel together with bob.
#[derive(Debug)]
pub struct Scene {
    /// The server.
    pub server: TestServer,
    /// The system admin.
    pub ada: Person,
    /// A member of the team.
    pub bob: Person,
    /// Where both are.
    pub channel: Channel,
    /// `recorder-a`, which is asked first.
    pub first: Recorder,
    /// `recorder-b`, which is asked second, and whose API calls are those of another plugin.
    pub second: Recorder,
    /// The configuration at the beginning.
    config: Value,
}

impl Scene {
    async fn open() -> Self {
        let compiling = COMPILING.lock().await;
        let server = TestServer::start_with_shared_code().await;
        let ada = Person::of("ada", server.admin().await).await;
        // An endless loop ends by fuel, which does not depend on how busy the machine is. What
        // plugins are told to do here is no reason to disable them.
        let limits =
            json!({"fuel_per_call": 200_000_000, "fuel_per_job": 200_000_000, "faults_until_disabled": 10_000});
        let settings = json!({
            "PluginSettings": {"Wasmoat": {"Defaults": limits}},
            "TeamSettings": {"MaxUsersPerTeam": 1_000},
            "ServiceSettings": {"EnableUserAccessTokens": true},
        });
        ada.rest.put("/api/v4/config/patch", &settings).await.ok();
        let first = Recorder::install(&ada.rest, "recorder-a").await;
        let second = Recorder::install(&ada.rest, "recorder-b").await;
        drop(compiling);
        let bob = Person::of("bob", ada.rest.sign_up("bob").await).await;
        let channel = ada.rest.new_channel("town", &[&bob.rest]).await;
        let config = ada.rest.get("/api/v4/config").await.ok();
        let scene = Self { server, ada, bob, channel, first, second, config };
        scene.forget().await;
        scene
    }

    /// Leaves settings, plugins and programs as they were.
    async fn tidy_up(&self) {
        self.ada.rest.put("/api/v4/config", &self.config).await.ok();
        self.forget().await;
    }

    /// Both recorders, in the order in which they are asked.
    pub fn recorders(&self) -> [&Recorder; 2] {
        [&self.first, &self.second]
    }

    /// Ends all programs, and forgets what was recorded.
    pub async fn forget(&self) {
        self.end_programs().await;
        self.forget_calls().await;
    }

    /// Ends all programs.
    pub async fn end_programs(&self) {
        for recorder in self.recorders() {
            recorder.end_programs().await;
        }
    }

    /// Forgets what was recorded.
    pub async fn forget_calls(&self) {
        for recorder in self.recorders() {
            recorder.forget().await;
        }
    }

    /// A name that nobody else has.
    pub fn name(prefix: &str) -> String {
        format!("{prefix}-{}", NAMES.fetch_add(1, Ordering::Relaxed))
    }

    /// A new member of the team.
    pub async fn member(&self) -> Person {
        let person = self.stranger().await;
        let member = json!({"team_id": self.channel.team_id, "user_id": person.id});
        self.ada.rest.post(&format!("/api/v4/teams/{}/members", self.channel.team_id), &member).await.ok();
        person
    }

    /// A new user who is in no team.
    pub async fn stranger(&self) -> Person {
        let name = Self::name("person");
        Person::of(&name, self.ada.rest.sign_up(&name).await).await
    }

    /// A new open channel of the team, with ada in it.
    pub async fn new_channel(&self) -> Value {
        let name = Self::name("channel");
        let channel = json!({"team_id": self.channel.team_id, "name": name, "display_name": name, "type": "O"});
        self.ada.rest.post("/api/v4/channels", &channel).await.ok()
    }

    /// Adds a user to a channel.
    pub async fn join(&self, channel_id: &str, person: &Person) -> Reply {
        self.ada.rest.post(&format!("/api/v4/channels/{channel_id}/members"), &json!({"user_id": person.id})).await
    }

    /// What ada says in the channel.
    pub async fn post(&self, message: &str) -> Value {
        self.ada.rest.say(&self.channel, message).await.ok()
    }

    /// Ada types a line in a channel.
    pub async fn command(&self, channel_id: &str, line: &str) -> Reply {
        let args = json!({"channel_id": channel_id, "team_id": self.channel.team_id, "command": line});
        self.ada.rest.post("/api/v4/commands/execute", &args).await
    }
}

impl Person {
    async fn of(name: &str, rest: Rest) -> Self {
        Self { id: rest.my_id().await, name: name.to_owned(), rest }
    }
}

/// Text of a member of JSON; empty where it is not there.
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(&format!("/{path}")).and_then(Value::as_str).unwrap_or_default()
}

/// The id of what REST answered.
pub fn id(value: &Value) -> String {
    let id = text(value, "id");
    assert!(!id.is_empty(), "no id: {value}");
    id.to_owned()
}

/// Notes columns of a hook, see the head of this binary.
pub fn shown(hook: &str, columns: &[&str]) {
    for column in columns {
        parity::shown(column, hook);
    }
}
