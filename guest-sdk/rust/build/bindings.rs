//! Runs `wit-bindgen`'s own generator.

use std::{collections::HashMap, fmt::Write as _};

use anyhow::{Context as _, Result};
use wit_bindgen_core::{Files, WorldGenerator as _};
use wit_bindgen_rust::{Opts, WithOption};
use wit_parser::{Resolve, TypeDefKind, WorldId, WorldItem};

use crate::{Contract, names::snake};

/// All imports.
pub fn imports(contract: &Contract) -> Result<String> {
    let mut options = Opts {
        generate_all: true,
        // Some records only come with hooks.
        generate_unused_types: true,
        additional_derive_attributes: vec!["PartialEq".into()],
        ..common()
    };
    defaults(contract, &mut options);
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
    for (name, _) in &contract.hooks {
        let world = resolve.select_world(&[package], Some(&format!("hook-{name}")))?;
        // The generator refuses a mapping that its world has no use for.
        let used = resolve.worlds[world].imports.values().filter_map(|item| match item {
            WorldItem::Interface { id, .. } => resolve.id_of(*id),
            _ => None,
        });
        let options = Opts {
            with: used.filter_map(|id| Some((id.clone(), WithOption::Path(types.get(&id)?.clone())))).collect(),
            additional_derive_attributes: vec!["PartialEq".into()],
            pub_export_macro: true,
            ..common()
        };
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

fn common() -> Opts {
    Opts {
        // The SDK re-exports it, so that authors need no such dependency.
        runtime_path: Some("::wit_bindgen::rt".into()),
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
