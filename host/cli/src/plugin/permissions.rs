//! `wasmoat plugin permissions`: what a plugin asks for, what was granted, and what waits.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use wasmoat_model::{Asked, Consent};

use super::Named;
use super::asked::{Need, section, sections};
use crate::failure::Failure;
use crate::remote::Client;
use crate::terminal::{self, Table, heading, plain_line, time};

/// Arguments of `wasmoat plugin permissions`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    plugin: Named,
}

const EXAMPLES: &str = "\
An upload waits until an admin approves what it asks for. A new version that asks for no more than
the old one is let in by itself; one that asks for more waits, and the old one goes on.

Examples:
      wasmoat plugin permissions word-filter
      wasmoat plugin permissions word-filter --json | jq .difference";

/// What the server tells.
#[derive(Debug, Deserialize)]
pub struct Permissions {
    /// `approved`, `pending` or `upgrade_pending`.
    pub approval: String,
    /// What waits.
    pub waiting: Option<Version>,
    /// What is installed.
    pub installed: Version,
    /// What is asked for.
    pub asked: Asked,
    /// What of it is not granted.
    pub difference: Asked,
    granted: Option<Granted>,
}

/// A version of the plugin.
#[derive(Debug, Deserialize)]
pub struct Version {
    /// The manifest's.
    pub version: String,
    /// Of its component.
    pub digest: String,
    signer: String,
    uploaded_at: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Granted {
    hosts: BTreeSet<String>,
    plugins: BTreeSet<String>,
    teams: Option<BTreeSet<String>>,
    channels: Option<BTreeSet<String>>,
    approved_at: i64,
}

impl Permissions {
    /// Asks the server.
    pub async fn of(client: &Client, id: &str) -> Result<Self, Failure> {
        client.get(&format!("plugins/{id}/permissions"), &[]).await
    }

    /// The version that a decision would be about.
    pub fn subject(&self) -> &Version {
        self.waiting.as_ref().unwrap_or(&self.installed)
    }

    /// What waits, in words.
    pub fn state(&self) -> String {
        match self.approval.as_str() {
            "pending" => "waits for approval".to_owned(),
            "upgrade_pending" => {
                format!("waits for approval; {} goes on until then", plain_line(&self.installed.version))
            }
            _ => "approved".to_owned(),
        }
    }

    /// How what is asked for stands.
    fn mark(&self, need: Need<'_>) -> &'static str {
        let rest = &self.difference;
        let missing = match need {
            Need::Permission(name) => rest.permission_names().any(|missing| missing == name),
            Need::Host(name) => rest.hosts.contains_key(name),
            Need::Plugin(name) => rest.plugins.contains_key(name),
            Need::Directory => rest.directory.is_some(),
            Need::Database => rest.database.is_some(),
            Need::Limit(name) => rest.limits.contains_key(name),
            Need::Hook(name) => rest.hooks.iter().any(|missing| missing == name),
        };
        match (&self.granted, missing) {
            (None, _) => "",
            (Some(_), true) => "not granted",
            (Some(_), false) => "granted",
        }
    }

    fn text(&self, id: &str) -> String {
        let subject = self.subject();
        let title = format!("{} {}", plain_line(id), plain_line(&subject.version));
        let mut text = format!("{}: {}\n\n", heading(title.trim()), self.state());
        let mut table = Table::plain();
        table.row(["Digest", &plain_line(&subject.digest)]);
        let signer = if subject.signer.is_empty() { "nobody".to_owned() } else { plain_line(&subject.signer) };
        table.row(["Signed by", &signer]);
        table.row(["Uploaded", &time(subject.uploaded_at)]);
        self.facts(&mut table);
        text.push_str(&table.lines(""));
        text.push_str(&sections(&self.asked, &|need| self.mark(need)));
        let hook = |hook: &String| match self.mark(Need::Hook(hook)) {
            "not granted" => format!("  {}  new\n", plain_line(hook)),
            _ => format!("  {}\n", plain_line(hook)),
        };
        text.push_str(&section("Hooks", &self.asked.hooks.iter().map(hook).collect::<String>()));
        if self.waiting.is_some() {
            text.push_str(&format!(
                "\napprove it with `wasmoat plugin approve {id}`, in part with --without PERMISSION; or `wasmoat plugin deny {id}`\n"
            ));
        }
        text
    }

    /// What was granted, where that is not just what was asked for.
    fn facts(&self, table: &mut Table) {
        let Some(granted) = &self.granted else { return };
        table.row(["Approved", &time(granted.approved_at)]);
        let list =
            |names: &BTreeSet<String>| plain_line(&names.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        let all = self.asked.all();
        if granted.hosts != all.hosts && !granted.hosts.is_empty() {
            table.row(["Hosts", &list(&granted.hosts)]);
        }
        if granted.plugins != all.plugins && !granted.plugins.is_empty() {
            table.row(["Calls", &list(&granted.plugins)]);
        }
        if let Some(teams) = &granted.teams {
            table.row(["Only teams", &list(teams)]);
        }
        if let Some(channels) = &granted.channels {
            table.row(["Only channels", &list(channels)]);
        }
    }
}

/// Shows them.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let client = args.plugin.remote.connect()?;
    let path = format!("plugins/{}/permissions", args.plugin.id);
    let permissions: Value = client.get(&path, &[]).await?;
    if args.plugin.json {
        return Ok(terminal::print_json(&permissions)?);
    }
    let permissions = Permissions::deserialize(&permissions).map_err(|error| {
        Failure::new(format!("cannot understand the permissions: {error}"))
            .hint("the server may be of another version than this program")
    })?;
    terminal::print(&permissions.text(&args.plugin.id))?;
    Ok(())
}

/// One line that names what a consent allows.
pub fn summary(consent: &Consent, asked: &Asked) -> String {
    let mut granted = asked.clone();
    granted.permissions.retain(|asked| consent.permissions.contains(&asked.permission));
    granted.hosts = consent.hosts.iter().map(|host| (host.clone(), wasmoat_model::Reason::default())).collect();
    granted.plugins = consent.plugins.iter().map(|id| (id.clone(), wasmoat_model::Reason::default())).collect();
    granted.directory = asked.directory.clone().filter(|_| consent.directory);
    granted.database = asked.database.clone().filter(|_| consent.database);
    (granted.limits, granted.hooks) = Default::default();
    plain_line(&granted.summary())
}
