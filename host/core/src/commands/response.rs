//! What becomes of a command's answer: a post of the caller, or one that the caller alone sees.

use serde_json::Value;
use wasmoat_model::{AppError, Command, CommandArgs, CommandResponse, POST_SYSTEM_PREFIX, Post, now_ms};
use wasmoat_runtime::CallContext;

use crate::Core;

const IN_CHANNEL: &str = "in_channel";
const EPHEMERAL: &str = "ephemeral";

impl Core {
    /// Mattermost's `HandleCommandResponse`: posts the answer and its extras, one by one; an error
    /// in one does not stop the rest.
    pub(super) async fn handle_command_response(
        &self,
        cx: &CallContext,
        command: &Command,
        args: &CommandArgs,
        response: CommandResponse,
        built_in: bool,
    ) -> Result<CommandResponse, AppError> {
        let extras: Vec<CommandResponse> =
            serde_json::from_str::<Option<Vec<CommandResponse>>>(&response.extra_responses)
                .ok()
                .flatten()
                .unwrap_or_default();
        let mut failed = None;
        for answer in std::iter::once(&response).chain(&extras) {
            if let Err(error) = self.post_command_response(cx, command, args, answer, built_in).await {
                failed = Some(error);
            }
        }
        match failed {
            None => Ok(response),
            // What the caller did wrong is the caller's to know.
            Some(error) if matches!(error.status(), 400 | 403) => Err(error),
            Some(error) => {
                let id = "api.command.execute_command.create_post_failed.app_error";
                let text = format!("The answer to `{}` could not be posted.", args.command);
                Err(AppError::new("HandleCommandResponse", id, 500, text).detail(error))
            }
        }
    }

    async fn post_command_response(
        &self,
        cx: &CallContext,
        command: &Command,
        args: &CommandArgs,
        response: &CommandResponse,
        built_in: bool,
    ) -> Result<(), AppError> {
        let at = "HandleCommandResponsePost";
        let mut post = Post {
            channel_id: args.channel_id.clone(),
            root_id: args.root_id.clone(),
            user_id: args.user_id.clone(),
            r#type: response.r#type.clone(),
            props: response.props.clone(),
            create_at: now_ms(),
            ..Post::default()
        };
        if post.r#type.starts_with(POST_SYSTEM_PREFIX) {
            let text = "The type of an answer must not begin with `system_`.";
            return Err(AppError::new(at, "api.context.invalid_param.app_error", 400, text));
        }
        if !response.channel_id.is_empty() {
            if self.get_channel_member(&response.channel_id, &args.user_id).await.is_err() {
                let text = "The answer goes to a channel that the caller is not in.";
                return Err(AppError::new(at, "api.command.command_post.forbidden.app_error", 403, text));
            }
            post.channel_id.clone_from(&response.channel_id);
        }
        self.dress(&mut post, command, response, built_in);
        post.message =
            if response.skip_slack_parsing { response.text.clone() } else { slack_to_markdown(&response.text) };
        let attachments: Option<Value> = serde_json::from_str(&response.attachments).ok();
        let attachments = attachments.filter(|list| list.as_array().is_some_and(|list| !list.is_empty()));
        let shows = !response.text.is_empty() || attachments.is_some();
        if let Some(attachments) = attachments {
            post.set_prop("attachments", attachments);
            if post.r#type.is_empty() {
                "slack_attachment".clone_into(&mut post.r#type);
            }
        }
        match response.response_type.as_str() {
            IN_CHANNEL => self.create_post_as_user(cx, post, true).await.map(|_| ()),
            "" | EPHEMERAL if shows => {
                let user_id = post.user_id.clone();
                self.send_ephemeral_post(&user_id, post).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Name and icon that the command asks for, where the server allows it.
    fn dress(&self, post: &mut Post, command: &Command, response: &CommandResponse, built_in: bool) {
        let config = self.config.get();
        let mut props = post.props_map();
        for key in ["override_username", "override_icon_url", "from_webhook"] {
            props.remove(key);
        }
        let mut from_webhook = !built_in;
        let chosen =
            |first: &str, second: &str| [first, second].into_iter().find(|text| !text.is_empty()).map(str::to_owned);
        if config.flag("ServiceSettings.EnablePostUsernameOverride")
            && let Some(username) = chosen(&command.username, &response.username)
        {
            props.insert("override_username".to_owned(), username.into());
            from_webhook = true;
        }
        if config.flag("ServiceSettings.EnablePostIconOverride")
            && let Some(icon) = chosen(&command.icon_url, &response.icon_url)
        {
            props.insert("override_icon_url".to_owned(), icon.into());
            from_webhook = true;
        }
        if from_webhook {
            props.insert("from_webhook".to_owned(), "true".into());
        }
        if props != post.props_map() {
            post.set_props(&props);
        }
    }
}

/// Slack's `<address|text>`, `<address>` and `<!channel>` as Markdown and mentions.
fn slack_to_markdown(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        markdown.push_str(before);
        let Some((inside, tail)) = after.split_once('>') else {
            markdown.push('<');
            rest = after;
            continue;
        };
        match slack_element(inside) {
            Some(element) => {
                markdown.push_str(&element);
                rest = tail;
            }
            None => {
                markdown.push('<');
                rest = after;
            }
        }
    }
    markdown.push_str(rest);
    markdown
}

fn slack_element(inside: &str) -> Option<String> {
    match inside {
        "!channel" => return Some("@channel".to_owned()),
        "!here" => return Some("@here".to_owned()),
        "!all" | "!everyone" => return Some("@all".to_owned()),
        _ => {}
    }
    let (address, text) = inside.split_once('|').unwrap_or((inside, inside));
    let link = ["http://", "https://", "mailto:", "ftp://"].iter().any(|scheme| address.starts_with(scheme));
    let whole = !address.contains(char::is_whitespace) && !inside.contains('<');
    (link && whole).then(|| if text == address { address.to_owned() } else { format!("[{text}]({address})") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slack_links_and_mentions_become_markdown() {
        let markdown =
            slack_to_markdown("see <https://example.com/a|the page>, <https://example.com> <!here> 1 < 2 <b>");
        assert_eq!(markdown, "see [the page](https://example.com/a), https://example.com @here 1 < 2 <b>");
    }
}
