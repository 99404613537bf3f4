//! WIT's types in Rust: owned, as a parameter, and from one to the other.

use anyhow::{Context as _, Result, bail};
use wit_parser::{Resolve, Type, TypeDefKind, TypeId, TypeOwner};

use crate::names::{camel, snake};

/// Follows aliases and `use` to the definition.
pub fn dealias(resolve: &Resolve, ty: Type) -> Type {
    match ty {
        Type::Id(id) => match resolve.types[id].kind {
            TypeDefKind::Type(inner) => dealias(resolve, inner),
            _ => ty,
        },
        _ => ty,
    }
}

/// The public path of a record, variant or enum.
fn named(resolve: &Resolve, id: TypeId) -> Result<String> {
    let definition = &resolve.types[id];
    let TypeOwner::Interface(interface) = definition.owner else {
        bail!("a type outside an interface");
    };
    let interface = &resolve.interfaces[interface];
    let name = interface.name.as_deref().context("an interface without a name")?;
    let ty = definition.name.as_deref().context("a type without a name")?;
    let module = snake(name);
    Ok(if interface.functions.contains_key(name) {
        format!("crate::hooks::{module}::{}", camel(ty))
    } else {
        format!("crate::{module}::{}", camel(ty))
    })
}

/// The type that owns its value.
pub fn owned(resolve: &Resolve, ty: Type) -> Result<String> {
    let id = match dealias(resolve, ty) {
        Type::Bool => return Ok("bool".into()),
        Type::U8 => return Ok("u8".into()),
        Type::U16 => return Ok("u16".into()),
        Type::U32 => return Ok("u32".into()),
        Type::U64 => return Ok("u64".into()),
        Type::S8 => return Ok("i8".into()),
        Type::S16 => return Ok("i16".into()),
        Type::S32 => return Ok("i32".into()),
        Type::S64 => return Ok("i64".into()),
        Type::F32 => return Ok("f32".into()),
        Type::F64 => return Ok("f64".into()),
        Type::Char => return Ok("char".into()),
        Type::String => return Ok("String".into()),
        Type::Id(id) => id,
        Type::ErrorContext => bail!("error-context is not in the contract"),
    };
    Ok(match &resolve.types[id].kind {
        TypeDefKind::List(item) => format!("Vec<{}>", owned(resolve, *item)?),
        TypeDefKind::Option(item) => format!("Option<{}>", owned(resolve, *item)?),
        TypeDefKind::Tuple(tuple) => {
            let items: Vec<String> = tuple.types.iter().map(|item| owned(resolve, *item)).collect::<Result<_>>()?;
            format!("({})", items.join(", "))
        }
        TypeDefKind::Result(result) => {
            let part = |ty: Option<Type>| match ty {
                Some(ty) => owned(resolve, ty),
                None => Ok("()".into()),
            };
            format!("Result<{}, {}>", part(result.ok)?, part(result.err)?)
        }
        _ => named(resolve, id)?,
    })
}

/// The type that a caller lends, as `wit-bindgen` takes it.
pub fn parameter(resolve: &Resolve, ty: Type) -> Result<String> {
    let ty = dealias(resolve, ty);
    Ok(match ty {
        Type::String => "&str".into(),
        Type::Id(id) => match &resolve.types[id].kind {
            TypeDefKind::List(item) => format!("&[{}]", owned(resolve, *item)?),
            TypeDefKind::Option(item) => format!("Option<{}>", parameter(resolve, *item)?),
            _ if is_plain(resolve, ty) => named(resolve, id)?,
            _ => format!("&{}", owned(resolve, ty)?),
        },
        _ => owned(resolve, ty)?,
    })
}

/// Whether a value is handed over as it is: numbers, and what is made of nothing else. The generated
/// types of these are `Copy`, and `wit-bindgen` takes them by value.
pub fn is_plain(resolve: &Resolve, ty: Type) -> bool {
    match dealias(resolve, ty) {
        Type::String | Type::ErrorContext => false,
        Type::Id(id) => match &resolve.types[id].kind {
            TypeDefKind::Enum(_) => true,
            TypeDefKind::Record(record) => record.fields.iter().all(|field| is_plain(resolve, field.ty)),
            _ => false,
        },
        _ => true,
    }
}

/// An expression that makes a lent `name` owned.
pub fn to_owned(resolve: &Resolve, ty: Type, name: &str) -> String {
    match dealias(resolve, ty) {
        Type::String => format!("{name}.to_owned()"),
        Type::Id(id) => match &resolve.types[id].kind {
            TypeDefKind::List(_) => format!("{name}.to_vec()"),
            _ if is_plain(resolve, ty) => name.to_owned(),
            TypeDefKind::Option(item) => {
                let inner = to_owned(resolve, *item, "item");
                if inner == "item" { name.to_owned() } else { format!("{name}.map(|item| {inner})") }
            }
            _ => format!("{name}.clone()"),
        },
        _ => name.to_owned(),
    }
}

/// The two halves of a function's result, if it is one.
pub fn result_parts(resolve: &Resolve, ty: Option<Type>) -> Option<(Option<Type>, Option<Type>)> {
    let Some(Type::Id(id)) = ty.map(|ty| dealias(resolve, ty)) else {
        return None;
    };
    match &resolve.types[id].kind {
        TypeDefKind::Result(result) => Some((result.ok, result.err)),
        _ => None,
    }
}

/// The WIT name of the definition behind a type.
pub fn wit_name(resolve: &Resolve, ty: Type) -> Option<&str> {
    match dealias(resolve, ty) {
        Type::Id(id) => resolve.types[id].name.as_deref(),
        _ => None,
    }
}
