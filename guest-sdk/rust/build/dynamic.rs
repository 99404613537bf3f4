//! The functions by name, with JSON in and out.

use std::fmt::Write as _;

use anyhow::Result;
use wit_parser::{Function, Resolve, Type, TypeDefKind};

use crate::{
    Contract, api,
    names::snake,
    types::{dealias, is_copy, owned, result_parts, wit_name},
};

/// Whoever imports it gets every request without its body: a component that may call everything by
/// name would never see one.
const NOT_BY_NAME: &str = "body-stream";

/// One `match` over all functions.
pub fn calls(contract: &Contract) -> Result<String> {
    let resolve = &contract.resolve;
    let mut names = String::new();
    let mut arms = String::new();
    for (interface, id) in contract.imports.iter().filter(|(interface, _)| *interface != NOT_BY_NAME) {
        for function in api::functions(resolve, *id) {
            writeln!(names, "    \"{interface}.{}\",", function.name)?;
            arms.push_str(&arm(resolve, interface, function)?);
        }
    }
    Ok(format!(
        "/// Every function, as [`call`] takes it.
pub const FUNCTIONS: &[&str] = &[\n{names}];

#[allow(clippy::too_many_lines, reason = \"one arm per function of the contract\")]
fn dispatch(name: &str, arguments: Value) -> Result<Value, CallError> {{
    match name {{
{arms}        _ => Err(CallError::Unknown),
    }}
}}
"
    ))
}

fn arm(resolve: &Resolve, interface: &str, function: &Function) -> Result<String> {
    let mut fields = String::new();
    let mut lent = Vec::new();
    for parameter in &function.params {
        let name = snake(&parameter.name);
        if name.ends_with('_') {
            write!(fields, "#[serde(rename = \"{}\")] ", parameter.name.replace('-', "_"))?;
        }
        write!(fields, "{name}: {}, ", owned(resolve, parameter.ty)?)?;
        lent.push(lend(resolve, parameter.ty, &format!("arguments.{name}")));
    }
    let (read, question) = if function.params.is_empty() {
        ("let _ = arguments;".to_owned(), fails(resolve, function))
    } else {
        let read = format!(
            "#[derive(serde::Deserialize)] struct Arguments {{ {fields}}}
            let arguments: Arguments = read(arguments)?;"
        );
        (read, fails(resolve, function))
    };
    Ok(format!(
        "        \"{interface}.{name}\" => {{
            {read}
            write(&crate::api::{module}::{rust}({lent}){question})
        }}
",
        name = function.name,
        module = snake(interface),
        rust = snake(&function.name),
        lent = lent.join(", "),
    ))
}

/// `?` behind a function whose error is the SDK's own.
fn fails(resolve: &Resolve, function: &Function) -> &'static str {
    let error = result_parts(resolve, function.result).and_then(|(_, error)| error);
    match error.and_then(|error| wit_name(resolve, error)) {
        Some("app-error" | "bridge-error") => "?",
        _ => "",
    }
}

/// Lends a value in the way that `types::parameter` declares.
fn lend(resolve: &Resolve, ty: Type, value: &str) -> String {
    match dealias(resolve, ty) {
        Type::String => format!("&{value}"),
        Type::Id(id) => match &resolve.types[id].kind {
            TypeDefKind::Option(item) => match dealias(resolve, *item) {
                Type::String => format!("{value}.as_deref()"),
                Type::Id(id) => match &resolve.types[id].kind {
                    TypeDefKind::List(_) => format!("{value}.as_deref()"),
                    _ if is_copy(resolve, *item) => value.to_owned(),
                    _ => format!("{value}.as_ref()"),
                },
                _ => value.to_owned(),
            },
            _ if is_copy(resolve, ty) => value.to_owned(),
            _ => format!("&{value}"),
        },
        _ => value.to_owned(),
    }
}
