//! Runs `wit-bindgen`'s own generator.

use std::{collections::HashMap, fmt::Write as _};

use anyhow::{Context as _, Result};
use wit_bindgen_core::{Files, WorldGenerator as _};
use wit_bindgen_rust::{Opts, WithOption};
use wit_parser::{InterfaceId, Resolve, TypeDefKind, WorldId, WorldItem};

use crate::{Contract, names::snake};

/// All imports.
pub fn imports(contract: &Contract) -> Result<String> {
    let mut options = Opts {
        generate_all: true,
        // Some records only come with hooks.
        generate_unused_types: true,
        ..common()
    };
    defaults(contract, &mut options);
    if serde() {
        json_names(&contract.resolve, contract.imports.iter().map(|(_, id)| *id), &mut options);
    }
    generate(&contract.resolve, contract.platform, options)
}

/// Records and enums get `Default`: an author fills two fields of a post and not 24. An enum's
/// first case is its default.
fn defaults(contract: &Contract, options: &mut Opts) {
    let resolve = &contract.resolve;
    for (_, interface) in &contract.imports {
        let Some(interface_name) = resolve.id_of(*interface) else {
            continue;
        };
        for (name, id) in &resolve.interfaces[*interface].types {
            let selector = format!("{interface_name}/{name}");
            let derive = "#[derive(Default)]".to_owned();
            match &resolve.types[*id].kind {
                TypeDefKind::Record(_) => {
                    options.additional_type_attributes.push((selector, derive));
                }
                TypeDefKind::Enum(cases) => {
                    let Some(first) = cases.cases.first() else {
                        continue;
                    };
                    let member = format!("{selector}.{}", first.name);
                    options.additional_type_attributes.push((selector, derive));
                    options.additional_member_attributes.push((member, "#[default]".into()));
                }
                _ => {}
            }
        }
    }
}

/// One module per hook, each with the trait `Guest` and a macro `export!` that other crates can
/// expand.
pub fn hooks(contract: &Contract) -> Result<String> {
    let mut resolve = contract.resolve.clone();
    let mut text = String::from("package wasmoat:guest;\n");
    for (name, id) in &contract.hooks {
        let interface = resolve.id_of(*id).context("a hook without a name")?;
        writeln!(text, "world hook-{name} {{ export {interface}; }}")?;
    }
    let package = resolve.push_str("guest.wit", &text)?;
    let types = type_interfaces(contract);

    let mut source = String::new();
    for (name, id) in &contract.hooks {
        let world = resolve.select_world(&[package], Some(&format!("hook-{name}")))?;
        // The generator refuses a mapping that its world has no use for.
        let used = resolve.worlds[world].imports.values().filter_map(|item| match item {
            WorldItem::Interface { id, .. } => resolve.id_of(*id),
            _ => None,
        });
        let mut options = Opts {
            with: used.filter_map(|id| Some((id.clone(), WithOption::Path(types.get(&id)?.clone())))).collect(),
            pub_export_macro: true,
            ..common()
        };
        if serde() {
            json_names(&resolve, std::iter::once(*id), &mut options);
        }
        let code = generate(&resolve, world, options)?;
        writeln!(source, "pub mod {} {{\n{code}\n}}\n", snake(name))?;
    }
    Ok(source)
}

/// The interfaces that hold types only, and the modules where the bindings of all imports have them.
fn type_interfaces(contract: &Contract) -> HashMap<String, String> {
    let resolve = &contract.resolve;
    let without_functions = contract.imports.iter().filter(|(_, id)| resolve.interfaces[*id].functions.is_empty());
    without_functions
        .filter_map(|(name, id)| {
            Some((resolve.id_of(*id)?, format!("crate::bindings::wasmoat::plugin::{}", snake(name))))
        })
        .collect()
}

fn serde() -> bool {
    std::env::var_os("CARGO_FEATURE_SERDE").is_some()
}

fn derives() -> Vec<String> {
    let serde = ["::serde::Serialize", "::serde::Deserialize"];
    let always = std::iter::once("PartialEq");
    always.chain(serde.into_iter().filter(|_| self::serde())).map(str::to_owned).collect()
}

/// The names of fields and cases in JSON: snake case, whatever Rust must call them. What is left
/// out of a record is its default.
fn json_names(resolve: &Resolve, interfaces: impl Iterator<Item = InterfaceId>, options: &mut Opts) {
    for interface in interfaces {
        let Some(interface_name) = resolve.id_of(interface) else {
            continue;
        };
        for (name, id) in &resolve.interfaces[interface].types {
            let selector = format!("{interface_name}/{name}");
            match &resolve.types[*id].kind {
                TypeDefKind::Record(record) => {
                    // What a hook defines has no default.
                    if options.generate_all {
                        options.additional_type_attributes.push((selector.clone(), "#[serde(default)]".into()));
                    }
                    for field in record.fields.iter().filter(|field| snake(&field.name).ends_with('_')) {
                        let rename = format!("#[serde(rename = \"{}\")]", field.name.replace('-', "_"));
                        options.additional_member_attributes.push((format!("{selector}.{}", field.name), rename));
                    }
                }
                TypeDefKind::Enum(_) | TypeDefKind::Variant(_) => {
                    let rename = "#[serde(rename_all = \"snake_case\")]".to_owned();
                    options.additional_type_attributes.push((selector, rename));
                }
                _ => {}
            }
        }
    }
}

fn common() -> Opts {
    Opts {
        // The SDK re-exports it, so that authors need no such dependency.
        runtime_path: Some("::wit_bindgen::rt".into()),
        additional_derive_attributes: derives(),
        ..Opts::default()
    }
}

fn generate(resolve: &Resolve, world: WorldId, options: Opts) -> Result<String> {
    let mut files = Files::default();
    options.build().generate(&mut resolve.clone(), world, &mut files)?;
    let mut source = String::new();
    for (_, contents) in files.iter() {
        // The examples are for users of wit-bindgen, not for our readers or `cargo test --doc`.
        source.push_str(&std::str::from_utf8(contents)?.replace("```rust", "```text"));
    }
    Ok(source)
}
