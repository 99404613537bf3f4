//! What the client offers while somebody types a command: Mattermost's `AutocompleteData`.

use serde::Serialize;

use crate::{Error, Result};

/// A command or sub-command. It has arguments or sub-commands, not both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Autocomplete {
    trigger: String,
    hint: String,
    help_text: String,
    #[serde(rename = "RoleID")]
    role_id: String,
    arguments: Vec<Argument>,
    sub_commands: Vec<Autocomplete>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Argument {
    name: String,
    help_text: String,
    #[serde(rename = "Type")]
    kind: &'static str,
    required: bool,
    data: Data,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "PascalCase")]
enum Data {
    Text { hint: String, pattern: String },
    List { possible_arguments: Vec<Item> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    item: String,
    hint: String,
    help_text: String,
}

impl Autocomplete {
    /// A command: its word in lower case, a hint on what follows, and what it does.
    #[must_use]
    pub fn new(trigger: impl Into<String>, hint: impl Into<String>, help_text: impl Into<String>) -> Self {
        Self { trigger: trigger.into(), hint: hint.into(), help_text: help_text.into(), ..Self::default() }
    }

    /// Adds a sub-command.
    #[must_use]
    pub fn sub_command(mut self, command: Self) -> Self {
        self.sub_commands.push(command);
        self
    }

    /// Adds a text that must be given, at the next position.
    #[must_use]
    pub fn text(mut self, help_text: impl Into<String>, hint: impl Into<String>) -> Self {
        self.arguments.push(Argument {
            name: String::new(),
            help_text: help_text.into(),
            kind: "TextInput",
            required: true,
            data: Data::Text { hint: hint.into(), pattern: String::new() },
        });
        self
    }

    /// Adds a choice among words, at the next position: each with what it means.
    #[must_use]
    pub fn choice(mut self, help_text: impl Into<String>, required: bool, items: &[(&str, &str)]) -> Self {
        let item = |(item, help): &(&str, &str)| Item {
            item: (*item).to_owned(),
            hint: String::new(),
            help_text: (*help).to_owned(),
        };
        self.arguments.push(Argument {
            name: String::new(),
            help_text: help_text.into(),
            kind: "StaticList",
            required,
            data: Data::List { possible_arguments: items.iter().map(item).collect() },
        });
        self
    }

    /// Offers it to system admins only.
    #[must_use]
    pub fn for_admins(mut self) -> Self {
        self.role_id = "system_admin".into();
        self
    }

    /// For the field `autocomplete_data` of a command.
    ///
    /// # Errors
    ///
    /// None that is known; it is JSON's way.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::json("autocomplete data"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mattermosts() {
        let data = Autocomplete::new("go", "[where]", "Goes").text("Where to", "\"a place\"").to_json().unwrap();
        assert_eq!(
            data,
            r#"{"Trigger":"go","Hint":"[where]","HelpText":"Goes","RoleID":"","Arguments":[{"Name":"","HelpText":"Where to","Type":"TextInput","Required":true,"Data":{"Hint":"\"a place\"","Pattern":""}}],"SubCommands":[]}"#
        );
    }

    #[test]
    fn a_choice_lists_its_words() {
        let data = Autocomplete::new("go", "", "").choice("Way", false, &[("up", "Upwards")]);
        assert!(
            data.to_json()
                .unwrap()
                .contains(r#""Data":{"PossibleArguments":[{"Item":"up","Hint":"","HelpText":"Upwards"}]}"#)
        );
    }
}
