//! The commands of plugins: in memory, since a plugin registers them at every activation.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use wasmoat_model::{AppError, AutocompleteArg, AutocompleteArgData, AutocompleteData, Command};

/// Commands of one plugin in all teams.
const LIMIT: usize = 1000;

/// Commands in the order of their registration: of equal triggers the first wins.
#[derive(Debug, Default)]
pub(crate) struct Registry(RwLock<Vec<Command>>);

fn refused(message: impl Into<String>) -> AppError {
    AppError::new("RegisterCommand", "app.command.register_command.app_error", 400, message)
}

impl Registry {
    fn read(&self) -> RwLockReadGuard<'_, Vec<Command>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Command>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn register(&self, plugin_id: &str, command: Command) -> Result<(), AppError> {
        let trigger = command.trigger.to_lowercase();
        if trigger.is_empty() {
            return Err(refused("A command needs a trigger."));
        }
        let data = match command.autocomplete_data.as_str() {
            "" | "null" => described(&command, &trigger),
            json => {
                let mut data: AutocompleteData = serde_json::from_str(json)
                    .map_err(|error| refused(format!("The autocomplete data cannot be read: {error}.")))?;
                data.is_valid()?;
                point_below_plugin(&mut data, plugin_id);
                data
            }
        };
        let command = Command {
            trigger,
            plugin_id: plugin_id.to_owned(),
            team_id: command.team_id,
            auto_complete: command.auto_complete,
            auto_complete_desc: command.auto_complete_desc,
            auto_complete_hint: command.auto_complete_hint,
            display_name: command.display_name,
            description: command.description,
            autocomplete_data: serde_json::to_string(&data).unwrap_or_default(),
            autocomplete_icon_data: command.autocomplete_icon_data,
            ..Command::default()
        };
        let mut commands = self.write();
        let same = |other: &&mut Command| {
            other.plugin_id == plugin_id && other.trigger == command.trigger && other.team_id == command.team_id
        };
        if let Some(old) = commands.iter_mut().find(same) {
            *old = command;
            return Ok(());
        }
        if commands.iter().filter(|other| other.plugin_id == plugin_id).count() >= LIMIT {
            return Err(refused(format!("The plugin has {LIMIT} commands; no more are allowed.")));
        }
        commands.push(command);
        Ok(())
    }

    /// Mattermost lets any plugin take any command away; here it is the owner's.
    pub(super) fn unregister(&self, plugin_id: &str, team_id: &str, trigger: &str) -> Result<(), AppError> {
        let trigger = trigger.to_lowercase();
        let mut commands = self.write();
        let is_meant = |command: &Command| command.team_id == team_id && command.trigger == trigger;
        let own = |command: &Command| is_meant(command) && command.plugin_id == plugin_id;
        let is_anothers = !commands.iter().any(own) && commands.iter().any(is_meant);
        commands.retain(|command| !own(command));
        if is_anothers {
            let text = format!("The command `/{trigger}` is another plugin's.");
            let id = "app.command.unregister_command.owner.app_error";
            return Err(AppError::new("UnregisterCommand", id, 403, text));
        }
        Ok(())
    }

    pub(super) fn drop_plugin(&self, plugin_id: &str) {
        self.write().retain(|command| command.plugin_id != plugin_id);
    }

    /// Those of a team and those of every team, the first of equal triggers.
    pub(super) fn list(&self, team_id: &str) -> Vec<Command> {
        let mut seen = HashSet::new();
        let commands = self.read();
        let mine = commands.iter().filter(|command| command.team_id.is_empty() || command.team_id == team_id);
        mine.filter(|command| seen.insert(command.trigger.clone())).cloned().collect()
    }

    /// Who answers a trigger in a team.
    pub(super) fn find(&self, team_id: &str, trigger: &str) -> Option<Command> {
        let commands = self.read();
        let answers = |command: &&Command| {
            command.trigger == trigger && (command.team_id.is_empty() || command.team_id == team_id)
        };
        commands.iter().find(answers).cloned()
    }
}

/// What clients offer for a command that says nothing more than its hint.
fn described(command: &Command, trigger: &str) -> AutocompleteData {
    let hint = &command.auto_complete_hint;
    let argument = AutocompleteArg {
        r#type: "TextInput".to_owned(),
        required: true,
        data: AutocompleteArgData { hint: hint.clone(), ..AutocompleteArgData::default() },
        ..AutocompleteArg::default()
    };
    AutocompleteData {
        trigger: trigger.to_owned(),
        hint: hint.clone(),
        help_text: command.auto_complete_desc.clone(),
        arguments: if hint.is_empty() { Vec::new() } else { vec![argument] },
        ..AutocompleteData::default()
    }
}

/// A dynamic list whose address is a path is the plugin's own.
fn point_below_plugin(data: &mut AutocompleteData, plugin_id: &str) {
    for argument in data.arguments.iter_mut().filter(|argument| argument.r#type == "DynamicList") {
        let url = &mut argument.data.fetch_url;
        let own = format!("/plugins/{plugin_id}/");
        let elsewhere = url.starts_with("http://") || url.starts_with("https://") || url.starts_with(&own);
        if !elsewhere {
            *url = format!("{own}{}", url.trim_start_matches('/'));
        }
    }
    data.sub_commands.iter_mut().for_each(|sub| point_below_plugin(sub, plugin_id));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(trigger: &str, team_id: &str) -> Command {
        Command { trigger: trigger.into(), team_id: team_id.into(), ..Command::default() }
    }

    fn owner(registry: &Registry, team_id: &str, trigger: &str) -> Option<String> {
        registry.find(team_id, trigger).map(|command| command.plugin_id)
    }

    #[test]
    fn the_first_of_two_plugins_keeps_the_trigger_until_it_is_gone() {
        let registry = Registry::default();
        registry.register("a", command("Poll", "")).unwrap();
        registry.register("b", command("poll", "")).unwrap();
        assert_eq!(owner(&registry, "team", "poll").as_deref(), Some("a"));
        registry.unregister("b", "", "nothing").unwrap();
        registry.drop_plugin("a");
        assert_eq!(owner(&registry, "team", "poll").as_deref(), Some("b"));
    }

    #[test]
    fn a_plugin_takes_back_only_its_own() {
        let registry = Registry::default();
        registry.register("a", command("poll", "")).unwrap();
        assert_eq!(registry.unregister("b", "", "poll").unwrap_err().status_code, 403);
        assert_eq!(owner(&registry, "team", "poll").as_deref(), Some("a"));
        registry.unregister("a", "", "POLL").unwrap();
        assert_eq!(owner(&registry, "team", "poll"), None);
    }

    #[test]
    fn a_command_of_one_team_is_not_there_in_another() {
        let registry = Registry::default();
        registry.register("a", command("poll", "one")).unwrap();
        assert_eq!(owner(&registry, "one", "poll").as_deref(), Some("a"));
        assert_eq!(owner(&registry, "two", "poll"), None);
    }

    #[test]
    fn registering_again_replaces() {
        let registry = Registry::default();
        registry.register("a", command("poll", "")).unwrap();
        registry.register("a", Command { description: "new".into(), ..command("poll", "") }).unwrap();
        assert_eq!(registry.list("team").len(), 1);
        assert_eq!(registry.find("team", "poll").unwrap().description, "new");
    }

    #[test]
    fn dynamic_lists_point_below_their_plugin() {
        let data = r#"{"Trigger":"p","Arguments":[{"Type":"DynamicList","Data":{"FetchURL":"list"}}]}"#;
        let registry = Registry::default();
        registry.register("a", Command { autocomplete_data: data.into(), ..command("p", "") }).unwrap();
        let tree = registry.find("t", "p").unwrap().autocomplete().unwrap();
        assert_eq!(tree.arguments[0].data.fetch_url, "/plugins/a/list");
    }
}
