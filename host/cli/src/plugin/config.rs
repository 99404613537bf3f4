//! `wasmoat plugin config`: a plugin's settings.
//!
//! They live in the server's configuration at `PluginSettings.Plugins`, which Mattermost's API
//! replaces as one value. So a change reads all of it and sends all of it back; secrets of every
//! plugin come and go as asterisks, which the server puts back.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use wasmoat_model::Manifest;

use super::{plugin_id, setting};
use crate::failure::Failure;
use crate::remote::{Client, Remote};
use crate::terminal::{self, Table, plain_line};

/// Arguments of `wasmoat plugin config`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// The plugin's id
    #[arg(value_parser = plugin_id)]
    id: String,

    /// Change a setting; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting::assignment)]
    set: Vec<(String, String)>,

    /// Return a setting to its default; may be repeated
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,

    /// Replace all settings by the JSON object in a file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["set", "unset"])]
    json: Option<PathBuf>,

    #[command(flatten)]
    remote: Remote,
}

const EXAMPLES: &str = "\
Without options the settings are shown. A change takes effect at once; values are checked against
the plugin's settings form.

Examples:
      wasmoat plugin config word-filter
      wasmoat plugin config word-filter --set words=foo,bar --set action=mask
      wasmoat plugin config word-filter --unset action
      echo '{\"words\": \"foo\"}' | wasmoat plugin config word-filter --json -";

/// Shows or changes the settings.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let client = args.remote.connect()?;
    let manifest = client.installed_plugin(&args.id).await?.manifest;
    let mut all = read_all(&client).await?;
    let mut own = all.get(&args.id).and_then(Value::as_object).cloned().unwrap_or_default();
    let changed = !args.set.is_empty() || !args.unset.is_empty() || args.json.is_some();
    if changed {
        if let Some(file) = &args.json {
            own = object(file)?;
        }
        change(&mut own, &manifest, args)?;
        all.insert(args.id.clone(), Value::Object(own));
        let patch = json!({ "PluginSettings": { "Plugins": all } });
        let _: Value = client.put("config/patch", &patch).await?;
        own = read_all(&client).await?.get(&args.id).and_then(Value::as_object).cloned().unwrap_or_default();
    }
    terminal::print(&shown(&own, &manifest))?;
    Ok(())
}

async fn read_all(client: &Client) -> Result<Map<String, Value>, Failure> {
    let config: Value = client.get("config", &[]).await?;
    match config.pointer("/PluginSettings/Plugins") {
        Some(Value::Object(plugins)) => Ok(plugins.clone()),
        Some(Value::Null) => Ok(Map::new()),
        // Sending a map back without having seen the old one would delete what is in it.
        _ => Err(Failure::new("the server does not show the settings of its plugins")
            .hint("log in as a system administrator")),
    }
}

fn change(own: &mut Map<String, Value>, manifest: &Manifest, args: &Args) -> Result<(), Failure> {
    for key in &args.unset {
        setting::find(manifest, key)?;
        own.retain(|stored, _| !stored.eq_ignore_ascii_case(key));
    }
    for (key, text) in &args.set {
        let (key, value) = setting::typed(manifest, key, text)?;
        own.retain(|stored, _| !stored.eq_ignore_ascii_case(&key));
        own.insert(key, value);
    }
    Ok(())
}

fn object(file: &Path) -> Result<Map<String, Value>, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    let shown = file.display();
    read.map_err(|error| Failure::new(format!("cannot read {shown}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(format!("{shown} is not a JSON object: {error}")).hint("write {\"key\": \"value\"}")
    })
}

/// Every setting of the form with its value, then stored values that the form does not know.
fn shown(own: &Map<String, Value>, manifest: &Manifest) -> String {
    let mut table = Table::titled(["SETTING", "VALUE", ""]);
    let mut known = BTreeSet::new();
    for setting in manifest.settings() {
        let stored = own.iter().find(|(key, _)| key.eq_ignore_ascii_case(&setting.key));
        known.extend(stored.map(|(key, _)| key.as_str()));
        let (value, origin) = match stored {
            Some((_, value)) => (value, if setting.secret { "secret" } else { "" }),
            None => (&setting.default, "default"),
        };
        table.row([&plain_line(&setting.key), &plain_line(&value.to_string()), origin]);
    }
    for (key, value) in own.iter().filter(|(key, _)| !known.contains(key.as_str())) {
        let origin = if known.is_empty() && manifest.settings().next().is_none() { "" } else { "not in the form" };
        table.row([&plain_line(key), &plain_line(&value.to_string()), origin]);
    }
    if own.is_empty() && manifest.settings().next().is_none() {
        return format!("{} has no settings", plain_line(&manifest.id));
    }
    table.lines("")
}
