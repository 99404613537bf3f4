//! `wasmoat plugin bridge`: who offers what to whom, and how it goes.

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::remote::Remote;
use crate::terminal::{self, Table, faint, heading, plain_line};

/// Arguments of `wasmoat plugin bridge`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Print JSON: an object of `plugins` and `edges`
    #[arg(long, conflicts_with = "svg")]
    json: bool,

    /// Print the map as a picture
    #[arg(long)]
    svg: bool,

    #[command(flatten)]
    remote: Remote,
}

const EXAMPLES: &str = "\
Calls are counted since the plugin that is called was started.

Examples:
      wasmoat plugin bridge
      wasmoat plugin bridge --svg > bridge.svg";

#[derive(Deserialize)]
struct Map {
    plugins: Vec<Plugin>,
    edges: Vec<Edge>,
}

#[derive(Deserialize)]
struct Plugin {
    id: String,
    form: String,
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    path: String,
    version: String,
    description: String,
    callers: Vec<String>,
}

#[derive(Deserialize)]
struct Edge {
    source: String,
    target: String,
    endpoint: String,
    calls: u64,
    errors: u64,
    breaker: String,
}

/// Shows the map.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let client = args.remote.connect()?;
    if args.svg {
        return Ok(terminal::print(&client.get_text("plugins/bridge/map.svg").await?)?);
    }
    let map: Value = client.get("plugins/bridge/map", &[]).await?;
    if args.json {
        return Ok(terminal::print_json(&map)?);
    }
    let map = serde_json::from_value(map)
        .map_err(|error| Failure::new(format!("the server's map is not what this program knows: {error}")))?;
    terminal::print(&shown(&map))?;
    Ok(())
}

fn shown(map: &Map) -> String {
    if map.plugins.is_empty() {
        return "no plugin is active".to_owned();
    }
    let mut text = String::new();
    for plugin in &map.plugins {
        text.push_str(&heading(&plain_line(&plugin.id)));
        text.push_str(match plugin.form.as_str() {
            "none" => "  cannot be called\n",
            _ if plugin.endpoints.is_empty() => "  answers whatever it is asked\n",
            _ => "\n",
        });
        text.push_str(&offered(plugin));
        text.push_str(&calls(map, plugin));
        text.push('\n');
    }
    text
}

fn offered(plugin: &Plugin) -> String {
    let mut table = Table::plain();
    for endpoint in &plugin.endpoints {
        let callers = format!("for {}", plain_line(&endpoint.callers.join(", ")).replace('*', "everybody"));
        let version = plain_line(&endpoint.version);
        table.row([&plain_line(&endpoint.path), &version, &callers, &plain_line(&endpoint.description)]);
    }
    table.lines("  ")
}

fn calls(map: &Map, plugin: &Plugin) -> String {
    let mut table = Table::plain();
    for edge in map.edges.iter().filter(|edge| edge.target == plugin.id) {
        let state = match edge.breaker.as_str() {
            "closed" => String::new(),
            state => format!("suspended ({})", plain_line(&state.replace('_', " "))),
        };
        table.row([
            &format!("← {}", plain_line(&edge.source)),
            &plain_line(&edge.endpoint),
            &format!("{} calls, {} errors", edge.calls, edge.errors),
            &state,
        ]);
    }
    faint(&table.lines("  "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shown;

    #[test]
    fn the_map_names_offers_and_calls() {
        let map = json!({
            "plugins": [
                { "id": "agents", "form": "direct", "may_call": [], "endpoints": [
                    { "path": "/v1/ask", "version": "1.2", "description": "Answers.", "callers": ["*"] } ] },
                { "id": "digest", "form": "http", "may_call": ["agents"], "endpoints": [] },
                { "id": "filter", "form": "none", "may_call": [], "endpoints": [] },
            ],
            "edges": [{ "source": "digest", "target": "agents", "endpoint": "/v1/ask", "calls": 3, "errors": 1,
                "breaker": "half_open" }],
        });
        let text = console::strip_ansi_codes(&shown(&serde_json::from_value(map).unwrap())).into_owned();
        let expected = "agents\n  /v1/ask  1.2  for everybody  Answers.\n  ← digest  /v1/ask  3 calls, 1 errors  suspended (half open)\n\n\
                        digest  answers whatever it is asked\n\nfilter  cannot be called\n\n";
        assert_eq!(text, expected);
    }
}
