//! What a hook is to do, as its test wrote it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wasmoat::{
    Result,
    dynamic::{self, CallError},
    kv,
};

use crate::record;

/// What a hook does when it is called.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Program {
    /// Only where the arguments have these members.
    when: Value,
    /// The first time only.
    once: bool,
    /// Calls the Plugin API before it answers; what came of it is recorded as `called`.
    call: Option<Call>,
    /// What it answers.
    then: Then,
}

#[derive(Debug, Serialize, Deserialize)]
struct Call {
    function: String,
    arguments: Value,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Then {
    /// As if the hook were not there.
    #[default]
    Pass,
    /// This, see [`crate::answer`].
    Answer(Value),
    /// `replace` with what came in and these members changed; each of a list.
    Patch(Map<String, Value>),
    /// Panics.
    Trap,
    /// Never answers.
    Loop,
}

fn key(hook: &str) -> String {
    format!("program/{hook}")
}

/// Keeps a program.
pub fn set(hook: &str, program: &Program) -> Result<()> {
    kv::set_json(&key(hook), program)
}

/// Takes all programs away.
pub fn forget() -> Result<()> {
    kv::keys_with_prefix("program/")?.iter().try_for_each(|key| kv::kv_delete(key))
}

/// Records a call and does what is programmed; the answer, where there is one.
#[expect(clippy::panic, reason = "what cannot be recorded is not proven; and traps are the purpose")]
pub fn run(hook: &str, arguments: &Value, subject: Option<&str>) -> Option<Value> {
    let program = record::write(hook, arguments).and_then(|()| next(hook, arguments));
    let program = program.unwrap_or_else(|error| panic!("{hook}: {error}"))?;
    if let Some(Call { function, arguments }) = program.call {
        let result = dynamic::call(&function, arguments).unwrap_or_else(|error| refusal(&error));
        let recorded = record::write("called", &json!({ "inside": hook, "function": function, "result": result }));
        recorded.unwrap_or_else(|error| panic!("{hook}: {error}"));
    }
    match program.then {
        Then::Pass => None,
        Then::Answer(answer) => Some(answer),
        Then::Patch(patch) => subject.and_then(|subject| arguments.get(subject)).map(|value| replaced(value, &patch)),
        Then::Trap => panic!("told to trap in {hook}"),
        Then::Loop => loop {
            std::hint::black_box(());
        },
    }
}

fn next(hook: &str, arguments: &Value) -> Result<Option<Program>> {
    let Some(program) = kv::get_json::<Program>(&key(hook))? else { return Ok(None) };
    if !holds(arguments, &program.when) {
        return Ok(None);
    }
    if program.once {
        kv::kv_delete(&key(hook))?;
    }
    Ok(Some(program))
}

/// Whether a value has these members.
fn holds(value: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Null => true,
        Value::Object(members) => {
            members.iter().all(|(name, wanted)| value.get(name).is_some_and(|value| holds(value, wanted)))
        }
        wanted => value == wanted,
    }
}

fn replaced(value: &Value, patch: &Map<String, Value>) -> Value {
    let patched = |value: &Value| {
        let mut members = value.as_object().cloned().unwrap_or_default();
        members.extend(patch.clone());
        Value::Object(members)
    };
    match value {
        Value::Array(items) => items.iter().map(patched).collect(),
        value => json!({ "replace": patched(value) }),
    }
}

/// Why the Plugin API refused.
pub fn refusal(error: &CallError) -> Value {
    match error {
        CallError::Failed(error) => {
            json!({ "refused": { "id": error.id(), "status": error.status(), "message": error.to_string() } })
        }
        error => json!({ "refused": { "id": "not_called", "status": 400, "message": error.to_string() } }),
    }
}
