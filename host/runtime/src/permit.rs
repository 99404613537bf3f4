//! What was not granted answers an error instead.
//!
//! At activation the linker is copied, and each function that the plugin imports and may not call
//! is shadowed by one that refuses. So a check costs nothing where everything is granted, nothing on
//! the way of a call that is allowed, and it is below every version of the contract: what a guest
//! imports under whatever name was linked here or not at all.
//!
//! The refusal is the error that the function's own type has room for. Where there is none, the
//! guest is stopped with the fault [`FaultKind::Denied`].

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use wasmoat_model::{AppError, Consent};
use wasmtime::component::{
    Linker, Val,
    types::{ComponentFunc, ComponentItem, Type},
};

use crate::{
    ActivateError, Artifact, CONTRACT, CONTRACT_VERSION, FaultKind, Platform, Reach, State,
    log::{GuestLog, LogLevel},
    permissions,
    runtime::Linkers,
};

/// Id of the error where a permission was not granted.
pub const PERMISSION_DENIED: &str = "app.plugin.permission_denied.app_error";

/// Id of the error where something is outside the teams and channels that were granted.
pub const OUT_OF_SCOPE: &str = "app.plugin.out_of_scope.app_error";

/// Cases of error variants that say that a call is refused, the most telling first.
const REFUSALS: &[&str] = &["denied", "permission-denied", "unauthorised", "unauthorized", "forbidden", "not-allowed"];

/// Cases that can carry it where no case says so.
const TEXTS: &[&str] = &["other", "text", "message", "internal", "fault", "invalid", "invalid-request"];

/// Why a function answers an error.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// Its permission was not granted.
    Permission(String),
    /// The plugin is kept to some teams and channels, and the function is not to be kept there.
    Scope,
}

/// A refused function.
#[derive(Debug)]
struct Denial {
    plugin: Arc<str>,
    /// Like `posts.create-post`.
    function: String,
    why: Why,
    log: Arc<GuestLog>,
    said: AtomicBool,
}

impl Denial {
    fn message(&self) -> String {
        let Self { plugin, function, why, .. } = self;
        match why {
            Why::Permission(permission) => format!(
                "plugin `{plugin}` called `{function}`, which needs the permission `{permission}`; an admin did not \
                 grant it (`wasmoat plugin approve {plugin}` grants it)"
            ),
            Why::Scope => format!(
                "plugin `{plugin}` called `{function}`, which reaches beyond the teams and channels that an admin \
                 keeps it to (`wasmoat plugin approve {plugin}` without --team and --channel lifts that)"
            ),
        }
    }

    fn error(&self) -> AppError {
        let id = match self.why {
            Why::Permission(_) => PERMISSION_DENIED,
            Why::Scope => OUT_OF_SCOPE,
        };
        AppError::new(&self.function, id, 403, self.message())
    }

    /// Answers a call.
    fn refuse<P>(&self, state: &mut State<P>, ty: &ComponentFunc, results: &mut [Val]) -> wasmtime::Result<()> {
        state.count_host_call();
        metrics::counter!("plugin_denied_calls_total", "plugin_id" => self.plugin.to_string()).increment(1);
        // Once: a guest must not fill its log with what the host says.
        if !self.said.swap(true, Ordering::Relaxed) {
            self.log.host(LogLevel::Warn, &format!("denied: {}", self.message()));
        }
        match (results, refusal(ty, &self.error())) {
            ([result], Some(error)) => {
                *result = Val::Result(Err(error.map(Box::new)));
                Ok(())
            }
            _ => Err(state.deny(self.message())),
        }
    }
}

impl<P> State<P> {
    /// Stops the guest: it called what it may not call, and the function has no error to say so.
    pub fn deny(&mut self, message: String) -> wasmtime::Error {
        let stopped = wasmtime::Error::msg(message.clone());
        self.call.stop.get_or_insert(FaultKind::Denied { message });
        stopped
    }
}

/// The linker for one plugin: the shared one where everything is granted.
pub(crate) fn linker<P: Platform>(
    linkers: &Linkers<P>,
    artifact: &Artifact,
    plugin: &Arc<str>,
    consent: &Consent,
    log: &Arc<GuestLog>,
) -> Result<Arc<Linker<State<P>>>, ActivateError> {
    let asked = &artifact.inspection().permissions;
    // WASI has no error for it, and a guest that is built for it does not start without.
    let of_wasi = |functions: &Vec<String>| functions.iter().any(|function| function.starts_with("wasi:"));
    let denied = asked.iter().filter(|(permission, _)| !consent.permissions.contains(*permission));
    let missing: Vec<String> =
        denied.filter(|(_, functions)| of_wasi(functions)).map(|(permission, _)| permission.clone()).collect();
    if !missing.is_empty() {
        return Err(ActivateError::NotGranted { missing });
    }
    let shared = linkers.of(artifact.inspection());
    if !consent.is_scoped() && asked.keys().all(|permission| consent.permissions.contains(permission)) {
        return Ok(Arc::clone(shared));
    }
    let mut own = (**shared).clone();
    own.allow_shadowing(true);
    let narrowed = narrow(&mut own, artifact, plugin, consent, log);
    narrowed.map_err(|error| ActivateError::Link(format!("{error:#}")))?;
    Ok(Arc::new(own))
}

fn narrow<P: Platform>(
    linker: &mut Linker<State<P>>,
    artifact: &Artifact,
    plugin: &Arc<str>,
    consent: &Consent,
    log: &Arc<GuestLog>,
) -> wasmtime::Result<()> {
    if consent.is_scoped() {
        P::add_scoped_to_linker(linker)?;
    }
    let engine = linker.engine().clone();
    for (name, item) in artifact.component().component_type().imports(&engine) {
        let Some(interface) = contract_interface(name) else { continue };
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        for (function, item) in instance.exports(&engine) {
            let ComponentItem::ComponentFunc(_) = item.ty else { continue };
            let Some(why) = why_denied::<P>(interface, function, consent) else { continue };
            let denial = Denial {
                plugin: Arc::clone(plugin),
                function: format!("{interface}.{}", function.rsplit(']').next().unwrap_or(function)),
                why,
                log: Arc::clone(log),
                said: AtomicBool::new(false),
            };
            // Under the host's own name: what an older version of the contract imports is resolved to it.
            let own_name = format!("{CONTRACT}/{interface}@{CONTRACT_VERSION}");
            linker
                .instance(&own_name)?
                .func_new(function, move |mut store, ty, _, results| denial.refuse(store.data_mut(), &ty, results))?;
        }
    }
    Ok(())
}

/// `posts` of `wasmoat:plugin/posts@1.0.0`.
fn contract_interface(name: &str) -> Option<&str> {
    name.strip_prefix(CONTRACT)?.strip_prefix('/')?.split('@').next()
}

fn why_denied<P: Platform>(interface: &str, function: &str, consent: &Consent) -> Option<Why> {
    let denied = permissions::permission(interface, function).filter(|needed| !consent.permissions.contains(needed));
    if let Some(permission) = denied {
        return Some(Why::Permission(permission));
    }
    let beyond = consent.is_scoped() && P::reach(interface, function) == Reach::Beyond;
    beyond.then_some(Why::Scope)
}

/// The payload of the error of a function's result: `None` where its type has no room for it.
fn refusal(ty: &ComponentFunc, error: &AppError) -> Option<Option<Val>> {
    let mut results = ty.results();
    match (results.next(), results.next()) {
        (Some(Type::Result(result)), None) => match result.err() {
            None => Some(None),
            Some(ty) => value(&ty, error).map(Some),
        },
        _ => None,
    }
}

/// The error as a value of a type.
fn value(ty: &Type, error: &AppError) -> Option<Val> {
    match ty {
        Type::String => Some(Val::String(error.message.clone())),
        Type::Record(record) => {
            let fields =
                record.fields().map(|field| Some((field.name.to_owned(), app_error_field(field.name, error)?)));
            Some(Val::Record(fields.collect::<Option<_>>()?))
        }
        Type::Variant(variant) => {
            let case = |name: &&str| {
                let case = variant.cases().find(|case| case.name == *name)?;
                match case.ty {
                    None => Some(Val::Variant(case.name.to_owned(), None)),
                    Some(Type::String) => {
                        let text = Val::String(error.message.clone());
                        Some(Val::Variant(case.name.to_owned(), Some(Box::new(text))))
                    }
                    Some(_) => None,
                }
            };
            REFUSALS.iter().chain(TEXTS).find_map(case)
        }
        Type::Enum(cases) => {
            let name = REFUSALS.iter().find(|name| cases.names().any(|case| case == **name))?;
            Some(Val::Enum((*name).to_owned()))
        }
        _ => None,
    }
}

/// A field of `app-error`; a record with any other field is another error.
fn app_error_field(name: &str, error: &AppError) -> Option<Val> {
    Some(match name {
        "id" => Val::String(error.id.clone()),
        "message" => Val::String(error.message.clone()),
        "detailed-error" | "request-id" => Val::String(String::new()),
        "status-code" => Val::S32(error.status_code),
        "where" => Val::String(error.r#where.clone()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_contract_is_looked_at() {
        assert_eq!(contract_interface("wasmoat:plugin/posts@1.0.0"), Some("posts"));
        assert_eq!(contract_interface("wasmoat:plugin/posts"), Some("posts"));
        assert_eq!(contract_interface("wasmoat:pluginx/posts@1.0.0"), None);
        assert_eq!(contract_interface("wasi:io/streams@0.2.0"), None);
    }
}
