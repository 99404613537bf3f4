//! What a component is and wants, read from its type without running it.
//!
//! Refuses what is not a component of this contract: everything that can be wrong with an upload
//! is found here or when its types are checked against the linker.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Serialize;
use wasmparser::{
    CanonicalFunction, CanonicalOption, KnownCustom, Parser, Payload, Validator, WasmFeatures,
    component_types::ComponentEntityType,
    types::{Types, TypesRef},
};

use crate::{HOOKS, LoadError, permissions};

/// Package of the contract.
pub const CONTRACT: &str = "wasmoat:plugin";

/// Version of the contract that this host offers.
pub const CONTRACT_VERSION: Version = Version::new(1, 0, 0);

/// Largest component.
pub const MAX_COMPONENT_BYTES: usize = 64 << 20;

/// Custom section that holds a plugin's manifest.
pub const MANIFEST_SECTION: &str = "mattermost:manifest";

/// What a component is and wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// BLAKE3 digest of the file, in hex: what a grant is bound to.
    pub digest: String,
    /// Bytes of the file.
    pub size: usize,
    /// Hooks that it implements, in the order of the hook table.
    pub hooks: Vec<String>,
    /// Permission to the functions that need it.
    pub permissions: BTreeMap<String, Vec<String>>,
    /// It imports WASI.
    pub wasi: bool,
    /// Tools that made it: name and version.
    pub producers: BTreeMap<String, String>,
}

/// Reads a component's type.
///
/// # Errors
///
/// Where the bytes are no component of this contract; the error says what they are instead.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, LoadError> {
    if bytes.len() > MAX_COMPONENT_BYTES {
        return Err(LoadError::TooLarge { size: bytes.len(), limit: MAX_COMPONENT_BYTES });
    }
    if Parser::is_core_wasm(bytes) {
        return Err(LoadError::CoreModule);
    }
    if !Parser::is_component(bytes) {
        return Err(LoadError::NotWasm);
    }
    let types = Validator::new_with_features(WasmFeatures::all())
        .validate_all(bytes)
        .map_err(|error| LoadError::Invalid { message: error.message().to_owned(), offset: error.offset() })?;
    let names = outer_names(bytes)?;
    let mut inspection = Inspection {
        digest: blake3::hash(bytes).to_hex().to_string(),
        size: bytes.len(),
        producers: producers(bytes),
        ..Inspection::default()
    };
    for name in &names.imports {
        import(&mut inspection, &types, name)?;
    }
    let mut hooks = BTreeSet::new();
    for name in &names.exports {
        hooks.extend(export(&types, name)?);
    }
    if hooks.is_empty() {
        return Err(LoadError::NoHooks);
    }
    inspection.hooks =
        hooks.into_iter().filter_map(|index| HOOKS.get(index)).map(|hook| hook.name.to_owned()).collect();
    Ok(inspection)
}

/// The manifest in a component's custom section: of the component, or of the core module in it
/// that the author's compiler made.
#[must_use]
pub fn manifest_section(bytes: &[u8]) -> Option<&[u8]> {
    Parser::new(0).parse_all(bytes).map_while(Result::ok).find_map(|payload| match payload {
        Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => Some(section.data()),
        _ => None,
    })
}

#[derive(Default)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// Names of the outermost component's imports and exports; refuses async-lifted exports anywhere.
fn outer_names(bytes: &[u8]) -> Result<Names, LoadError> {
    let invalid = |error: wasmparser::BinaryReaderError| LoadError::Invalid {
        message: error.message().to_owned(),
        offset: error.offset(),
    };
    let mut names = Names::default();
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    names.imports.push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    names.exports.push(export.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    if let CanonicalFunction::Lift { options, .. } = function.map_err(invalid)?
                        && options.contains(&CanonicalOption::Async)
                    {
                        return Err(LoadError::AsyncExport);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// `wasmoat:plugin/posts@1.0.0` in its parts.
struct InterfaceName<'a> {
    package: &'a str,
    interface: &'a str,
    version: Option<Version>,
}

impl<'a> InterfaceName<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let (path, version) = match name.split_once('@') {
            Some((path, version)) => (path, Some(Version::parse(version).ok()?)),
            None => (name, None),
        };
        let (package, interface) = path.split_once('/')?;
        Some(Self { package, interface, version })
    }

    /// A component of an older minor version runs; one of a newer or another major does not.
    fn check_version(&self, name: &str) -> Result<(), LoadError> {
        match &self.version {
            Some(version) if version.major == CONTRACT_VERSION.major && *version <= CONTRACT_VERSION => Ok(()),
            _ => Err(LoadError::WrongVersion { name: name.to_owned(), offered: CONTRACT_VERSION.to_string() }),
        }
    }
}

fn import(inspection: &mut Inspection, types: &Types, name: &str) -> Result<(), LoadError> {
    let unknown = || LoadError::UnknownImport { name: name.to_owned() };
    let parsed = InterfaceName::parse(name).ok_or_else(unknown)?;
    if parsed.package.starts_with("wasi:") {
        if parsed.version.as_ref().is_none_or(|version| (version.major, version.minor) != (0, 2)) {
            return Err(unknown());
        }
        inspection.wasi = true;
        let beside = permissions::beside_wasi(parsed.package, parsed.interface);
        for permission in [permissions::WASI].into_iter().chain(beside) {
            inspection.permissions.entry(permission.to_owned()).or_default().push(name.to_owned());
        }
        return Ok(());
    }
    if parsed.package != CONTRACT {
        return Err(unknown());
    }
    parsed.check_version(name)?;
    for function in functions(types.as_ref(), types.component_item_for_import(name).map(|item| item.ty)) {
        if let Some(permission) = permissions::permission(parsed.interface, &function) {
            let functions = inspection.permissions.entry(permission).or_default();
            // `[method]response.read` of a resource is `response.read` to a reader.
            let shown = function.rsplit(']').next().unwrap_or(&function);
            functions.push(format!("{}.{shown}", parsed.interface));
        }
    }
    Ok(())
}

/// The hook of an export, as its place in the table; other exports are the toolchain's own.
fn export(types: &Types, name: &str) -> Result<Option<usize>, LoadError> {
    let Some(parsed) = InterfaceName::parse(name).filter(|parsed| parsed.package == CONTRACT) else {
        return Ok(None);
    };
    parsed.check_version(name)?;
    let index = HOOKS.iter().position(|hook| hook.name == parsed.interface);
    let index = index.ok_or_else(|| LoadError::UnknownHook { name: name.to_owned() })?;
    let exported = functions(types.as_ref(), types.component_item_for_export(name).map(|item| item.ty));
    if !exported.iter().any(|function| function == parsed.interface) {
        return Err(LoadError::WrongType { name: name.to_owned(), message: "the function is missing".to_owned() });
    }
    Ok(Some(index))
}

fn functions(types: TypesRef<'_>, item: Option<ComponentEntityType>) -> Vec<String> {
    let Some(ComponentEntityType::Instance(instance)) = item else { return Vec::new() };
    #[expect(clippy::indexing_slicing, reason = "the id comes from these very types")]
    let exports = &types[instance].exports;
    let functions = exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_)));
    functions.map(|(name, _)| name.clone()).collect()
}

/// The tools that made a component, from the `producers` sections of its modules.
fn producers(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        let Payload::CustomSection(section) = payload else { continue };
        let KnownCustom::Producers(fields) = section.as_known() else { continue };
        for field in fields.into_iter().map_while(Result::ok) {
            for value in field.values.into_iter().map_while(Result::ok) {
                found.insert(value.name.to_owned(), value.version.to_owned());
            }
        }
    }
    found
}
