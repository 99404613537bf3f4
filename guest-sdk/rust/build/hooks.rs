//! The trait `Plugin`, with every hook, and its way to the exports.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind};

use crate::{
    Contract,
    names::{camel, docs, snake},
    types,
};

/// How a hook answers an author's function.
struct Answer {
    /// What the author's function returns.
    ty: String,
    /// From there to what the export returns.
    convert: &'static str,
    /// What a hook does that the author left out.
    default: String,
}

/// The modules `hooks::…`, the trait and the exports.
pub fn plugin_trait(contract: &Contract) -> Result<String> {
    let resolve = &contract.resolve;
    let mut source = String::new();
    let mut methods = String::new();
    let mut exports = String::new();
    for (name, id) in &contract.hooks {
        let interface = &resolve.interfaces[*id];
        let function = interface.functions.get(name).context("a hook without its function")?;
        let module = snake(name);
        source.push_str(&hook_module(resolve, name, *id)?);

        let answer = answer(resolve, function)?;
        let mut signature = String::new();
        let mut parameters = Vec::new();
        for parameter in &function.params {
            let name = snake(&parameter.name);
            write!(signature, ", {name}: {}", types::owned(resolve, parameter.ty)?)?;
            parameters.push(name);
        }
        methods.push_str(&docs(interface.docs.contents.as_deref(), "    "));
        methods.push_str("    ///\n");
        methods.push_str(&docs(function.docs.contents.as_deref(), "    "));
        writeln!(
            methods,
            "    fn {module}(&self{signature}) -> {ty} {{\n        let _ = {unused};\n        {default}\n    }}\n",
            ty = answer.ty,
            unused = match parameters.as_slice() {
                [one] => one.clone(),
                all => format!("({})", all.join(", ")),
            },
            default = answer.default,
        )?;
        let result = match function.result {
            Some(ty) => types::owned(resolve, ty)?,
            None => "()".into(),
        };
        writeln!(
            exports,
            "impl<P: crate::Component> crate::hook_bindings::{module}::exports::wasmoat::plugin::{module}::Guest for Exports<P> {{
    #[inline]
    fn {module}({signature}) -> {result} {{
        crate::guest::enter::<P, _>(|plugin| plugin.{module}({parameters}){convert})
    }}
}}
",
            signature = signature.trim_start_matches(", "),
            parameters = parameters.join(", "),
            convert = answer.convert,
        )?;
    }
    writeln!(
        source,
        "/// A plugin: the hooks it implements.
///
/// Write `impl Plugin for …` under `#[wasmoat::plugin]` with the hooks that you want; the component
/// exports these and nothing else, and the server never calls the others. What they do here by
/// default only matters to a test that calls them.
///
/// `&self` is one value per instance, made by `Default` at the instance's first call. A plugin has
/// several instances at once, and each may be thrown away after any call: what must last goes to
/// [`kv`](crate::kv).
pub trait Plugin: Default + 'static {{\n{methods}}}\n"
    )?;
    let names: Vec<String> = contract.hooks.iter().map(|(name, _)| format!("{:?}", snake(name))).collect();
    writeln!(
        source,
        "/// Every hook, by the name of its function, sorted.\npub const HOOKS: &[&str] = &[{}];\n",
        names.join(", ")
    )?;
    source.push_str(&exports);
    Ok(source)
}

/// The types that a hook defines, in a module, and under a name that says whose they are.
fn hook_module(resolve: &Resolve, name: &str, id: InterfaceId) -> Result<String> {
    let module = snake(name);
    let own: Vec<String> = resolve.interfaces[id]
        .types
        .iter()
        .filter(|(_, id)| !matches!(resolve.types[**id].kind, TypeDefKind::Type(_)))
        .map(|(name, _)| camel(name))
        .collect();
    if own.is_empty() {
        return Ok(String::new());
    }
    let mut source = String::new();
    writeln!(source, "/// What [`Plugin::{module}`] answers with.\npub mod {module} {{")?;
    for ty in &own {
        writeln!(
            source,
            "    #[doc(inline)]\n    pub use crate::hook_bindings::{module}::exports::wasmoat::plugin::{module}::{ty};"
        )?;
    }
    source.push_str("}\n");
    for ty in &own {
        writeln!(source, "#[doc(no_inline)]\npub use {module}::{ty} as {}{ty};", camel(name))?;
    }
    source.push('\n');
    Ok(source)
}

fn answer(resolve: &Resolve, function: &Function) -> Result<Answer> {
    let Some(ty) = function.result else {
        return Ok(Answer { ty: "()".into(), convert: "", default: String::new() });
    };
    if let Some((ok, Some(error))) = types::result_parts(resolve, Some(ty)) {
        let convert = match types::dealias(resolve, error) {
            Type::String => ".map_err(String::from)",
            _ => ".map_err(crate::types::AppError::from)",
        };
        let (ok, default) = match ok {
            Some(ok) => (types::owned(resolve, ok)?, default(resolve, ok)?),
            None => ("()".into(), "()".into()),
        };
        return Ok(Answer { ty: format!("crate::Result<{ok}>"), convert, default: format!("Ok({default})") });
    }
    Ok(Answer { ty: types::owned(resolve, ty)?, convert: "", default: default(resolve, ty)? })
}

/// A variant's first case without a payload is the one that changes nothing.
fn default(resolve: &Resolve, ty: Type) -> Result<String> {
    let ty = types::dealias(resolve, ty);
    if let Type::Id(id) = ty
        && let TypeDefKind::Variant(variant) = &resolve.types[id].kind
        && let Some(case) = variant.cases.iter().find(|case| case.ty.is_none())
    {
        return Ok(format!("{}::{}", types::owned(resolve, ty)?, camel(&case.name)));
    }
    Ok("Default::default()".into())
}
