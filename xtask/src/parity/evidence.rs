//! What is there: the code of the host, and what the tests have shown.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::contract::Declared;

/// The sources of the host, and the notes that the tests left in `target/parity`.
#[derive(Debug)]
pub struct Evidence {
    sources: Vec<(PathBuf, String)>,
    /// Column and name.
    shown: HashSet<(String, String)>,
}

impl Evidence {
    /// Reads both.
    pub fn read(host: &Path, notes: &Path) -> Result<Self> {
        let mut sources = Vec::new();
        for path in files(host)? {
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                sources.push((path, text));
            }
        }
        let mut shown = HashSet::new();
        if notes.is_dir() {
            for path in files(notes)? {
                let name = |path: Option<&Path>| Some(path?.file_name()?.to_str()?.to_owned());
                shown.extend(name(path.parent()).zip(name(Some(&path))));
            }
        }
        Ok(Self { sources, shown })
    }

    /// A test has shown this column of the function or hook.
    pub fn shows(&self, column: &str, name: &str) -> bool {
        self.shown.contains(&(column.to_owned(), name.to_owned()))
    }

    /// A function has its body in the module of its interface; a hook is in the table of the
    /// runtime, and the core or the runtime fires it.
    pub fn implements(&self, declared: &Declared, mattermost: &str) -> bool {
        if declared.is_hook() {
            let entry = format!(" {mattermost} \"{}\"", declared.interface);
            return self.has(|path| path.ends_with("runtime/src/hooks.rs"), &entry)
                && self.has(|path| !path.ends_with("runtime/src/hooks.rs"), &format!("::<{mattermost}"));
        }
        let module = declared.interface.replace('-', "_");
        let body = format!("fn {}(", declared.function.replace('-', "_"));
        let guest = PathBuf::from("guest").join(format!("{module}.rs"));
        self.has(|path| path.ends_with(&guest) || path.components().any(|part| part.as_os_str() == &*module), &body)
    }

    fn has(&self, is_meant: impl Fn(&Path) -> bool, text: &str) -> bool {
        self.sources.iter().any(|(path, source)| is_meant(path) && source.contains(text))
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
