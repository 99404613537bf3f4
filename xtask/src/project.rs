//! What `cargo metadata` knows of the workspace: its folders, packages and targets.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::Run;

/// The workspace.
pub struct Project {
    /// The folder of the root manifest.
    pub root: PathBuf,
    /// Where cargo builds; honours `CARGO_TARGET_DIR` and cargo's configuration.
    pub target: PathBuf,
    /// The members.
    pub packages: Vec<Package>,
}

/// One member of the workspace.
pub struct Package {
    /// Name in its manifest.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it builds.
    pub targets: Vec<Target>,
}

/// One thing that a package builds.
pub struct Target {
    /// Name of the target.
    pub name: String,
    /// `lib`, `cdylib`, `bin`, `test`, `bench` …
    pub kinds: Vec<String>,
}

impl Project {
    /// Asks cargo.
    pub fn discover() -> Result<Self> {
        let text = Run::cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .quiet()
            .output()
            .context("cannot read the workspace")?;
        let metadata: Value = serde_json::from_str(&text).context("cargo metadata did not answer JSON")?;
        Ok(Self {
            root: path(&metadata, "workspace_root")?,
            target: path(&metadata, "target_directory")?,
            packages: list(&metadata, "packages").map(Package::read).collect::<Result<_>>()?,
        })
    }

    /// The members that live in a folder below `parent`, a path from the root, in order of name.
    pub fn packages_in(&self, parent: &str) -> Vec<&Package> {
        let parent = self.root.join(parent);
        let mut found: Vec<_> =
            self.packages.iter().filter(|package| package.folder.parent() == Some(&*parent)).collect();
        found.sort_by(|a, b| a.folder.cmp(&b.folder));
        found
    }

    /// Every package and target of a kind, as pairs, in order of name.
    pub fn targets(&self, kind: &str) -> Vec<(&Package, &Target)> {
        let mut found: Vec<_> = self
            .packages
            .iter()
            .flat_map(|package| package.targets.iter().map(move |target| (package, target)))
            .filter(|(_, target)| target.is(kind))
            .collect();
        found.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        found
    }

    /// A path the way a person would write it: from the root where it lies below.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

impl Package {
    fn read(value: &Value) -> Result<Self> {
        let manifest = path(value, "manifest_path")?;
        Ok(Self {
            name: text(value, "name")?,
            folder: manifest.parent().context("a manifest without a folder")?.to_owned(),
            targets: list(value, "targets").map(Target::read).collect::<Result<_>>()?,
        })
    }

    /// The name of the folder, which is the name people use for a plugin.
    pub fn folder_name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Target {
    fn read(value: &Value) -> Result<Self> {
        let kinds = list(value, "kind").filter_map(|kind| kind.as_str().map(str::to_owned)).collect();
        Ok(Self { name: text(value, "name")?, kinds })
    }

    /// Whether the target is of this kind.
    pub fn is(&self, kind: &str) -> bool {
        self.kinds.iter().any(|own| own == kind)
    }
}

fn text(value: &Value, key: &str) -> Result<String> {
    let text = value.get(key).and_then(Value::as_str);
    Ok(text.with_context(|| format!("cargo metadata has no `{key}`"))?.to_owned())
}

fn path(value: &Value, key: &str) -> Result<PathBuf> {
    text(value, key).map(PathBuf::from)
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}
