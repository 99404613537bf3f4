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
            _ if is_copy(resolve, ty) => owned(resolve, ty)?,
            _ => format!("&{}", owned(resolve, ty)?),
        },
        _ => owned(resolve, ty)?,
    })
}

/// An expression that makes a lent `name` owned.
pub fn to_owned(resolve: &Resolve, ty: Type, name: &str) -> String {
    match dealias(resolve, ty) {
        Type::String => format!("{name}.to_owned()"),
        Type::Id(id) => match &resolve.types[id].kind {
            TypeDefKind::List(_) => format!("{name}.to_vec()"),
            TypeDefKind::Option(item) => {
                let inner = to_owned(resolve, *item, "item");
                if inner == "item" { name.to_owned() } else { format!("{name}.map(|item| {inner})") }
            }
            _ if is_copy(resolve, ty) => name.to_owned(),
            _ => format!("{name}.clone()"),
        },
        _ => name.to_owned(),
    }
}

/// Whether `wit-bindgen` makes the type `Copy`, and so takes it by value: nothing in it is on the
/// heap.
pub fn is_copy(resolve: &Resolve, ty: Type) -> bool {
    let id = match dealias(resolve, ty) {
        Type::Id(id) => id,
        ty => return !matches!(ty, Type::String | Type::ErrorContext),
    };
    let parts: Vec<Type> = match &resolve.types[id].kind {
        TypeDefKind::Enum(_) | TypeDefKind::Flags(_) => Vec::new(),
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Option(item) => vec![*item],
        _ => return false,
    };
    parts.into_iter().all(|part| is_copy(resolve, part))
}

/// Whether a resource is a part of the type.
pub fn has_resource(resolve: &Resolve, ty: Type) -> bool {
    let Type::Id(id) = dealias(resolve, ty) else { return false };
    match &resolve.types[id].kind {
        TypeDefKind::Handle(_) | TypeDefKind::Resource => true,
        TypeDefKind::Option(item) | TypeDefKind::List(item) => has_resource(resolve, *item),
        TypeDefKind::Result(result) => {
            [result.ok, result.err].into_iter().flatten().any(|ty| has_resource(resolve, ty))
        }
        TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| has_resource(resolve, *ty)),
        _ => false,
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
