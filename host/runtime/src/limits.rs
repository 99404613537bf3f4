//! What a plugin may use: every limit with its default, its bounds and the reason for it.
//!
//! The names are those of the setting `PluginSettings.Wasmoat.Plugins.{id}`, of a fault's text
//! and of `wasmoat plugin show`. A value outside its bounds is an error, not a surprise.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::CallContext;

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident = $default:literal in $least:literal ..= $most:literal;)*) => {
        /// The limits of one plugin.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: u64,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        /// Every limit, for tables and checks.
        pub static LIMITS: &[LimitInfo] = &[$(LimitInfo {
            name: stringify!($name),
            reason: concat!($($doc),+),
            default: $default,
            least: $least,
            most: $most,
        }),*];

        impl Limits {
            /// The limit of a name.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<u64> {
                match name {
                    $(stringify!($name) => Some(self.$name),)*
                    _ => None,
                }
            }

            fn set(&mut self, name: &str, value: u64) {
                match name {
                    $(stringify!($name) => self.$name = value,)*
                    _ => {}
                }
            }
        }
    };
}

/// One limit.
#[derive(Clone, Copy, Debug)]
pub struct LimitInfo {
    /// Name of the setting.
    pub name: &'static str,
    /// What it bounds, and why by default so much.
    pub reason: &'static str,
    /// Value where nothing is set.
    pub default: u64,
    /// Smallest value that may be set.
    pub least: u64,
    /// Largest value that may be set.
    pub most: u64,
}

limits! {
    /// Units of computation per call, about one per instruction: seconds of work, far more than a
    /// hook needs, and the same on a fast and a slow machine.
    fuel_per_call = 5_000_000_000 in 10_000 ..= 1_000_000_000_000;
    /// Units of computation per minute of all calls together, those that it starts of other plugins
    /// among them: about one core, all the time. Calls beyond it are refused until the minute is over.
    fuel_per_minute = 60_000_000_000 in 10_000 ..= 100_000_000_000_000;
    /// Milliseconds for a filter or a veto: somebody waits for their message.
    filter_ms = 5_000 in 1 ..= 60_000;
    /// Milliseconds for a request, a command or a bridge call: as long as Mattermost's bridge gives.
    provide_ms = 30_000 in 1 ..= 600_000;
    /// Milliseconds for an observer: nobody waits, but the queue behind it does.
    observe_ms = 30_000 in 1 ..= 600_000;
    /// Milliseconds for activation and deactivation: Mattermost's limit for the latter.
    lifecycle_ms = 10_000 in 1 ..= 600_000;
    /// Milliseconds for a run of a job: long enough to go through the messages of a big server.
    job_ms = 1_800_000 in 1_000 ..= 86_400_000;
    /// Milliseconds that a cancelled job has to end by itself.
    job_cancel_ms = 10_000 in 0 ..= 600_000;
    /// Units of computation per run of a job: minutes of work.
    fuel_per_job = 1_000_000_000_000 in 10_000 ..= 1_000_000_000_000_000;
    /// Units of computation per minute of all runs of jobs together: about one core. Runs beyond it
    /// wait for the next minute: nobody waits for them.
    job_fuel_per_minute = 60_000_000_000 in 10_000 ..= 100_000_000_000_000;
    /// Bytes of linear memory of an instance that runs a job: it gathers what a hook need not.
    job_memory_bytes = 134_217_728 in 65_536 ..= 1_073_741_824;
    /// Calls of the Plugin API within a run of a job.
    host_calls_per_job = 10_000_000 in 1 ..= 1_000_000_000;
    /// Jobs that have not ended: a plugin that starts one for every message is stopped here.
    jobs = 1_000 in 0 ..= 100_000;
    /// Jobs that run at once, each in an instance of its own beside those of the hooks.
    jobs_running = 4 in 1 ..= 64;
    /// Bytes of a job's payload: a row of the database, not a place for files.
    job_payload_bytes = 65_536 in 0 ..= 1_048_576;
    /// Bytes of linear memory per instance: Python and JavaScript guests need about 20 MiB.
    memory_bytes = 67_108_864 in 65_536 ..= 1_073_741_824;
    /// Table entries of all tables of an instance: a Python guest has about 12 000 functions in them.
    table_elements = 50_000 in 16 ..= 100_000;
    /// Calls at once, and so instances: a pool larger than the cores, since hooks wait in API calls.
    instances = 32 in 1 ..= 512;
    /// Idle instances that are kept for the next call; about 20 KiB each for a Rust plugin.
    instances_idle = 8 in 0 ..= 512;
    /// Calls of the Plugin API within one call: a page of users at a time reaches everybody.
    host_calls_per_call = 100_000 in 1 ..= 10_000_000;
    /// Bytes that one answer or one API call may carry out of the guest: the largest request or
    /// response body, with room around it.
    result_bytes = 16_777_216 in 1_024 ..= 268_435_456;
    /// Bytes of a request or an answer over the bridge: as many as Mattermost's carries.
    bridge_bytes = 10_485_760 in 1_024 ..= 67_108_864;
    /// Calls over the bridge at once, those that wait for an instance among them: some for each.
    bridge_calls = 512 in 1 ..= 10_000;
    /// Calls over the bridge a minute, from each caller to each endpoint: a loop is noticed, work
    /// is not.
    bridge_calls_per_minute = 60_000 in 1 ..= 1_000_000_000;
    /// Bytes in the files of the plugin's own directory: pictures and caches, not an archive.
    directory_bytes = 104_857_600 in 0 ..= 1_099_511_627_776;
    /// Files and folders in the plugin's own directory: the whole of it can be counted in moments.
    directory_files = 10_000 in 0 ..= 1_000_000;
    /// Bytes of the plugin's own database; while a transaction runs, its journal may take as much
    /// again.
    database_bytes = 104_857_600 in 65_536 ..= 1_099_511_627_776;
    /// Rows of one answer of the database: a page for people, a batch for a job.
    database_rows = 10_000 in 1 ..= 1_000_000;
    /// Bytes of one answer of the database, which the server holds until the plugin has it.
    database_answer_bytes = 8_388_608 in 1_024 ..= 268_435_456;
    /// Statements and transactions of the plugin's own database at once; others wait for a few
    /// seconds.
    database_statements = 4 in 1 ..= 64;
    /// Observed events waiting for the plugin; when it is full the newest are dropped and counted.
    observer_queue = 1_024 in 1 ..= 65_536;
    /// Log lines a second on average; ten times as many in a burst.
    log_lines_per_second = 100 in 1 ..= 10_000;
    /// Bytes of a log line, with its keys and values; what is longer is cut. A page of text.
    log_line_bytes = 8_192 in 256 ..= 65_536;
    /// Bytes of all keys and values of the key-value store together: a table of the server's own
    /// database. More belongs in files or in a database of the plugin's own.
    kv_bytes = 67_108_864 in 0 ..= 1_099_511_627_776;
    /// Bytes of one value: a row of the database, not a place for files.
    kv_value_bytes = 1_048_576 in 1 ..= 16_777_216;
    /// Keys of the key-value store.
    kv_keys = 100_000 in 0 ..= 100_000_000;
    /// Events a second to clients on average (own events, ephemeral posts, typing, dialogs, toasts);
    /// ten times as many in a burst. A queue of 256 waits for each client.
    websocket_events_per_second = 100 in 1 ..= 10_000;
    /// Bytes of such an event: it is kept for every client that it is for.
    websocket_event_bytes = 262_144 in 1_024 ..= 16_777_216;
    /// Posts a minute that the plugin makes; each is stored, filtered, and read by people.
    posts_per_minute = 6_000 in 1 ..= 1_000_000;
    /// Mails and push notifications a minute that it sends itself: they leave the server in its name.
    notifications_per_minute = 120 in 1 ..= 100_000;
    /// Records a second that it writes to the audit log on average, ten times as many in a burst: the
    /// log is everybody's, and what overflows its queue is lost.
    audit_records_per_second = 20 in 1 ..= 10_000;
    /// Milliseconds until the head of a response from outside is there, redirects included, or
    /// since the last piece of an upload: a language model thinks long before it answers.
    http_ms = 60_000 in 1 ..= 600_000;
    /// Milliseconds without a byte of a response from outside: a server that stalls ends here.
    http_idle_ms = 60_000 in 1 ..= 600_000;
    /// Requests to hosts outside at once: each holds a connection.
    http_requests = 16 in 1 ..= 256;
    /// Requests to hosts outside per minute, redirects included: what a service gives one customer.
    http_requests_per_minute = 600 in 1 ..= 60_000;
    /// Bytes of a request's body to a host outside: a file of the size that users may upload.
    http_request_bytes = 104_857_600 in 0 ..= 10_737_418_240;
    /// Bytes of a response's body from outside: as many as one may be sent.
    http_response_bytes = 104_857_600 in 0 ..= 10_737_418_240;
    /// Faults within ten minutes after which the plugin is disabled.
    faults_until_disabled = 10 in 1 ..= 10_000;
}

/// A limit that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// No limit has this name.
    #[error("unknown limit `{name}`; known are {}", LIMITS.iter().map(|limit| limit.name).collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The name.
        name: String,
    },
    /// The value is not a number within the bounds.
    #[error("limit `{name}` is `{value}`; it must be a whole number from {least} to {most}")]
    OutOfBounds {
        /// The limit.
        name: &'static str,
        /// The value.
        value: String,
        /// Smallest value.
        least: u64,
        /// Largest value.
        most: u64,
    },
}

impl Limits {
    /// These limits with the values of `settings` in place of their own.
    ///
    /// # Errors
    ///
    /// Where a name is unknown or a value out of bounds.
    pub fn with(mut self, settings: &BTreeMap<String, Value>) -> Result<Self, LimitError> {
        for (name, value) in settings {
            let Some(limit) = LIMITS.iter().find(|limit| limit.name == name) else {
                return Err(LimitError::Unknown { name: name.clone() });
            };
            let number = value.as_u64().filter(|number| (limit.least..=limit.most).contains(number));
            let Some(number) = number else {
                return Err(LimitError::OutOfBounds {
                    name: limit.name,
                    value: value.to_string(),
                    least: limit.least,
                    most: limit.most,
                });
            };
            self.set(limit.name, number);
        }
        Ok(self)
    }

    /// These limits as they are for a run of a job.
    pub(crate) fn for_job(&self) -> Self {
        Self {
            fuel_per_call: self.fuel_per_job,
            fuel_per_minute: self.job_fuel_per_minute,
            memory_bytes: self.job_memory_bytes,
            host_calls_per_call: self.host_calls_per_job,
            ..self.clone()
        }
    }

    pub(crate) fn memory(&self) -> usize {
        usize::try_from(self.memory_bytes).unwrap_or(usize::MAX)
    }

    pub(crate) fn table(&self) -> usize {
        usize::try_from(self.table_elements).unwrap_or(usize::MAX)
    }

    pub(crate) fn result(&self) -> usize {
        usize::try_from(self.result_bytes).unwrap_or(usize::MAX)
    }

    pub(crate) fn instances(&self) -> usize {
        usize::try_from(self.instances).unwrap_or(usize::MAX)
    }
}

/// What stands for a setting where the deadline of a calling plugin comes before the plugin's own
/// limit, and where that of the whole request does.
pub(crate) const CALLERS_TIME: &str = "the caller's remaining time";
const REQUESTS_TIME: &str = "the request's remaining time";

/// A time limit and the name of its setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLimit {
    pub(crate) duration: Duration,
    pub(crate) setting: &'static str,
}

impl TimeLimit {
    /// No longer than the caller's own deadline allows.
    pub(crate) fn within(self, context: &CallContext, now: Instant) -> Self {
        let left = context.deadline.map(|deadline| deadline.saturating_duration_since(now));
        let setting = if context.path.depth() > 0 { CALLERS_TIME } else { REQUESTS_TIME };
        match left.filter(|left| *left < self.duration) {
            Some(duration) => Self { duration, setting },
            None => self,
        }
    }
}

impl Limits {
    pub(crate) fn time(&self, hook: &str, kind: crate::HookKind) -> TimeLimit {
        use crate::HookKind::{Filter, Observe, Provide, Reject};
        let (milliseconds, setting) = match (hook, kind) {
            ("on-activate" | "on-deactivate" | "on-configuration-change" | "on-instance-start", _) => {
                (self.lifecycle_ms, "lifecycle_ms")
            }
            ("run-job", _) => (self.job_ms, "job_ms"),
            (_, Filter | Reject) => (self.filter_ms, "filter_ms"),
            (_, Observe) => (self.observe_ms, "observe_ms"),
            (_, Provide) => (self.provide_ms, "provide_ms"),
        };
        TimeLimit { duration: Duration::from_millis(milliseconds), setting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_replaces_a_default() {
        let settings = BTreeMap::from([("filter_ms".to_owned(), Value::from(50))]);
        assert_eq!(Limits::default().with(&settings).unwrap().filter_ms, 50);
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_refused() {
        let unknown = BTreeMap::from([("feul".to_owned(), Value::from(1))]);
        assert!(matches!(Limits::default().with(&unknown), Err(LimitError::Unknown { .. })));
        for value in [Value::from(0), Value::from(-1), Value::from("50"), Value::from(1e12), Value::Null] {
            let settings = BTreeMap::from([("filter_ms".to_owned(), value)]);
            assert!(matches!(Limits::default().with(&settings), Err(LimitError::OutOfBounds { .. })));
        }
    }

    #[test]
    fn every_default_is_within_its_bounds() {
        let limits = Limits::default();
        for limit in LIMITS {
            assert_eq!(limits.get(limit.name), Some(limit.default));
            assert!((limit.least..=limit.most).contains(&limit.default), "{}", limit.name);
        }
    }
}
