//! What the administrator has set up: services, which offer models, and agents, which use them. The
//! shape is that of Mattermost's plugin.

mod access;
mod keys;

use std::{collections::BTreeSet, fmt, time::Duration};

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use wasmoat::{Error, Result, config};

pub use access::Access;

use crate::provider::ProviderError;

/// Tokens of an answer where neither service nor caller says.
const DEFAULT_OUTPUT_TOKENS: u32 = 8_192;

/// How long a provider may say nothing where the service does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(5);

/// Letters of an agent's username.
const MAX_NAME: usize = 64;

/// Services and agents.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Config {
    /// Who offers models.
    pub services: Vec<Service>,
    /// The agents; `bots` is Mattermost's name for the list.
    pub bots: Vec<Agent>,
    /// Username of the agent that is meant where none is named.
    pub default_bot_name: String,
    /// Whether each call's tokens are in the log.
    #[serde(deserialize_with = "config::flag")]
    pub enable_token_usage_logging: bool,
}

/// Somebody who offers models.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Service {
    /// Id, for agents.
    pub id: String,
    /// Name, for people; callers may use it too.
    pub name: String,
    /// Its protocol.
    #[serde(rename = "type")]
    pub kind: ServiceType,
    /// The key. Better kept in the setting `apiKeys`, which is never shown.
    pub api_key: String,
    /// Organisation at the provider.
    pub org_id: String,
    /// Model of agents that name none.
    pub default_model: String,
    /// Where it is, without the path.
    #[serde(rename = "apiURL")]
    pub api_url: String,
    /// Most tokens of a conversation; 0 for no limit.
    #[serde(deserialize_with = "config::number")]
    pub token_limit: u64,
    /// Most tokens of an answer; 0 for the default.
    #[serde(deserialize_with = "config::number")]
    pub output_token_limit: u32,
    /// How long it may say nothing; 0 for the default.
    #[serde(deserialize_with = "config::number")]
    pub streaming_timeout_seconds: u64,
    /// Whether OpenAI's Responses are to be spoken.
    #[serde(rename = "useResponsesAPI", deserialize_with = "config::flag")]
    pub use_responses_api: bool,
    /// Whether the provider is told the user's id.
    #[serde(rename = "sendUserID", deserialize_with = "config::flag")]
    pub send_user_id: bool,
}

/// Without the key: what is printed ends up in logs.
impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Service");
        shown.field("id", &self.id).field("name", &self.name).field("kind", &self.kind).field("api_url", &self.api_url);
        shown.finish_non_exhaustive()
    }
}

/// The protocol of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum ServiceType {
    /// OpenAI itself.
    #[default]
    OpenAi,
    /// Anybody who speaks the same.
    OpenAiCompatible,
    /// One that this version does not speak.
    Other(String),
}

impl ServiceType {
    /// The words for those that are spoken.
    pub const OFFERED: &'static str = "openai, openaicompatible";

    /// Its word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenAiCompatible => "openaicompatible",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for ServiceType {
    fn from(word: String) -> Self {
        match &*word {
            "openai" => Self::OpenAi,
            "openaicompatible" => Self::OpenAiCompatible,
            _ => Self::Other(word),
        }
    }
}

/// An agent: a bot account with a service behind it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Agent {
    /// Id in the configuration. Callers know an agent by the id of its bot account.
    pub id: String,
    /// Username of the bot account.
    pub name: String,
    /// Name that is shown.
    pub display_name: String,
    /// Id of its service.
    #[serde(rename = "serviceID")]
    pub service_id: String,
    /// Model; the service's default where empty.
    pub model: String,
    /// Who may use it, and where.
    #[serde(flatten)]
    pub access: Access,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Settings {
    #[serde(deserialize_with = "object_or_text")]
    config: Config,
    #[serde(deserialize_with = "object_or_text")]
    api_keys: keys::ApiKeys,
}

impl Config {
    /// Reads the settings, with each service's key in its place.
    pub fn load() -> Result<Self> {
        let Settings { mut config, api_keys } = config::load()?;
        config.check()?;
        for service in &mut config.services {
            if let Some(key) = api_keys.of(&service.id) {
                key.clone_into(&mut service.api_key);
            }
        }
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let invalid = |text: String| Err(Error::new(400, "agents.config.invalid", text));
        let mut seen = BTreeSet::new();
        for service in &self.services {
            if service.id.is_empty() || !seen.insert(&service.id) {
                return invalid(format!("the service `{}` needs an id of its own, not `{}`", service.name, service.id));
            }
        }
        let mut seen = BTreeSet::new();
        for agent in &self.bots {
            if !is_username(&agent.name) || !seen.insert(&agent.name) {
                return invalid(format!(
                    "the agent `{}` needs a name of its own: a small letter, then at most {} small letters, digits, \
                     `.`, `-` and `_`, not `{}`",
                    agent.id,
                    MAX_NAME - 1,
                    agent.name
                ));
            }
        }
        Ok(())
    }

    /// A service by its id, or by its name.
    pub fn service(&self, id_or_name: &str) -> Option<&Service> {
        let by = |of: fn(&Service) -> &str| self.services.iter().find(|service| of(service) == id_or_name);
        by(|service| &service.id).or_else(|| by(|service| &service.name))
    }

    /// The agent that is meant where none is named.
    pub fn default_agent(&self) -> Option<&Agent> {
        self.bots.iter().find(|agent| agent.name == self.default_bot_name).or_else(|| self.bots.first())
    }
}

impl Service {
    /// Where a path of the protocol is. `…/v1` and `…/v1/` are written as often as neither.
    pub fn url(&self, path: &str) -> String {
        let base = if self.api_url.is_empty() { "https://api.openai.com" } else { &self.api_url };
        let base = base.trim_end_matches('/');
        format!("{}{path}", base.strip_suffix("/v1").unwrap_or(base))
    }

    /// How long it may say nothing.
    pub fn streaming_timeout(&self) -> Duration {
        match self.streaming_timeout_seconds {
            0 => DEFAULT_TIMEOUT,
            seconds => Duration::from_secs(seconds),
        }
    }

    /// Most tokens of an answer, of which a caller may want less.
    pub fn output_tokens(&self, wanted: Option<u32>) -> u32 {
        let most = if self.output_token_limit == 0 { DEFAULT_OUTPUT_TOKENS } else { self.output_token_limit };
        wanted.filter(|wanted| *wanted > 0).map_or(most, |wanted| wanted.min(most))
    }

    /// Whether it can be asked.
    pub fn check(&self) -> Result<(), ProviderError> {
        let missing = match &self.kind {
            ServiceType::OpenAi if self.api_key.is_empty() => "it has no API key: set `apiKeys`",
            ServiceType::OpenAiCompatible if self.api_url.is_empty() => "it has no URL: set `apiURL`",
            _ if self.use_responses_api => "`useResponsesAPI` is on, and this version speaks Chat Completions only",
            _ => return Ok(()),
        };
        Err(self.misconfigured(missing))
    }

    /// That it cannot be asked.
    pub fn misconfigured(&self, detail: impl Into<String>) -> ProviderError {
        ProviderError::Misconfigured { service: self.name.clone(), detail: detail.into() }
    }
}

fn is_username(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    name.len() <= MAX_NAME && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(rest)
}

/// A console keeps objects as they are or as text; an empty text is the default.
fn object_or_text<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    use serde::de::Error as _;
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => Ok(T::default()),
        serde_json::Value::String(text) if text.trim().is_empty() => Ok(T::default()),
        serde_json::Value::String(text) => serde_json::from_str(&text).map_err(D::Error::custom),
        value => serde_json::from_value(value).map_err(D::Error::custom),
    }
}
