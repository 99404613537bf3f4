//! Buttons and menus of posts: `DoPostAction`. The request to the plugin stays inside the server.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use wasmoat_model::{AppError, Channel, HttpRequest, HttpResponse, Post};
use wasmoat_runtime::CallContext;

use super::{http::header, plugin_target};
use crate::{Core, posts::attachments};

/// Largest answer that is read.
const ANSWER_BYTES: usize = 1 << 20;

/// Props of a post that an action cannot change: who it seems to be from.
const KEPT_PROPS: [&str; 3] = ["from_webhook", "override_username", "override_icon_url"];

/// What a client sends when somebody clicks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DoPostAction {
    /// The choice in a menu.
    pub selected_option: String,
    /// The integration of an ephemeral post; such posts are not kept here.
    pub cookie: String,
}

/// What the integration is asked.
#[derive(Serialize)]
struct ActionRequest<'a> {
    user_id: &'a str,
    user_name: &'a str,
    channel_id: &'a str,
    channel_name: &'a str,
    team_id: &'a str,
    team_domain: &'a str,
    post_id: &'a str,
    trigger_id: &'a str,
    r#type: &'a str,
    data_source: &'a str,
    context: Map<String, Value>,
}

/// What the integration answers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ActionAnswer {
    update: Option<Value>,
    ephemeral_text: String,
}

fn failed(message: impl Into<String>) -> AppError {
    AppError::new("DoPostAction", "api.post.do_action.action_integration.app_error", 400, message)
}

impl Core {
    /// Mattermost's `DoPostActionWithCookie`: asks the integration behind a button or menu, applies
    /// its answer, and gives the client its half of the trigger id.
    ///
    /// # Errors
    ///
    /// 404 where post or action is missing, 400 where the integration fails or is outside.
    pub async fn do_post_action(
        &self,
        cx: &CallContext,
        post_id: &str,
        action_id: &str,
        choice: &DoPostAction,
    ) -> Result<String, AppError> {
        let post = self.get_post(post_id).await?;
        let action = attachments::action(&post, action_id).ok_or_else(|| {
            AppError::new("DoPostAction", "api.post.do_action.action_id.app_error", 404, "The post has no such action.")
        })?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let integration = action.get("integration").cloned().unwrap_or_default();
        let url = text(integration.get("url"));
        let (plugin, rest) = plugin_target(&url).ok_or_else(|| {
            failed("Actions are delivered to plugins of this server only: their URL begins with /plugins/.")
        })?;
        let channel = self.get_channel(&post.channel_id).await?;
        let mut context = integration.get("context").and_then(Value::as_object).cloned().unwrap_or_default();
        let is_menu = text(action.get("type")) == "select";
        if is_menu {
            context.insert("selected_option".to_owned(), Value::from(choice.selected_option.clone()));
        }
        let (client_trigger_id, trigger_id) = self.generate_trigger_id(cx.user_id());
        let body = self.action_body(cx, &post, &channel, &action, context, &trigger_id).await?;
        let request = HttpRequest {
            method: "POST".to_owned(),
            url: rest.to_owned(),
            headers: vec![header("Content-Type", "application/json"), header("Accept", "application/json")],
            body,
            request_uri: url.clone(),
            ..HttpRequest::default()
        };
        let response = self
            .request_plugin(cx, plugin, request)
            .await
            .map_err(|error| failed(format!("Plugin `{plugin}` did not answer.")).detail(error))?;
        self.apply_answer(cx, &post, &response).await?;
        Ok(client_trigger_id)
    }

    async fn action_body(
        &self,
        cx: &CallContext,
        post: &Post,
        channel: &Channel,
        action: &Map<String, Value>,
        context: Map<String, Value>,
        trigger_id: &str,
    ) -> Result<Vec<u8>, AppError> {
        let user = self.get_user(cx.user_id()).await?;
        let team = if channel.team_id.is_empty() { String::new() } else { self.get_team(&channel.team_id).await?.name };
        let text = |name: &str| action.get(name).and_then(Value::as_str).unwrap_or_default();
        let request = ActionRequest {
            user_id: &user.id,
            user_name: &user.username,
            channel_id: &channel.id,
            channel_name: &channel.name,
            team_id: &channel.team_id,
            team_domain: &team,
            post_id: &post.id,
            trigger_id,
            r#type: text("type"),
            data_source: text("data_source"),
            context,
        };
        serde_json::to_vec(&request).map_err(|error| failed("The request has no JSON form.").detail(error))
    }

    async fn apply_answer(&self, cx: &CallContext, post: &Post, response: &HttpResponse) -> Result<(), AppError> {
        if response.status != 200 {
            return Err(failed(format!("The integration answered with status {}.", response.status)));
        }
        if response.body.len() > ANSWER_BYTES {
            let message =
                format!("The integration's answer has {} bytes; {ANSWER_BYTES} are allowed.", response.body.len());
            return Err(failed(message));
        }
        let answer: ActionAnswer = if response.body.trim_ascii().is_empty() {
            ActionAnswer::default()
        } else {
            serde_json::from_slice(&response.body)
                .map_err(|error| failed("The integration's answer is not what an action answers.").detail(error))?
        };
        if let Some(update) = answer.update.filter(Value::is_object) {
            self.update_post(cx, &updated(post, &update)?).await?;
        }
        if !answer.ephemeral_text.is_empty() {
            let note = Post {
                user_id: post.user_id.clone(),
                channel_id: post.channel_id.clone(),
                root_id: if post.root_id.is_empty() { post.id.clone() } else { post.root_id.clone() },
                message: answer.ephemeral_text,
                ..Post::default()
            };
            self.send_ephemeral_post(cx.user_id(), note).await;
        }
        Ok(())
    }
}

/// The post as the integration wants it: what it says, and not who seems to say it.
fn updated(post: &Post, update: &Value) -> Result<Post, AppError> {
    let update: Post = serde_json::from_value(update.clone())
        .map_err(|error| failed("The integration's answer holds no post.").detail(error))?;
    let mut props = if update.props.is_empty() { post.props_map() } else { update.props_map() };
    let original = post.props_map();
    for name in KEPT_PROPS {
        match original.get(name) {
            Some(value) => props.insert(name.to_owned(), value.clone()),
            None => props.remove(name),
        };
    }
    let mut next = Post { message: update.message, props: json!(props).to_string(), ..post.clone() };
    if !update.file_ids.is_empty() {
        next.file_ids = update.file_ids;
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_cannot_change_who_a_post_seems_to_be_from() {
        let post = Post { id: "p".into(), props: r#"{"override_username":"Poll"}"#.into(), ..Post::default() };
        let update = json!({ "id": "other", "message": "m", "props": { "override_username": "Boss", "from_webhook": "true", "a": 1 } });
        let next = updated(&post, &update).unwrap();
        assert_eq!((next.id.as_str(), next.message.as_str()), ("p", "m"));
        assert_eq!(serde_json::from_str::<Value>(&next.props).unwrap(), json!({ "override_username": "Poll", "a": 1 }));
    }
}
