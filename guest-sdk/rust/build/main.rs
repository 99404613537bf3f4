//! Writes the Rust side of the contract from `wit/`, so that no function is listed twice:
//!
//! - `bindings.rs`: what `wit-bindgen` makes of all imports;
//! - `hook_bindings.rs`: the same for each hook, in a world of its own, so that a component's
//!   type names only the hooks that its author exports;
//! - `api.rs`: the functions that authors call; on wasm they go to the imports, elsewhere to the
//!   mock platform;
//! - `calls.rs`: a type for each of these functions, by which a test programs and asserts;
//! - `hooks.rs`: the trait `Plugin` and its way to the exports;
//! - `dynamic.rs`, with the feature of that name: the functions by name, with JSON.

#![allow(clippy::print_stdout, reason = "how a build script speaks to cargo")]
#![allow(clippy::indexing_slicing, reason = "ids of wit-parser's arenas; a build script may stop the build")]

mod api;
mod bindings;
mod dynamic;
mod hooks;
mod names;
mod types;

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, Result};
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem};

const WIT: &str = "../../wit";

/// The parsed contract.
#[derive(Debug)]
pub struct Contract {
    resolve: Resolve,
    platform: WorldId,
    /// Name and interface of each import, in the order of the world.
    imports: Vec<(String, InterfaceId)>,
    /// Name and interface of each hook, sorted.
    hooks: Vec<(String, InterfaceId)>,
}

impl Contract {
    fn load() -> Result<Self> {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(WIT)?;
        let platform = resolve.select_world(&[package], Some("platform"))?;
        let imports: Vec<(String, InterfaceId)> = resolve.worlds[platform]
            .imports
            .values()
            .filter_map(|item| match item {
                WorldItem::Interface { id, .. } => Some((resolve.interfaces[*id].name.clone()?, *id)),
                _ => None,
            })
            .collect();
        // A hook is an interface with one function of the same name, outside the imports.
        let mut hooks: Vec<(String, InterfaceId)> = resolve.packages[package]
            .interfaces
            .iter()
            .filter(|(name, id)| {
                !imports.iter().any(|(import, _)| import == *name)
                    && resolve.interfaces[**id].functions.contains_key(*name)
            })
            .map(|(name, id)| (name.clone(), *id))
            .collect();
        hooks.sort();
        Ok(Self { resolve, platform, imports, hooks })
    }
}

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={WIT}");
    println!("cargo::rerun-if-changed=build");
    let out = PathBuf::from(env::var("OUT_DIR").context("cargo sets OUT_DIR")?);
    let contract = Contract::load()?;
    fs::write(out.join("bindings.rs"), bindings::imports(&contract)?)?;
    fs::write(out.join("hook_bindings.rs"), bindings::hooks(&contract)?)?;
    fs::write(out.join("api.rs"), api::modules(&contract)?)?;
    fs::write(out.join("calls.rs"), api::calls(&contract)?)?;
    fs::write(out.join("hooks.rs"), hooks::plugin_trait(&contract)?)?;
    if env::var_os("CARGO_FEATURE_DYNAMIC").is_some() {
        fs::write(out.join("dynamic.rs"), dynamic::calls(&contract)?)?;
    }
    Ok(())
}
