//! What `wit/` declares.

use std::path::Path;

use anyhow::{Context, Result};
use wit_parser::{Function, Resolve, Type, TypeDefKind};

/// A function of an interface that plugins import, or a hook.
#[derive(Debug)]
pub struct Declared {
    /// The interface, like `posts`; of a hook its own name.
    pub interface: String,
    /// The function, like `get-post`.
    pub function: String,
    /// Its type has an error.
    pub can_fail: bool,
}

impl Declared {
    /// A hook is an interface with one function of its name.
    pub fn is_hook(&self) -> bool {
        self.interface == self.function
    }

    /// As the tests name it: `posts.get-post`, `message-will-be-posted`.
    pub fn name(&self) -> String {
        if self.is_hook() { self.interface.clone() } else { format!("{}.{}", self.interface, self.function) }
    }
}

/// Everything in the package.
pub fn read(wit: &Path) -> Result<Vec<Declared>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let package = resolve.packages.get(package).context("wit/ holds no package")?;
    let mut declared = Vec::new();
    for (name, id) in &package.interfaces {
        let interface = resolve.interfaces.get(*id).context("an interface without a body")?;
        declared.extend(interface.functions.values().map(|function| Declared {
            interface: name.clone(),
            function: function.name.clone(),
            can_fail: can_fail(&resolve, function),
        }));
    }
    Ok(declared)
}

fn can_fail(resolve: &Resolve, function: &Function) -> bool {
    let mut result = function.result;
    while let Some(Type::Id(id)) = result {
        match resolve.types.get(id).map(|ty| &ty.kind) {
            Some(TypeDefKind::Result(result)) => return result.err.is_some(),
            Some(TypeDefKind::Type(alias)) => result = Some(*alias),
            _ => return false,
        }
    }
    false
}
