//! A plugin laid out for a person: the same page for a file and for an installed plugin.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use wasmoat_core::plugins::Signer;
use wasmoat_model::{Asked, Manifest, ManifestWasmoat};

use super::asked::{self, section};
use crate::failure::Failure;
use crate::terminal::{self, Table, heading, plain_line, time};

/// What an inspection tells. The last five are the server's: a file has none of them.
#[derive(Debug, Deserialize)]
pub struct Report {
    digest: String,
    size: u64,
    hooks: Vec<String>,
    permissions: BTreeMap<String, Vec<String>>,
    wasi: bool,
    producers: BTreeMap<String, String>,
    #[serde(default)]
    manifest: Option<Manifest>,
    #[serde(default)]
    limits: Map<String, Value>,
    #[serde(default)]
    grant: Option<Grant>,
    #[serde(default)]
    signer: Option<Signer>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error: String,
}

/// What an admin allowed.
#[derive(Debug, Deserialize)]
struct Grant {
    permissions: Vec<String>,
    approved_at: i64,
}

impl Report {
    /// Understands an inspection.
    pub fn read(inspection: &Value) -> Result<Self, Failure> {
        Self::deserialize(inspection).map_err(|error| {
            Failure::new(format!("cannot understand the inspection: {error}"))
                .hint("the server may be of another version than this program")
        })
    }

    /// The whole page.
    pub fn text(&self) -> String {
        let mut text = self.title();
        text.push_str(&self.facts());
        text.push_str(&asked::sections(&self.asked(), &asked::unmarked));
        let hooks = self.hooks.iter().map(|hook| format!("  {}\n", plain_line(hook))).collect::<String>();
        text.push_str(&section("Hooks", &hooks));
        text.push_str(&section("Limits", &rows(&self.limits)));
        text
    }

    fn title(&self) -> String {
        let Some(manifest) = &self.manifest else {
            return String::new();
        };
        let title = format!("{} {}", plain_line(&manifest.id), plain_line(&manifest.version));
        let mut text = heading(title.trim());
        if !manifest.name.is_empty() && manifest.name != manifest.id {
            text.push_str(&format!(" — {}", plain_line(&manifest.name)));
        }
        text.push('\n');
        if !manifest.description.is_empty() {
            text.push_str(&format!("{}\n", plain_line(&manifest.description)));
        }
        text.push('\n');
        text
    }

    fn facts(&self) -> String {
        let mut table = Table::plain();
        if let Some(state) = &self.state {
            table.row(["State", &plain_line(state)]);
        }
        if !self.error.is_empty() {
            table.row(["Error", &plain_line(&self.error)]);
        }
        match &self.grant {
            Some(grant) => {
                table.row(["Granted", &time(grant.approved_at)]);
                let denied = self.denied(grant);
                if !denied.is_empty() {
                    table.row(["Not granted", &plain_line(&denied.join(", "))]);
                }
            }
            None if self.state.is_some() => table.row(["Granted", "nothing yet"]),
            None => {}
        }
        match &self.signer {
            Some(signer) => {
                table.row(["Signed with", &plain_line(&signer.key_id)]);
                table.row(["Signer says", &plain_line(&signer.trusted_comment)]);
            }
            None if self.state.is_some() => table.row(["Signed", "no"]),
            None => {}
        }
        table.row(["Size", &terminal::bytes(self.size)]);
        table.row(["Digest", &plain_line(&self.digest)]);
        table.row(["WASI", if self.wasi { "yes: an empty environment, no files, no sockets" } else { "no" }]);
        let tools: Vec<_> =
            self.producers.iter().map(|(tool, version)| format!("{tool} {version}").trim_end().to_owned()).collect();
        if !tools.is_empty() {
            table.row(["Made with", &plain_line(&tools.join(", "))]);
        }
        table.lines("")
    }

    fn asked(&self) -> Asked {
        let none = ManifestWasmoat::default();
        let manifest = self.manifest.as_ref().map_or(&none, |manifest| &manifest.wasmoat);
        Asked::of(&self.permissions, &self.hooks, manifest)
    }

    /// What the plugin asks for and was not granted.
    fn denied(&self, grant: &Grant) -> Vec<&str> {
        let asked = self.permissions.keys();
        asked.filter(|permission| !grant.permissions.contains(permission)).map(String::as_str).collect()
    }
}

fn rows(values: &Map<String, Value>) -> String {
    let mut table = Table::plain();
    for (name, value) in values {
        table.row([&plain_line(name), &scalar(value)]);
    }
    table.lines("  ")
}

fn scalar(value: &Value) -> String {
    plain_line(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
