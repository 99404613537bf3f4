//! `wasmoat plugin approve` and `deny`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_model::{Consent, is_valid_id};

use super::Named;
use super::permissions::{Permissions, summary};
use crate::failure::Failure;
use crate::remote::Client;
use crate::terminal::{self, plain_line, waiting};

/// Arguments of `wasmoat plugin approve`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Approve {
    /// Approve without this permission, or without `hosts`, `plugins`, `directory` or `database`
    ///
    /// Calls that need it are answered with an error. What the author marked as required cannot be
    /// left out. May be given several times.
    #[arg(long, value_name = "PERMISSION")]
    without: Vec<String>,

    /// Only this host, of those that it asks for; may be given several times
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,

    /// Only calls of this plugin, of those that it asks for; may be given several times
    #[arg(long, value_name = "PLUGIN")]
    call: Vec<String>,

    /// Only content of this team, by name or id; may be given several times
    #[arg(long, value_name = "TEAM")]
    team: Vec<String>,

    /// Only content of this channel, by TEAM/CHANNEL or id; may be given several times
    #[arg(long, value_name = "CHANNEL")]
    channel: Vec<String>,

    #[command(flatten)]
    plugin: Named,
}

const EXAMPLES: &str = "\
Approves the version that waits, as `wasmoat plugin permissions` shows it; where none does, the
installed version gets another approval in place of the one it has. What is not approved is denied.

Examples:
      wasmoat plugin approve word-filter
      wasmoat plugin approve word-filter --without posts.write --team moat
      wasmoat plugin approve reader --channel moat/town-square --host api.example.org";

/// Arguments of `wasmoat plugin deny`.
#[derive(Debug, clap::Args)]
pub struct Deny {
    #[command(flatten)]
    plugin: Named,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

/// Approves.
pub async fn approve(args: &Approve) -> Result<(), Failure> {
    let client = args.plugin.remote.connect()?;
    let id = &args.plugin.id;
    let permissions = Permissions::of(&client, id).await?;
    let consent = args.narrowed(&client, &permissions).await?;
    let progress = waiting("approving");
    let decision = json!({ "approve": consent, "digest": permissions.subject().digest });
    let answer = decide(&client, id, &decision).await?;
    drop(progress);
    if args.plugin.json {
        return Ok(terminal::print_json(&answer)?);
    }
    let allowed = summary(&consent, &permissions.asked);
    terminal::print(&format!("approved {id} {}: {allowed}", plain_line(&permissions.subject().version)))?;
    let denied = permissions.asked.beyond(&consent, Some(&permissions.asked));
    if !denied.is_empty() {
        terminal::print(&format!("denied: {}", plain_line(&denied.summary())))?;
    }
    if consent.is_scoped() {
        terminal::print("it sees and changes content of the named teams and channels only")?;
    }
    if !client.installed_plugin(id).await?.active {
        terminal::print(&format!("not running yet; start it with `wasmoat plugin enable {id}`"))?;
    }
    Ok(())
}

impl Approve {
    /// All that is asked for, less what the arguments take away.
    async fn narrowed(&self, client: &Client, permissions: &Permissions) -> Result<Consent, Failure> {
        let mut consent = permissions.asked.all();
        for what in &self.without {
            let was_there = match what.as_str() {
                "hosts" => !std::mem::take(&mut consent.hosts).is_empty(),
                "plugins" => !std::mem::take(&mut consent.plugins).is_empty(),
                // Storage is a permission of its functions as well.
                "directory" => std::mem::take(&mut consent.directory) | consent.permissions.remove(what),
                "database" => std::mem::take(&mut consent.database) | consent.permissions.remove(what),
                permission => consent.permissions.remove(permission),
            };
            if !was_there {
                return Err(Failure::new(format!("{} does not ask for `{}`", self.plugin.id, plain_line(what)))
                    .hint(format!("`wasmoat plugin permissions {}` shows what it asks for", self.plugin.id)));
            }
        }
        if !self.host.is_empty() {
            consent.hosts = self.host.iter().cloned().collect();
        }
        if !self.call.is_empty() {
            consent.plugins = self.call.iter().cloned().collect();
        }
        if !self.team.is_empty() {
            let mut teams = BTreeSet::new();
            for team in &self.team {
                teams.insert(team_id(client, team).await?);
            }
            consent.teams = Some(teams);
        }
        if !self.channel.is_empty() {
            let mut channels = BTreeSet::new();
            for channel in &self.channel {
                channels.insert(channel_id(client, channel).await?);
            }
            consent.channels = Some(channels);
        }
        Ok(consent)
    }
}

/// Denies.
pub async fn deny(args: &Deny) -> Result<(), Failure> {
    let client = args.plugin.remote.connect()?;
    let id = &args.plugin.id;
    let permissions = Permissions::of(&client, id).await?;
    let subject = permissions.subject();
    let answer = decide(&client, id, &json!({ "deny": true, "digest": subject.digest })).await?;
    if args.plugin.json {
        return Ok(terminal::print_json(&answer)?);
    }
    let outcome = match permissions.approval.as_str() {
        "upgrade_pending" => format!("{} goes on", plain_line(&permissions.installed.version)),
        _ => "it is removed".to_owned(),
    };
    terminal::print(&format!("denied {id} {}; {outcome}", plain_line(&subject.version)))?;
    Ok(())
}

async fn decide(client: &Client, id: &str, decision: &Value) -> Result<Value, Failure> {
    client.tell_with(&format!("plugins/{id}/permissions"), decision).await
}

async fn team_id(client: &Client, team: &str) -> Result<String, Failure> {
    if is_valid_id(team) {
        return Ok(team.to_owned());
    }
    Ok(client.get::<Id>(&format!("teams/name/{}", segment(team)?), &[]).await?.id)
}

async fn channel_id(client: &Client, channel: &str) -> Result<String, Failure> {
    if is_valid_id(channel) {
        return Ok(channel.to_owned());
    }
    let Some((team, channel)) = channel.split_once('/') else {
        return Err(Failure::new(format!("`{}` is no channel", plain_line(channel)))
            .hint("write it as TEAM/CHANNEL, like moat/town-square, or give its id"));
    };
    let path = format!("teams/name/{}/channels/name/{}", segment(team)?, segment(channel)?);
    Ok(client.get::<Id>(&path, &[]).await?.id)
}

/// A name as part of a path.
fn segment(name: &str) -> Result<&str, Failure> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(name);
    }
    Err(Failure::new(format!("`{}` is no name of a team or channel", plain_line(name)))
        .hint("names are letters, digits, `-`, `_` and `.`; the name in the address bar, not the one on the screen"))
}
