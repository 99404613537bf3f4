//! The platform itself: who answers a call, and what was called.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
    fmt,
    rc::Rc,
};

use serde_json::{Map, Value};

#[cfg(any(test, feature = "testing-database"))]
use super::database;
use super::{Call, bridge, config, directory, http_client, kv, messages, people, sandbox};
use crate::{
    Component,
    types::{Channel, ChannelMember, Command, Post, Reaction, Team, TeamMember, User},
};

thread_local! {
    static CURRENT: RefCell<Option<Platform>> = const { RefCell::new(None) };
}

type Handler = Rc<dyn Fn(&Platform, Box<dyn Any>) -> Box<dyn Any>>;

/// The mock platform of the current thread, from its making until the next one is made there.
///
/// It is a handle: clones share their state.
#[derive(Clone)]
pub struct Platform {
    pub(super) state: Rc<State>,
}

/// What the platform remembers; each part has a module that works on it.
#[derive(Default)]
pub(super) struct State {
    handlers: RefCell<HashMap<&'static str, Handler>>,
    calls: RefCell<Vec<Recorded>>,
    pub plugin_id: RefCell<String>,
    pub defaults: RefCell<Map<String, Value>>,
    pub settings: RefCell<Map<String, Value>>,
    pub kv: RefCell<BTreeMap<String, kv::Entry>>,
    pub files: RefCell<BTreeMap<String, Vec<u8>>>,
    pub assets: RefCell<BTreeMap<String, Vec<u8>>>,
    #[cfg(any(test, feature = "testing-database"))]
    pub database: RefCell<Option<rusqlite::Connection>>,
    pub log: RefCell<Vec<LogLine>>,
    pub now: Cell<i64>,
    pub random: Cell<u64>,
    pub posts: RefCell<BTreeMap<String, Post>>,
    pub ephemeral: RefCell<Vec<messages::EphemeralPost>>,
    pub reactions: RefCell<Vec<Reaction>>,
    pub commands: RefCell<Vec<Command>>,
    pub users: RefCell<BTreeMap<String, User>>,
    pub teams: RefCell<BTreeMap<String, Team>>,
    pub channels: RefCell<BTreeMap<String, Channel>>,
    pub team_members: RefCell<Vec<TeamMember>>,
    pub channel_members: RefCell<Vec<ChannelMember>>,
    pub endpoints: RefCell<BTreeMap<(String, String), bridge::Endpoint>>,
    pub streamed: RefCell<Option<bridge::StreamedResponse>>,
    pub body: RefCell<Vec<u8>>,
    pub on_request: RefCell<Option<http_client::Handler>>,
    pub requests: RefCell<Vec<http_client::Requested>>,
}

struct Recorded {
    name: &'static str,
    arguments: Box<dyn Any>,
}

/// How loud a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For developers.
    Debug,
    /// What happens.
    Info,
    /// What should not happen.
    Warn,
    /// What went wrong.
    Error,
}

/// A line that the plugin logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How loud.
    pub level: LogLevel,
    /// The text.
    pub message: String,
    /// Keys and values.
    pub fields: Vec<(String, String)>,
}

impl LogLine {
    /// The value of a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

impl Default for Platform {
    fn default() -> Self {
        Self::new()
    }
}

impl Platform {
    /// A fresh platform, which becomes that of this thread.
    #[must_use]
    pub fn new() -> Self {
        let platform = Self { state: Rc::new(State::default()) };
        *platform.state.plugin_id.borrow_mut() = "test-plugin".into();
        platform.state.now.set(sandbox::START);
        bridge::install(&platform);
        config::install(&platform);
        #[cfg(any(test, feature = "testing-database"))]
        database::install(&platform);
        directory::install(&platform);
        kv::install(&platform);
        messages::install(&platform);
        people::install(&platform);
        sandbox::install(&platform);
        CURRENT.set(Some(platform.clone()));
        platform
    }

    /// A fresh platform for a plugin: its id and the defaults of its settings are those of its
    /// manifest.
    ///
    /// # Panics
    ///
    /// Where the manifest is no JSON object.
    #[must_use]
    pub fn of<P: Component>() -> Self {
        let platform = Self::new();
        config::read_manifest(&platform, P::MANIFEST);
        platform
    }

    /// Programs what a function answers, in place of what it did before:
    ///
    /// ```
    /// # use wasmoat::testing::{Platform, calls};
    /// let platform = Platform::new();
    /// platform.on(calls::permissions::HasPermissionTo, |(user_id, _permission)| {
    ///     user_id == "the-boss"
    /// });
    /// assert!(wasmoat::permissions::has_permission_to("the-boss", "manage_system"));
    /// ```
    pub fn on<C: Call>(&self, call: C, handler: impl Fn(C::Arguments) -> C::Output + 'static) -> &Self {
        self.answer(call, move |_, arguments| handler(arguments))
    }

    /// [`on`](Self::on) for the built-in answers, which work on the state.
    pub(super) fn answer<C: Call>(
        &self,
        _call: C,
        handler: impl Fn(&Self, C::Arguments) -> C::Output + 'static,
    ) -> &Self {
        let handler: Handler = Rc::new(move |platform, arguments| {
            let arguments = arguments.downcast::<C::Arguments>().unwrap_or_else(|_| unreachable_call(C::NAME));
            Box::new(handler(platform, *arguments))
        });
        self.state.handlers.borrow_mut().insert(C::NAME, handler);
        self
    }

    /// The arguments of every call of a function so far, in order.
    #[must_use]
    pub fn calls<C: Call>(&self, _call: C) -> Vec<C::Arguments> {
        self.state
            .calls
            .borrow()
            .iter()
            .filter(|recorded| recorded.name == C::NAME)
            .filter_map(|recorded| recorded.arguments.downcast_ref::<C::Arguments>().cloned())
            .collect()
    }

    /// The names of all functions called so far, like `posts.create-post`, in order.
    #[must_use]
    pub fn called(&self) -> Vec<&'static str> {
        self.state.calls.borrow().iter().map(|recorded| recorded.name).collect()
    }

    /// Forgets the calls and the log so far; everything else stays.
    pub fn forget_calls(&self) {
        self.state.calls.borrow_mut().clear();
        self.state.log.borrow_mut().clear();
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("called", &self.called()).finish_non_exhaustive()
    }
}

/// The platform of this thread, which notes that a function was called.
#[allow(clippy::panic, reason = "a test that forgot the platform must fail, and say why")]
pub(super) fn current(name: &'static str, arguments: impl Any) -> Platform {
    let Some(platform) = CURRENT.with_borrow(Clone::clone) else {
        panic!(
            "`{name}` was called, but this thread has no mock platform: begin the test with \
             `let platform = wasmoat::testing::Platform::new();`"
        );
    };
    platform.state.calls.borrow_mut().push(Recorded { name, arguments: Box::new(arguments) });
    platform
}

/// Where an API function ends up natively.
#[allow(clippy::panic, reason = "a test that forgot to program an answer must fail, and say why")]
pub(crate) fn dispatch<C: Call>(arguments: C::Arguments) -> C::Output {
    let platform = current(C::NAME, arguments.clone());
    let handler = platform.state.handlers.borrow().get(C::NAME).cloned();
    let Some(handler) = handler else {
        panic!(
            "`{name}` was called with {arguments:?}, and the test does not say what it answers: \
             program it with `platform.on(wasmoat::testing::calls::{ty}, |{pattern}| …);`",
            name = C::NAME,
            ty = C::TYPE,
            pattern = C::PARAMETERS,
        );
    };
    let output = handler(&platform, Box::new(arguments)).downcast::<C::Output>();
    *output.unwrap_or_else(|_| unreachable_call(C::NAME))
}

#[allow(clippy::panic, reason = "handlers are only ever stored under their own name")]
fn unreachable_call<T>(name: &str) -> T {
    panic!("the answer of `{name}` has another type")
}
