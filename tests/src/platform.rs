//! A platform that answers five functions of the Plugin API from memory. All others are there,
//! so that every plugin loads, and trap when they are called.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wasmoat_model::{AppError, Post, new_id};
use wasmoat_runtime::{Fault, OutboundRecord, Platform, State};
use wasmtime::{
    StoreContextMut,
    component::{Linker, LinkerInstance},
};

use crate::{Gate, contract};

/// Interfaces that the runtime itself answers.
const OF_THE_RUNTIME: &[&str] =
    &["body-stream", "bridge", "http", "http-client", "log", "response-stream", "sandbox", "types"];

/// The platform. Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct TinyPlatform {
    /// Where guests wait that ask for the key `gate`.
    pub gate: Gate,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    settings: HashMap<String, String>,
    kv: HashMap<(String, String), Vec<u8>>,
    posts: Vec<Post>,
    faults: Vec<Fault>,
    disabled: Vec<(String, String)>,
    installed: HashSet<String>,
    switched_off: bool,
    requests: Vec<(String, OutboundRecord)>,
}

impl TinyPlatform {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the settings of a plugin, a JSON object.
    pub fn set_settings(&self, plugin: &str, settings: impl Into<String>) {
        self.memory().settings.insert(plugin.to_owned(), settings.into());
    }

    /// Knows a plugin that is not active.
    pub fn install(&self, plugin: &str) {
        self.memory().installed.insert(plugin.to_owned());
    }

    /// Switches plugins off: those that are active go on until they are deactivated.
    pub fn switch_off(&self) {
        self.memory().switched_off = true;
    }

    /// A value of a plugin's key-value store, as text.
    #[must_use]
    pub fn value(&self, plugin: &str, key: &str) -> Option<String> {
        let value = self.memory().kv.get(&(plugin.to_owned(), key.to_owned())).cloned()?;
        Some(String::from_utf8_lossy(&value).into_owned())
    }

    /// Posts that plugins made, ephemeral ones among them, in order.
    #[must_use]
    pub fn posts(&self) -> Vec<Post> {
        self.memory().posts.clone()
    }

    /// Faults of plugins, in order.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.memory().faults.clone()
    }

    /// Plugins that were disabled for their faults, and why.
    #[must_use]
    pub fn disabled(&self) -> Vec<(String, String)> {
        self.memory().disabled.clone()
    }

    /// Requests of plugins to hosts outside, in the order in which they ended, and who made them.
    #[must_use]
    pub fn requests(&self) -> Vec<(String, OutboundRecord)> {
        self.memory().requests.clone()
    }
}

impl Platform for TinyPlatform {
    fn add_to_linker(linker: &mut Linker<State<Self>>) -> wasmtime::Result<()> {
        for interface in contract::interfaces() {
            if OF_THE_RUNTIME.contains(&interface.name.as_str()) {
                continue;
            }
            let mut instance = linker.instance(&interface.id)?;
            for function in &interface.functions {
                if !answer(&mut instance, function)? {
                    refuse(&mut instance, format!("{}.{function}", interface.name), function)?;
                }
            }
        }
        Ok(())
    }

    fn faulted(&self, _: &Arc<str>, fault: &Fault) {
        self.memory().faults.push(fault.clone());
    }

    fn disabled(&self, plugin_id: &Arc<str>, reason: &str) {
        self.memory().disabled.push((plugin_id.to_string(), reason.to_owned()));
    }

    fn is_installed(&self, plugin_id: &str) -> bool {
        self.memory().installed.contains(plugin_id)
    }

    fn are_plugins_enabled(&self) -> bool {
        !self.memory().switched_off
    }

    fn requested(&self, plugin_id: &Arc<str>, record: &OutboundRecord) {
        self.memory().requests.push((plugin_id.to_string(), record.clone()));
    }
}

type Api<'a> = LinkerInstance<'a, State<TinyPlatform>>;
type Call<'a> = StoreContextMut<'a, State<TinyPlatform>>;

/// The platform and the id of the plugin that asks.
fn asked(mut call: Call<'_>) -> (TinyPlatform, String) {
    let plugin = call.data_mut().caller().plugin_id.to_string();
    (call.data().platform().clone(), plugin)
}

/// Defines a function that the platform answers; false where it does not.
fn answer(api: &mut Api<'_>, function: &str) -> wasmtime::Result<bool> {
    match function {
        "load-plugin-configuration" => api.func_wrap(function, |call, (): ()| {
            let (platform, plugin) = asked(call);
            let settings = platform.memory().settings.get(&plugin).cloned();
            Ok((settings.unwrap_or_else(|| "{}".to_owned()),))
        })?,
        "kv-get" => api.func_wrap_async(function, |call: Call<'_>, (key,): (String,)| {
            let (platform, plugin) = asked(call);
            Box::new(async move {
                if key == "gate" {
                    platform.gate.pass().await;
                }
                let value = platform.memory().kv.get(&(plugin, key)).cloned();
                Ok((Ok::<_, AppError>(value),))
            })
        })?,
        "kv-set" => api.func_wrap(function, |call, (key, value): (String, Option<Vec<u8>>)| {
            let (platform, plugin) = asked(call);
            platform.memory().kv.insert((plugin, key), value.unwrap_or_default());
            Ok((Ok::<(), AppError>(()),))
        })?,
        "create-post" => api.func_wrap(function, |call, (post,): (Post,)| {
            let post = keep(&asked(call).0, post);
            Ok((Ok::<_, AppError>(post),))
        })?,
        "send-ephemeral-post" => {
            api.func_wrap(function, |call, (_user, post): (String, Post)| Ok((keep(&asked(call).0, post),)))?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn keep(platform: &TinyPlatform, post: Post) -> Post {
    let post = Post { id: new_id(), ..post };
    platform.memory().posts.push(post.clone());
    post
}

fn refuse(api: &mut Api<'_>, shown: String, function: &str) -> wasmtime::Result<()> {
    api.func_new(function, move |_, _, _, _| {
        Err(wasmtime::Error::msg(format!("the tiny platform does not answer `{shown}`")))
    })
}
