//! One case: a function, what is to be shown of it, and the guest that calls it.

use std::{panic::AssertUnwindSafe, sync::Mutex, time::Duration};

use futures::FutureExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;
use wasmoat_tests::{Rest, parity};

use crate::world::{self, World};

/// Ends a case that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A case that shows a success of a function, by its name in `wit/`, like `posts.get-post`.
pub(crate) fn success(function: &'static str) -> Plan {
    Plan { function, column: "success", settings: None, without: None }
}

/// A case that shows an error of a function.
pub(crate) fn error(function: &'static str) -> Plan {
    Plan { function, column: "error", settings: None, without: None }
}

/// A case that shows what a function without errors answers where there is nothing to answer.
pub(crate) fn edge(function: &'static str) -> Plan {
    Plan { function, column: "edge", settings: None, without: None }
}

/// A case before it runs.
pub(crate) struct Plan {
    function: &'static str,
    column: &'static str,
    settings: Option<Value>,
    without: Option<&'static str>,
}

impl Plan {
    /// Runs alone, with these settings over the server's, as `PUT /config/patch` takes them.
    pub(crate) fn settings(self, patch: Value) -> Self {
        Self { settings: Some(patch), ..self }
    }

    /// Runs alone, while the store has lost this table. For functions that the reference lets fail
    /// with the store only: `app.store.app_error`, 500.
    pub(crate) fn without_table(self, table: &'static str) -> Self {
        Self { without: Some(table), ..self }
    }

    /// Runs the case, and notes what it has shown.
    pub(crate) fn run(self, test: impl AsyncFnOnce(&Case)) {
        world::block_on(async {
            let world = World::shared().await;
            let case = Case { world, function: self.function, calls: Mutex::default() };
            let run = timeout(PATIENCE, self.in_turn(world, test(&case)));
            run.await.expect("the case hangs");
            case.shows(self.column);
        });
        parity::shown(self.column, self.function);
    }

    /// Beside other cases, or alone where the case changes what all of them share.
    async fn in_turn(&self, world: &World, test: impl Future<Output = ()>) {
        if self.settings.is_none() && self.without.is_none() {
            let _turn = world.turn.read().await;
            return test.await;
        }
        let _alone = world.turn.write().await;
        let before = world.admin.get("/api/v4/config").await.ok();
        if let Some(patch) = &self.settings {
            world.admin.put("/api/v4/config/patch", patch).await.ok();
        }
        if let Some(table) = self.without {
            world.sql(&format!("ALTER TABLE {table} RENAME TO gone_{table}")).await;
        }
        let outcome = AssertUnwindSafe(test).catch_unwind().await;
        if let Some(table) = self.without {
            world.sql(&format!("ALTER TABLE gone_{table} RENAME TO {table}")).await;
        }
        if self.settings.is_some() {
            world.admin.put("/api/v4/config", &before).await.ok();
        }
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Why a function refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(Value);

impl Refusal {
    /// Asserts id and status.
    pub(crate) fn is(&self, id: &str, status: u16) {
        assert_eq!((self.id(), self.0["status"].as_u64()), (id, Some(status.into())), "{}", self.0);
    }

    /// Asserts that the store failed, as it does [`without_table`](Plan::without_table).
    pub(crate) fn is_of_the_store(&self) {
        self.is("app.store.app_error", 500);
    }

    /// The stable id.
    pub(crate) fn id(&self) -> &str {
        self.0["id"].as_str().unwrap_or_default()
    }

    /// The text.
    pub(crate) fn message(&self) -> &str {
        self.0["message"].as_str().unwrap_or_default()
    }

    /// The kind of a `bridge-error`.
    pub(crate) fn kind(&self) -> &Value {
        &self.0["kind"]
    }
}

/// A case that runs. It is the [`World`] too.
pub(crate) struct Case {
    world: &'static World,
    function: &'static str,
    /// Function and whether it succeeded.
    calls: Mutex<Vec<(String, bool)>>,
}

impl std::ops::Deref for Case {
    type Target = World;

    fn deref(&self) -> &World {
        self.world
    }
}

impl Case {
    /// Calls the function of the case, which must succeed.
    pub(crate) async fn call(&self, arguments: Value) -> Value {
        self.call_other(self.function, arguments).await
    }

    /// Calls the function of the case, which must refuse.
    pub(crate) async fn refused(&self, arguments: Value) -> Refusal {
        match self.dispatch(self.function, arguments).await {
            Ok(answer) => panic!("{} is not refused: {answer}", self.function),
            Err(refusal) => refusal,
        }
    }

    /// Calls another function and then, in the same call of the guest, that of the case, which must
    /// refuse: for what would keep the guest from being called again.
    pub(crate) async fn refused_after(&self, before: &str, with: Value, arguments: Value) -> Refusal {
        let before = json!([{"function": before, "arguments": with}]);
        let request = json!({"before": before, "function": self.function, "arguments": arguments});
        match self.send(self.function, &request).await {
            Ok(answer) => panic!("{} is not refused: {answer}", self.function),
            Err(refusal) => refusal,
        }
    }

    /// Another guest called the function, as the case has seen by what came of it.
    pub(crate) fn was_called(&self) {
        self.calls.lock().unwrap().push((self.function.to_owned(), true));
    }

    /// Calls another function, which must succeed.
    pub(crate) async fn call_other(&self, function: &str, arguments: Value) -> Value {
        match self.dispatch(function, arguments).await {
            Ok(answer) => answer,
            Err(refusal) => panic!("{function} is refused: {}", refusal.0),
        }
    }

    async fn dispatch(&self, function: &str, arguments: Value) -> Result<Value, Refusal> {
        self.send(function, &json!({"function": function, "arguments": arguments})).await
    }

    async fn send(&self, function: &str, request: &Value) -> Result<Value, Refusal> {
        let reply = self.admin.post("/plugins/conformance/call", request).await;
        let outcome = match reply.status.as_u16() {
            200 => Ok(reply.body),
            422 => Err(Refusal(reply.body)),
            status => panic!("{function} was not called: {status}: {}", reply.body),
        };
        self.calls.lock().unwrap().push((function.to_owned(), outcome.is_ok()));
        outcome
    }

    /// A case shows what it says only where the guest made that call with that outcome.
    fn shows(&self, column: &str) {
        let calls = self.calls.lock().unwrap();
        let shown = calls.iter().any(|(function, succeeded)| {
            function == self.function && (column == "edge" || *succeeded == (column == "success"))
        });
        assert!(shown, "the case shows no {column} of {}: {calls:?}", self.function);
    }

    /// A client of the events that a user gets from now on.
    pub(crate) async fn events(&self, user: &Rest) -> wasmoat_tests::Events {
        wasmoat_tests::Events::of(user).await
    }
}
