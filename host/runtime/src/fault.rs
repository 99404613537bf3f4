//! Why a call into a plugin gave no answer.

use std::time::Duration;

use crate::limits::CALLERS_TIME;

/// A plugin broke a limit, trapped, or could not be reached. Names the plugin, the hook, the
/// limit, the actual value and the setting to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("plugin `{plugin}`, hook `{hook}`: {kind}")]
pub struct Fault {
    /// The plugin.
    pub plugin: String,
    /// The hook that was called.
    pub hook: &'static str,
    /// What happened.
    pub kind: FaultKind,
}

/// What happened in a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// Too much computation.
    #[error("out of fuel: {limit} units are allowed per call (setting `{setting}`)")]
    Fuel {
        /// Units allowed.
        limit: u64,
        /// The setting to change.
        setting: &'static str,
    },
    /// Too much computation in a minute, of this plugin or of the one that started the call.
    #[error(
        "out of fuel for this minute: {limit} units a minute are allowed to plugin `{plugin}`; there is more in {wait:?} (setting `{setting}`)"
    )]
    FuelMinute {
        /// The plugin that pays.
        plugin: String,
        /// Units allowed.
        limit: u64,
        /// Time until there is fuel again.
        wait: Duration,
        /// The setting to change.
        setting: &'static str,
    },
    /// Too much time.
    #[error("deadline: {limit:?} are allowed (setting `{setting}`)")]
    Deadline {
        /// Time allowed.
        limit: Duration,
        /// The setting to change.
        setting: &'static str,
    },
    /// Too much memory.
    #[error("memory: wanted {wanted} bytes, {limit} are allowed per instance (setting `{setting}`)")]
    Memory {
        /// Bytes wanted.
        wanted: usize,
        /// Bytes allowed.
        limit: usize,
        /// The setting to change.
        setting: &'static str,
    },
    /// Too many table entries.
    #[error("table: wanted {wanted} entries, {limit} are allowed per instance (setting `table_elements`)")]
    Table {
        /// Entries wanted.
        wanted: usize,
        /// Entries allowed.
        limit: usize,
    },
    /// Too many calls of the Plugin API.
    #[error("host calls: made {made}, {limit} are allowed per call (setting `{setting}`)")]
    HostCalls {
        /// Calls made.
        made: u64,
        /// Calls allowed.
        limit: u64,
        /// The setting to change.
        setting: &'static str,
    },
    /// Too large a result.
    #[error("result: over {limit} bytes came out of the guest at once (setting `result_bytes`)")]
    Result {
        /// Bytes allowed.
        limit: usize,
    },
    /// It called what it may not call, and the function has no error to say so.
    #[error("denied: {message}")]
    Denied {
        /// Plugin, function, permission, and how to grant it.
        message: String,
    },
    /// It was not asked: what the call is about is not for its eyes.
    #[error("out of scope: the call is about what lies outside the plugin's teams and channels")]
    OutOfScope,
    /// The stack overflowed.
    #[error("stack overflow: {limit} bytes of stack are there")]
    StackOverflow {
        /// Bytes of stack.
        limit: usize,
    },
    /// The guest panicked and said why.
    #[error("panic: {message}")]
    Panic {
        /// The guest's text.
        message: String,
    },
    /// The guest trapped.
    #[error("trap: {message}")]
    Trap {
        /// wasmtime's text.
        message: String,
    },
    /// `on-instance-start` answered an error.
    #[error("instance did not start: {message}")]
    InstanceStart {
        /// The guest's text.
        message: String,
    },
    /// Too many calls at once.
    #[error("overloaded: {limit} calls at once are allowed (setting `instances`)")]
    Overloaded {
        /// Calls allowed at once.
        limit: usize,
    },
    /// The one instance of a plugin is in use by this very call.
    #[error("re-entrant call: the plugin keeps a single instance, and `{path}` is inside it")]
    Reentrant {
        /// The plugins entered.
        path: String,
    },
    /// The whole server has no room for another instance.
    #[error("no room: the server's {limit} instances are in use (setting `instances_total`)")]
    NoRoom {
        /// Instances of the server.
        limit: usize,
    },
    /// A job was cut short.
    #[error("stopped: the job was cancelled, or the plugin or the server stopped")]
    Stopped,
    /// Too many plugins deep.
    #[error("too deep: {path} (at most {limit} plugins in one call)")]
    TooDeep {
        /// The plugins entered.
        path: String,
        /// Depth allowed.
        limit: usize,
    },
    /// The plugin failed often and is left alone for a moment.
    #[error("backing off for {wait:?} after {faults} faults in a row")]
    BackingOff {
        /// Time until the next try.
        wait: Duration,
        /// Faults in a row.
        faults: u32,
    },
}

impl FaultKind {
    /// A short name for metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fuel { .. } => "fuel",
            Self::FuelMinute { .. } => "fuel_minute",
            Self::Deadline { .. } => "deadline",
            Self::Memory { .. } => "memory",
            Self::Table { .. } => "table",
            Self::HostCalls { .. } => "host_calls",
            Self::Result { .. } => "result",
            Self::Denied { .. } => "denied",
            Self::OutOfScope => "out_of_scope",
            Self::StackOverflow { .. } => "stack_overflow",
            Self::Panic { .. } => "panic",
            Self::Trap { .. } => "trap",
            Self::InstanceStart { .. } => "instance_start",
            Self::Overloaded { .. } => "overloaded",
            Self::Reentrant { .. } => "reentrant",
            Self::NoRoom { .. } => "no_room",
            Self::Stopped => "stopped",
            Self::TooDeep { .. } => "too_deep",
            Self::BackingOff { .. } => "backing_off",
        }
    }

    /// Whether it is the guest's own doing and counts towards its health; being refused for lack
    /// of room, or being stopped, does not, nor does the end of the time that a caller had left: a
    /// plugin must not be able to have another one disabled.
    #[must_use]
    pub fn counts(&self) -> bool {
        if let Self::Deadline { setting, .. } = self {
            return *setting != CALLERS_TIME;
        }
        !matches!(
            self,
            Self::FuelMinute { .. }
                | Self::Overloaded { .. }
                | Self::Reentrant { .. }
                | Self::NoRoom { .. }
                | Self::Stopped
                | Self::OutOfScope
                | Self::TooDeep { .. }
                | Self::BackingOff { .. }
        )
    }
}

/// Most bytes of what a guest says about its own end: it is logged, kept and shown.
const WORDS: usize = 4 << 10;

/// A guest's words about its own end, no longer than anybody would read.
pub(crate) fn words(mut text: String) -> String {
    if text.len() > WORDS {
        text.truncate(text.floor_char_boundary(WORDS));
        text.push('…');
    }
    text
}

/// Why a plugin that was called by name gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No active plugin has this id.
    #[error("plugin `{0}` is not active")]
    NotActive(String),
    /// The plugin does not export the hook.
    #[error("plugin `{plugin}` does not implement `{hook}`")]
    NotImplemented {
        /// The plugin.
        plugin: String,
        /// The hook.
        hook: &'static str,
    },
    /// The plugin failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}
