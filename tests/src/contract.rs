//! The functions of the contract, read from `wit/`.

use wit_parser::{Resolve, WorldItem};

const WIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");

/// One interface that a plugin may import.
#[derive(Debug)]
pub(crate) struct Interface {
    /// Like `posts`.
    pub(crate) name: String,
    /// Like `wasmoat:plugin/posts@1.0.0`.
    pub(crate) id: String,
    /// Its functions.
    pub(crate) functions: Vec<String>,
}

/// Every interface of the world `platform`.
pub(crate) fn interfaces() -> Vec<Interface> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(WIT).expect("wit/ parses");
    let world = resolve.select_world(&[package], Some("platform")).expect("wit/ has the world `platform`");
    let imports = resolve.worlds.get(world).map(|world| world.imports.values()).into_iter().flatten();
    let interfaces = imports.filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(*id),
        _ => None,
    });
    interfaces
        .filter_map(|id| {
            let interface = resolve.interfaces.get(id)?;
            Some(Interface {
                name: interface.name.clone()?,
                id: resolve.id_of(id)?,
                functions: interface.functions.keys().cloned().collect(),
            })
        })
        .collect()
}
