//! The functions that authors call, and a type for each by which tests name it.

use std::fmt::Write as _;

use anyhow::Result;
use wit_parser::{Function, FunctionKind, InterfaceId, Resolve, Type, TypeDefKind};

use crate::{
    Contract,
    names::{camel, docs, snake},
    types,
};

/// Modules that exist by hand and take the generated functions in; the others are public as
/// they are.
const EXTENDED: &[&str] =
    &["bridge", "commands", "config", "database", "directory", "http", "http-client", "jobs", "kv", "log", "sandbox"];

/// Interfaces of records that nearly every plugin speaks of, and so the prelude.
const EVERYDAY: &[&str] =
    &["bot-types", "channel-types", "command-types", "file-types", "team-types", "websocket-types"];

/// One module per import.
pub fn modules(contract: &Contract) -> Result<String> {
    let mut source = String::new();
    for (name, id) in &contract.imports {
        let interface = &contract.resolve.interfaces[*id];
        let module = snake(name);
        source.push_str(&docs(interface.docs.contents.as_deref(), ""));
        writeln!(source, "pub mod {module} {{")?;
        source.push_str(&own_types(&contract.resolve, &module, *id));
        if name == "types" {
            source.push_str(&everyday_types(contract));
        }
        for function in functions(&contract.resolve, *id) {
            source.push_str(&wrapper(&contract.resolve, &module, function)?);
        }
        source.push_str("}\n\n");
    }
    // What the crate shows: everything that no module of the same name takes in.
    source.push_str("/// The modules that nothing is added to.\npub mod plain {\n");
    for (name, _) in contract.imports.iter().filter(|(name, _)| !EXTENDED.contains(&name.as_str())) {
        writeln!(source, "    pub use super::{};", snake(name))?;
    }
    source.push_str("}\n");
    Ok(source)
}

/// The functions that are made here. Those that give or take a resource are written by hand.
pub fn functions(resolve: &Resolve, id: InterfaceId) -> impl Iterator<Item = &Function> {
    resolve.interfaces[id].functions.values().filter(|function| {
        let types = function.params.iter().map(|parameter| parameter.ty).chain(function.result);
        function.kind == FunctionKind::Freestanding && !types.into_iter().any(|ty| types::has_resource(resolve, ty))
    })
}

/// Re-exports the types that the interface defines, but for its resources.
fn own_types(resolve: &Resolve, module: &str, id: InterfaceId) -> String {
    resolve.interfaces[id]
        .types
        .iter()
        .filter(|(_, id)| {
            let kind = &resolve.types[**id].kind;
            !matches!(kind, TypeDefKind::Type(Type::Id(_)) | TypeDefKind::Resource)
        })
        .map(|(name, _)| {
            let name = camel(name);
            format!("    #[doc(inline)]\n    pub use crate::bindings::wasmoat::plugin::{module}::{name};\n")
        })
        .collect()
}

/// Re-exports what these interfaces define, so that an author finds the records of every day in
/// `types`.
fn everyday_types(contract: &Contract) -> String {
    let everyday = contract.imports.iter().filter(|(name, _)| EVERYDAY.contains(&name.as_str()));
    everyday.map(|(name, id)| own_types(&contract.resolve, &snake(name), *id)).collect()
}

/// The result as authors see it, and what makes it of the generated one.
pub fn output(resolve: &Resolve, function: &Function) -> Result<(String, &'static str)> {
    let Some(ty) = function.result else {
        return Ok(("()".into(), ""));
    };
    let Some((ok, Some(error))) = types::result_parts(resolve, Some(ty)) else {
        return Ok((types::owned(resolve, ty)?, ""));
    };
    match types::wit_name(resolve, error) {
        Some("app-error" | "bridge-error") => {
            let ok = ok.map_or_else(|| Ok("()".into()), |ok| types::owned(resolve, ok))?;
            Ok((format!("crate::Result<{ok}>"), ".map_err(crate::Error::from)"))
        }
        _ => Ok((types::owned(resolve, ty)?, "")),
    }
}

fn wrapper(resolve: &Resolve, module: &str, function: &Function) -> Result<String> {
    let name = snake(&function.name);
    let (output, convert) = output(resolve, function)?;
    let mut parameters = Vec::new();
    let mut lent = Vec::new();
    let mut owned = String::new();
    for parameter in &function.params {
        let name = snake(&parameter.name);
        parameters.push(format!("{name}: {}", types::parameter(resolve, parameter.ty)?));
        write!(owned, "{}, ", types::to_owned(resolve, parameter.ty, &name))?;
        lent.push(name);
    }
    let mut source = docs(function.docs.contents.as_deref(), "    ");
    writeln!(
        source,
        "    #[inline]
    pub fn {name}({parameters}) -> {output} {{
        #[cfg(target_arch = \"wasm32\")]
        return crate::bindings::wasmoat::plugin::{module}::{name}({lent}){convert};
        #[cfg(not(target_arch = \"wasm32\"))]
        crate::testing::dispatch::<crate::testing::calls::{module}::{call}>(({owned}))
    }}",
        parameters = parameters.join(", "),
        lent = lent.join(", "),
        call = camel(&function.name),
    )?;
    Ok(source)
}

/// One type per function.
pub fn calls(contract: &Contract) -> Result<String> {
    let mut source = String::new();
    for (interface, id) in &contract.imports {
        let mut functions = functions(&contract.resolve, *id).peekable();
        if functions.peek().is_none() {
            continue;
        }
        writeln!(source, "/// The functions of `{interface}`.\npub mod {} {{", snake(interface))?;
        for function in functions {
            source.push_str(&call(&contract.resolve, interface, function)?);
        }
        source.push_str("}\n\n");
    }
    Ok(source)
}

fn call(resolve: &Resolve, interface: &str, function: &Function) -> Result<String> {
    let (output, _) = output(resolve, function)?;
    let mut arguments = String::new();
    for parameter in &function.params {
        write!(arguments, "{}, ", types::owned(resolve, parameter.ty)?)?;
    }
    let parameters: Vec<String> = function.params.iter().map(|p| snake(&p.name)).collect();
    let name = camel(&function.name);
    let mut source = String::new();
    writeln!(
        source,
        "    /// `{module}::{rust}({shown})`.
    #[derive(Clone, Copy, Debug)]
    pub struct {name};

    impl crate::testing::Call for {name} {{
        const NAME: &'static str = \"{interface}.{wit}\";
        const TYPE: &'static str = \"{module}::{name}\";
        const PARAMETERS: &'static str = \"({pattern})\";
        type Arguments = ({arguments});
        type Output = {output};
    }}
",
        module = snake(interface),
        rust = snake(&function.name),
        wit = function.name,
        shown = parameters.join(", "),
        pattern = parameters.iter().map(|p| format!("{p},")).collect::<Vec<_>>().join(" "),
    )?;
    Ok(source)
}
