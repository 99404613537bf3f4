//! What a client offers while somebody types a command.

use std::sync::Arc;

use wasmoat_model::{
    AppError, AutocompleteArg, AutocompleteData, AutocompleteListItem, AutocompleteSuggestion, Command, CommandArgs,
    HttpRequest,
};
use wasmoat_runtime::CallContext;

use crate::Core;

/// What is left to read of a line.
#[derive(Clone, Debug)]
struct Line {
    parsed: String,
    rest: String,
}

impl Line {
    /// Takes a word and the spaces after it; none where the word is the last and may go on.
    fn word(&mut self) -> Option<String> {
        let (word, after) = self.rest.split_once(' ')?;
        let word = word.to_owned();
        let rest = after.trim_start_matches(' ').to_owned();
        let taken = self.rest.len() - rest.len();
        self.parsed.push_str(self.rest.get(..taken).unwrap_or_default());
        self.rest = rest;
        Some(word)
    }
}

/// What an argument makes of a line.
enum Outcome {
    /// It is complete: the next one.
    Next,
    /// It is being written.
    Offer(Vec<AutocompleteSuggestion>),
}

impl Core {
    /// Mattermost's `GetSuggestions`: how a line may go on.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn autocomplete_suggestions(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        user_input: &str,
        role_id: &str,
    ) -> Result<Vec<AutocompleteSuggestion>, AppError> {
        let mut commands = self.list_autocomplete_commands(&args.team_id).await?;
        commands.sort_by(|one, other| one.trigger.cmp(&other.trigger));
        let line = Line { parsed: String::new(), rest: user_input.trim_start_matches('/').to_owned() };
        let trees: Vec<AutocompleteData> = commands.iter().map(tree).collect();
        let mut suggestions = self.suggest(cx, args, &trees, line, role_id).await;
        for suggestion in &mut suggestions {
            let trigger = suggestion.complete.split(' ').next().unwrap_or_default();
            if let Some(command) = commands.iter().find(|command| command.trigger == trigger) {
                suggestion.icon_data.clone_from(&command.autocomplete_icon_data);
            }
        }
        Ok(suggestions)
    }

    async fn suggest(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        trees: &[AutocompleteData],
        mut line: Line,
        role_id: &str,
    ) -> Vec<AutocompleteSuggestion> {
        let mut level = trees;
        loop {
            let visible = |data: &&AutocompleteData| may_see(data, role_id);
            let before = line.parsed.clone();
            let Some(word) = line.word() else {
                let begun = line.rest.to_lowercase();
                return level
                    .iter()
                    .filter(visible)
                    .filter(|data| data.trigger.starts_with(&begun))
                    .map(|data| offer(&before, data))
                    .collect();
            };
            let word = word.to_lowercase();
            let Some(data) = level.iter().filter(visible).find(|data| data.trigger == word) else { return Vec::new() };
            if data.sub_commands.is_empty() {
                return self.suggest_argument(cx, args, &data.arguments, line).await;
            }
            level = &data.sub_commands;
        }
    }

    async fn suggest_argument(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        arguments: &[AutocompleteArg],
        mut line: Line,
    ) -> Vec<AutocompleteSuggestion> {
        for argument in arguments {
            if !argument.name.is_empty() {
                match name(argument, &mut line) {
                    Outcome::Next => {}
                    Outcome::Offer(suggestions) => return suggestions,
                }
            }
            let outcome = match argument.r#type.as_str() {
                "TextInput" => text(argument, &mut line),
                "StaticList" => items(&argument.data.possible_arguments, &mut line),
                _ => {
                    let found = self.fetch_items(cx, args, argument, &line).await;
                    items(&found, &mut line)
                }
            };
            if let Outcome::Offer(suggestions) = outcome {
                return suggestions;
            }
        }
        Vec::new()
    }

    /// Asks the plugin for the items of a dynamic list. What cannot be had is not offered.
    async fn fetch_items(
        &self,
        cx: &CallContext,
        args: &CommandArgs,
        argument: &AutocompleteArg,
        line: &Line,
    ) -> Vec<AutocompleteListItem> {
        let Some(path) = argument.data.fetch_url.strip_prefix("/plugins/") else { return Vec::new() };
        let Some((plugin_id, path)) = path.split_once('/') else { return Vec::new() };
        let context = Arc::clone(&cx.plugin_context);
        let user_input = format!("{}{}", line.parsed, line.rest);
        let values = [
            ("user_input", user_input.as_str()),
            ("parsed", &line.parsed),
            ("request_id", &context.request_id),
            ("session_id", &context.session_id),
            ("ip_address", &context.ip_address),
            ("accept_language", &context.accept_language),
            ("user_agent", &context.user_agent),
            ("channel_id", &args.channel_id),
            ("team_id", &args.team_id),
            ("root_id", &args.root_id),
            ("user_id", &args.user_id),
            ("site_url", &args.site_url),
        ];
        let Ok(url) = reqwest::Url::parse_with_params(&format!("http://plugin/{path}"), values) else {
            return Vec::new();
        };
        let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
        let request = HttpRequest {
            method: "GET".to_owned(),
            request_uri: target.clone(),
            url: target,
            ..HttpRequest::default()
        };
        match self.request_plugin(cx, plugin_id, request).await {
            Ok(answer) => serde_json::from_slice::<Option<Vec<_>>>(&answer.body).ok().flatten().unwrap_or_default(),
            Err(error) => {
                tracing::debug!(plugin = plugin_id, %error, "a dynamic list could not be fetched");
                Vec::new()
            }
        }
    }
}

/// The tree of a command; one that has none is a word with a hint.
fn tree(command: &Command) -> AutocompleteData {
    command.autocomplete().unwrap_or_else(|| AutocompleteData {
        trigger: command.trigger.clone(),
        hint: command.auto_complete_hint.clone(),
        help_text: command.auto_complete_desc.clone(),
        ..AutocompleteData::default()
    })
}

fn may_see(data: &AutocompleteData, role_id: &str) -> bool {
    data.role_id.is_empty() || data.role_id == role_id || role_id == "system_admin"
}

fn offer(parsed: &str, data: &AutocompleteData) -> AutocompleteSuggestion {
    AutocompleteSuggestion {
        complete: format!("{parsed}{}", data.trigger),
        suggestion: data.trigger.clone(),
        hint: data.hint.clone(),
        description: data.help_text.clone(),
        icon_data: String::new(),
    }
}

/// `--name`, which stands before a named argument.
fn name(argument: &AutocompleteArg, line: &mut Line) -> Outcome {
    let flag = format!("--{}", argument.name);
    let written = line.rest.strip_prefix(&flag).is_some_and(|after| after.starts_with(' '));
    if written {
        line.word();
        return Outcome::Next;
    }
    if !flag.starts_with(&line.rest) {
        return Outcome::Offer(Vec::new());
    }
    Outcome::Offer(vec![AutocompleteSuggestion {
        complete: format!("{}{flag} ", line.parsed),
        suggestion: flag,
        hint: argument.data.hint.clone(),
        description: argument.help_text.clone(),
        icon_data: String::new(),
    }])
}

fn text(argument: &AutocompleteArg, line: &mut Line) -> Outcome {
    let hint = |line: &Line| {
        Outcome::Offer(vec![AutocompleteSuggestion {
            complete: format!("{}{}", line.parsed, line.rest),
            suggestion: String::new(),
            hint: argument.data.hint.clone(),
            description: argument.help_text.clone(),
            icon_data: String::new(),
        }])
    };
    let Some(quoted) = line.rest.strip_prefix('"') else {
        return if line.word().is_some() { Outcome::Next } else { hint(line) };
    };
    match quoted.split_once('"') {
        Some((inside, after)) if after.starts_with(' ') => {
            let rest = after.trim_start_matches(' ').to_owned();
            line.parsed.push_str(&format!("\"{inside}\" "));
            line.rest = rest;
            Outcome::Next
        }
        _ => hint(line),
    }
}

fn items(items: &[AutocompleteListItem], line: &mut Line) -> Outcome {
    let chosen =
        items.iter().filter(|item| line.rest.strip_prefix(&item.item).is_some_and(|after| after.starts_with(' ')));
    if let Some(item) = chosen.max_by_key(|item| item.item.len()) {
        line.parsed.push_str(&item.item);
        line.parsed.push(' ');
        line.rest = line.rest.strip_prefix(&item.item).unwrap_or_default().trim_start_matches(' ').to_owned();
        return Outcome::Next;
    }
    let begun = line.rest.to_lowercase();
    let fits = items.iter().filter(|item| item.item.to_lowercase().starts_with(&begun));
    Outcome::Offer(
        fits.map(|item| AutocompleteSuggestion {
            complete: format!("{}{}", line.parsed, item.item),
            suggestion: item.item.clone(),
            hint: item.hint.clone(),
            description: item.help_text.clone(),
            icon_data: String::new(),
        })
        .collect(),
    )
}
