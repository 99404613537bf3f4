//! What clients offer while somebody types a slash command.

use serde::{Deserialize, Serialize};

use crate::AppError;

/// Mattermost's `AutocompleteData`: a word of a command, and what may follow it. Its JSON has
/// capitalised names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AutocompleteData {
    /// The word, lower case.
    pub trigger: String,
    /// Usage hint.
    pub hint: String,
    /// Text.
    pub help_text: String,
    /// Who sees it: `system_admin`, `system_user` or everybody.
    #[serde(rename = "RoleID")]
    pub role_id: String,
    /// What follows; excludes sub-commands.
    #[serde(deserialize_with = "lenient")]
    pub arguments: Vec<AutocompleteArg>,
    /// Words that may follow; exclude arguments.
    #[serde(deserialize_with = "lenient")]
    pub sub_commands: Vec<AutocompleteData>,
}

/// Mattermost's `AutocompleteArg`: an argument of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AutocompleteArg {
    /// `--name` of a named argument; empty for a positional one.
    pub name: String,
    /// Text.
    pub help_text: String,
    /// `TextInput`, `StaticList` or `DynamicList`.
    pub r#type: String,
    /// The command needs it.
    pub required: bool,
    /// Details of the type.
    pub data: AutocompleteArgData,
}

/// Details of an argument; which are set depends on its type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AutocompleteArgData {
    /// Of a text: what to write.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// Of a text: a regular expression that it matches.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pattern: String,
    /// Of a static list: its items.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient")]
    pub possible_arguments: Vec<AutocompleteListItem>,
    /// Of a dynamic list: where it is.
    #[serde(rename = "FetchURL", skip_serializing_if = "String::is_empty")]
    pub fetch_url: String,
}

/// An item of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AutocompleteListItem {
    /// The word.
    pub item: String,
    /// Hint.
    pub hint: String,
    /// Text.
    pub help_text: String,
}

/// Mattermost's `AutocompleteSuggestion`: one way to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AutocompleteSuggestion {
    /// The whole line after choosing it.
    pub complete: String,
    /// The part that is added.
    pub suggestion: String,
    /// Hint.
    pub hint: String,
    /// Text.
    pub description: String,
    /// Icon, as SVG data.
    pub icon_data: String,
}

/// Go writes an empty list as null.
fn lenient<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl AutocompleteData {
    /// Mattermost's `AutocompleteData.IsValid`.
    ///
    /// # Errors
    ///
    /// 400 for the first rule that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        if self.trigger.is_empty() {
            return Err(invalid("Every word of the autocomplete data needs a trigger."));
        }
        if self.trigger.to_lowercase() != self.trigger {
            return Err(invalid("Triggers are lower case."));
        }
        if !matches!(self.role_id.as_str(), "" | "system_admin" | "system_user") {
            return Err(invalid("The role is `system_admin`, `system_user` or empty."));
        }
        if !self.arguments.is_empty() && !self.sub_commands.is_empty() {
            return Err(invalid("Arguments and sub-commands exclude each other."));
        }
        let mut named = false;
        for argument in &self.arguments {
            argument.is_valid()?;
            if !argument.name.is_empty() {
                named = true;
            } else if named {
                return Err(invalid("Positional arguments come before named ones."));
            }
        }
        self.sub_commands.iter().try_for_each(Self::is_valid)
    }
}

impl AutocompleteArg {
    fn is_valid(&self) -> Result<(), AppError> {
        match self.r#type.as_str() {
            "TextInput" if self.name.is_empty() && !self.required => {
                Err(invalid("A positional text argument is required."))
            }
            "TextInput" => Ok(()),
            "StaticList" if self.data.possible_arguments.iter().any(|item| item.item.is_empty()) => {
                Err(invalid("Every item of a list needs a word."))
            }
            "StaticList" => Ok(()),
            "DynamicList" if self.data.fetch_url.is_empty() => Err(invalid("A dynamic list needs an address.")),
            "DynamicList" => Ok(()),
            other => Err(invalid(&format!("`{other}` is no type of argument."))),
        }
    }
}

fn invalid(message: &str) -> AppError {
    AppError::new("AutocompleteData.IsValid", "model.command.is_valid.autocomplete_data.app_error", 400, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> AutocompleteData {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_tree_as_go_plugins_write_it_is_read() {
        let tree = read(
            r#"{"Trigger":"poll","Hint":"[command]","HelpText":"Polls","RoleID":"","Arguments":[],"SubCommands":[
                {"Trigger":"new","Arguments":[{"Name":"","HelpText":"Question","Type":"TextInput","Required":true,
                 "Data":{"Hint":"[question]","Pattern":""}}],"SubCommands":null}]}"#,
        );
        assert_eq!(tree.is_valid(), Ok(()));
        assert_eq!(tree.sub_commands[0].arguments[0].data.hint, "[question]");
    }

    #[test]
    fn what_no_client_could_offer_is_refused() {
        for (json, why) in [
            (r#"{"Trigger":""}"#, "needs a trigger"),
            (r#"{"Trigger":"Poll"}"#, "lower case"),
            (r#"{"Trigger":"p","RoleID":"boss"}"#, "role"),
            (r#"{"Trigger":"p","Arguments":[{"Type":"TextInput"}]}"#, "required"),
            (
                r#"{"Trigger":"p","Arguments":[{"Type":"StaticList","Data":{"PossibleArguments":[{"Item":""}]}}]}"#,
                "item",
            ),
            (r#"{"Trigger":"p","Arguments":[{"Type":"Dial"}]}"#, "type"),
            (
                r#"{"Trigger":"p","Arguments":[{"Type":"TextInput","Required":true}],"SubCommands":[{"Trigger":"q"}]}"#,
                "exclude",
            ),
        ] {
            let error = read(json).is_valid().unwrap_err();
            assert!(error.message.contains(why), "{json}: {}", error.message);
        }
    }
}
