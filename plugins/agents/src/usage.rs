//! Tokens: counted for the metrics, a line each for the log, under Mattermost's names.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};
use wasmoat::{Error, Result, channels, http::Response, kv, log};

use crate::{
    chat::Usage,
    completion::{Asked, Asker},
    config::Config,
    provider::ProviderError,
};

/// Beginning of the keys of what agents have spent; the agent and the team follow.
const PREFIX: &str = "tokens:";

/// What stands where something is not known.
const UNKNOWN: &str = "unknown";

/// How often a count is begun anew when others count at once. `update_json` tries five times itself.
const ROUNDS: usize = 8;

/// What one answer cost.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// The tokens.
    pub usage: Usage,
    /// The provider did not say, it is a guess.
    pub is_estimated: bool,
}

/// What an agent has spent in a team.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Total {
    requests: u64,
    failures: u64,
    input_tokens: u64,
    output_tokens: u64,
}

/// Counts an answer. It is given all the same where that fails.
pub fn spent(config: &Config, asked: Asked<'_>, model: &str, asker: &Asker, spent: Spent) {
    let Spent { usage, is_estimated } = spent;
    let team_id = team_of(&asker.channel_id);
    if config.enable_token_usage_logging {
        let known = |text: &str| if text.is_empty() { UNKNOWN.to_owned() } else { text.to_owned() };
        log::info!(
            "llm_token_usage",
            schema_version = 1,
            user_id = known(&asker.user_id),
            team_id = team_id,
            channel_id = known(&asker.channel_id),
            bot_username = known(name(asked)),
            model = model,
            service_type = asked.service.kind.as_str(),
            source_plugin_id = asker.plugin_id,
            operation = asker.operation,
            operation_subtype = asker.subtype,
            input_tokens = usage.input_tokens,
            output_tokens = usage.output_tokens,
            total_tokens = usage.total(),
            cached_read_tokens = usage.cached_read_tokens,
            reasoning_tokens = usage.reasoning_tokens,
            estimated = is_estimated,
        );
    }
    count(asked, &team_id, |total| {
        total.requests = total.requests.saturating_add(1);
        total.input_tokens = total.input_tokens.saturating_add(usage.input_tokens);
        total.output_tokens = total.output_tokens.saturating_add(usage.output_tokens);
    });
}

/// Counts an answer that did not come.
pub fn failed(asked: Asked<'_>, model: &str, asker: &Asker, error: &ProviderError) {
    log::warn!(
        "a model gave no answer",
        code = error.code(),
        error = error,
        service = asked.service.name,
        model = model,
        bot_username = name(asked),
        source_plugin_id = asker.plugin_id,
        operation = asker.operation,
    );
    count(asked, &team_of(&asker.channel_id), |total| {
        total.requests = total.requests.saturating_add(1);
        total.failures = total.failures.saturating_add(1);
    });
}

fn count(asked: Asked<'_>, team_id: &str, add: impl Fn(&mut Total)) {
    let who = if name(asked).is_empty() { UNKNOWN } else { name(asked) };
    let key = format!("{PREFIX}{who}:{team_id}");
    for _ in 0..ROUNDS {
        let counted = kv::update_json(&key, |total: Option<Total>| {
            let mut total = total.unwrap_or_default();
            add(&mut total);
            Ok(total)
        });
        match counted {
            Ok(_) => return,
            Err(Error::Contended { .. }) => {}
            Err(error) => return log::error!("tokens were not counted", key = key, error = error),
        }
    }
    log::error!("tokens were not counted: too many were counted at once", key = key);
}

fn name(asked: Asked<'_>) -> &str {
    asked.agent.map_or("", |agent| &agent.name)
}

fn team_of(channel_id: &str) -> String {
    let team_id = match channel_id {
        "" => None,
        id => channels::get_channel(id).ok().map(|channel| channel.team_id),
    };
    match team_id.as_deref() {
        None => UNKNOWN.to_owned(),
        // A direct message has no team.
        Some("") => "dm".to_owned(),
        Some(id) => id.to_owned(),
    }
}

/// Name, help and value.
type Counter = (&'static str, &'static str, fn(&Total) -> u64);

/// All counts, for Prometheus.
pub fn exposition() -> Result<Response> {
    let mut totals = BTreeMap::new();
    for key in kv::keys_with_prefix(PREFIX)? {
        let of = key.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':'));
        if let (Some((bot, team)), Some(total)) = (of, kv::get_json::<Total>(&key)?) {
            totals.insert((bot.to_owned(), team.to_owned()), total);
        }
    }
    let mut text = String::new();
    let counters: [Counter; 4] = [
        ("agents_llm_requests_total", "Questions to models.", |total| total.requests),
        ("agents_llm_failures_total", "Questions that got no answer.", |total| total.failures),
        ("agents_llm_input_tokens_total", "Tokens of questions.", |total| total.input_tokens),
        ("agents_llm_output_tokens_total", "Tokens of answers.", |total| total.output_tokens),
    ];
    for (name, help, value) in counters {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
        for ((bot, team), total) in &totals {
            let _ = writeln!(text, "{name}{{bot_name=\"{bot}\",team_id=\"{team}\"}} {}", value(total));
        }
    }
    Ok(Response::new(200).header("Content-Type", "text/plain; version=0.0.4").body(text))
}
