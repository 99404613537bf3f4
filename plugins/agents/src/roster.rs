//! The agents' bot accounts. An agent is known to callers by the id of its account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wasmoat::{
    Result, bots, kv, sandbox,
    types::{Bot, BotGetOptions, BotPatch},
};

use crate::config::{Agent, Config};

/// Key of the accounts.
const ACCOUNTS: &str = "agent-accounts";

/// Bots that are looked through for the agents' accounts.
const MOST_BOTS: i32 = 1_000;

/// Letters and digits of an id.
const ID_LENGTH: usize = 26;

/// Characters of a bot's display name.
const MAX_DISPLAY_NAME: usize = 64;

/// Username to account.
type Accounts = BTreeMap<String, Account>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    id: String,
    display_name: String,
    description: String,
}

/// Whether the accounts are looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Somebody may have changed them meanwhile.
    Always,
    /// Only where the configuration says something new.
    Changed,
}

/// Gives each agent its account, and takes it from those that are none any more.
pub fn sync(config: &Config, when: When) -> Result<()> {
    let before: Accounts = kv::get_json(ACCOUNTS)?.unwrap_or_default();
    let own = own_bots()?;
    let mut accounts = Accounts::new();
    for agent in &config.bots {
        let known = before.get(&agent.name);
        let wanted = Account {
            id: known.map(|known| known.id.clone()).unwrap_or_default(),
            display_name: display_name(agent),
            description: description(config, agent),
        };
        let account =
            if when == When::Changed && known == Some(&wanted) { wanted } else { ensure(&agent.name, wanted, &own)? };
        accounts.insert(agent.name.clone(), account);
    }
    for (_, account) in before.iter().filter(|(name, _)| !accounts.contains_key(*name)) {
        bots::update_bot_active(&account.id, false)?;
    }
    if accounts != before {
        kv::set_json(ACCOUNTS, &accounts)?;
    }
    Ok(())
}

/// The bots of this plugin, those of agents that are gone too. `EnsureBotUser` knows one bot alone.
fn own_bots() -> Result<Vec<Bot>> {
    bots::get_bots(&BotGetOptions {
        owner_id: sandbox::plugin_id(),
        include_deleted: true,
        per_page: MOST_BOTS,
        ..BotGetOptions::default()
    })
}

fn ensure(name: &str, account: Account, own: &[Bot]) -> Result<Account> {
    let id = match own.iter().find(|bot| bot.username == name) {
        Some(bot) => bot.user_id.clone(),
        None => create(name, &account)?,
    };
    bots::update_bot_active(&id, true)?;
    bots::patch_bot(
        &id,
        &BotPatch {
            username: None,
            display_name: Some(account.display_name.clone()),
            description: Some(account.description.clone()),
        },
    )?;
    Ok(Account { id, ..account })
}

fn create(name: &str, account: &Account) -> Result<String> {
    let bot = bots::create_bot(&Bot {
        username: name.to_owned(),
        display_name: account.display_name.clone(),
        description: account.description.clone(),
        ..Bot::default()
    })?;
    Ok(bot.user_id)
}

/// The name that people see.
pub fn display_name(agent: &Agent) -> String {
    let name = if agent.display_name.is_empty() { &agent.name } else { &agent.display_name };
    name.chars().take(MAX_DISPLAY_NAME).collect()
}

fn description(config: &Config, agent: &Agent) -> String {
    let kind = config.service(&agent.service_id).map_or("nothing", |service| service.kind.as_str());
    format!("Powered by {kind}")
}

/// Agents with their accounts.
#[derive(Debug)]
pub struct Roster<'a> {
    config: &'a Config,
    accounts: Accounts,
}

impl<'a> Roster<'a> {
    /// The agents that there are now.
    pub fn load(config: &'a Config) -> Result<Self> {
        Ok(Self { config, accounts: kv::get_json(ACCOUNTS)?.unwrap_or_default() })
    }

    /// Each agent with the id of its account, by name.
    pub fn agents(&self) -> impl Iterator<Item = (&'a Agent, &str)> {
        let mut agents: Vec<_> = self.config.bots.iter().collect();
        agents.sort_by_cached_key(|agent| (display_name(agent), agent.id.clone()));
        agents.into_iter().filter_map(|agent| Some((agent, self.account_id(agent)?)))
    }

    /// The agent of an account.
    pub fn agent(&self, id: &str) -> Option<&'a Agent> {
        let is_meant = |agent: &&Agent| self.account_id(agent) == Some(id);
        self.config.bots.iter().find(is_meant)
    }

    fn account_id(&self, agent: &Agent) -> Option<&str> {
        self.accounts.get(&agent.name).map(|account| account.id.as_str())
    }
}

/// Whether a text can be an id.
pub fn is_id(text: &str) -> bool {
    text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
