//! Shows what a component can do and what it answers, as the server reads it:
//! `cargo run -p wasmoat --example inspect -- my_plugin.wasm`.
#![allow(clippy::print_stdout, reason = "it is a command")]
#![allow(clippy::indexing_slicing, reason = "the id comes from the same table")]

use std::{env, error::Error, fs};

use wasmparser::{
    Parser, Payload, Validator, WasmFeatures,
    component_types::{ComponentEntityType, ComponentItem},
    types::TypesRef,
};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("which component?")?;
    let bytes = fs::read(path)?;
    println!("{} bytes", bytes.len());

    let types = Validator::new_with_features(WasmFeatures::all()).validate_all(&bytes)?;
    let types = types.as_ref();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    let name = import?.name.name;
                    let item = types.component_item_for_import(name);
                    println!("import {name} {{ {} }}", functions(types, item).join(", "));
                }
            }
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    let name = export?.name.name;
                    let item = types.component_item_for_export(name);
                    println!("export {name} {{ {} }}", functions(types, item).join(", "));
                }
            }
            Payload::CustomSection(section) => {
                println!("custom section `{}` of {} bytes, at depth {depth}", section.name(), section.data().len());
            }
            Payload::CodeSectionStart { size, .. } => {
                println!("code of {size} bytes, at depth {depth}");
            }
            Payload::DataSection(data) => {
                println!("data of {} bytes, at depth {depth}", data.range().len());
            }
            _ => {}
        }
    }
    Ok(())
}

/// The functions of an imported or exported interface.
fn functions(types: TypesRef<'_>, item: Option<&ComponentItem>) -> Vec<String> {
    let Some(ComponentItem { ty: ComponentEntityType::Instance(id), .. }) = item else {
        return Vec::new();
    };
    types[*id]
        .exports
        .iter()
        .filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)))
        .map(|(name, _)| name.clone())
        .collect()
}
