//! Message attachments, their buttons, and what arrives when somebody presses one.
//!
//! ```
//! use wasmoat::integrations::{Action, Attachment, props};
//!
//! let attachment = Attachment {
//!     title: "Lunch?".into(),
//!     actions: vec![Action::button("yes", "Yes", "/plugins/lunch/yes")],
//!     ..Attachment::default()
//! };
//! let post = wasmoat::types::Post { props: props(&[attachment])?, ..Default::default() };
//! # assert!(post.props.starts_with(r#"{"attachments":[{"title":"Lunch?""#));
//! # Ok::<(), wasmoat::Error>(())
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, Result};

/// A message attachment: a framed part of a post.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attachment {
    /// Plain text for notifications.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fallback: String,
    /// Colour of the bar at the left: `#rrggbb`, `good`, `warning` or `danger`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub color: String,
    /// Text above the frame.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pretext: String,
    /// Name above the title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author_name: String,
    /// Title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Where the title leads.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title_link: String,
    /// Markdown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A table below the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Picture below the text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image_url: String,
    /// Small text at the bottom.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub footer: String,
    /// Buttons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
}

/// A cell of an attachment's table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Field {
    /// Heading.
    pub title: String,
    /// Markdown.
    pub value: String,
    /// Two such fields stand beside each other.
    pub short: bool,
}

/// A button.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Action {
    /// Letters and digits only: it becomes part of an address.
    pub id: String,
    /// What is written on it.
    pub name: String,
    /// `button`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `default`, `primary`, `success`, `good`, `warning`, `danger`, or a colour.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub style: String,
    /// What happens.
    pub integration: Integration,
}

/// Whom a button asks. The server never shows it to clients.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Integration {
    /// `/plugins/{id}/…` reaches the plugin's `serve_http` with the user who pressed.
    pub url: String,
    /// Comes back as it is in [`ActionRequest::context`].
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
}

impl Action {
    /// A button that asks `url`.
    #[must_use]
    pub fn button(id: impl Into<String>, name: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            kind: "button".into(),
            integration: Integration { url: url.into(), context: Map::new() },
            ..Self::default()
        }
    }

    /// The same in another style.
    #[must_use]
    pub fn style(mut self, style: impl Into<String>) -> Self {
        self.style = style.into();
        self
    }
}

/// The props of a post with attachments.
///
/// # Errors
///
/// None that is known; it is JSON's way.
pub fn props(attachments: &[Attachment]) -> Result<String> {
    #[derive(Serialize)]
    struct Props<'a> {
        attachments: &'a [Attachment],
    }
    serde_json::to_string(&Props { attachments }).map_err(Error::json("attachments"))
}

/// What the server posts when somebody presses a button. Who pressed is to be taken from
/// [`Request::user_id`](crate::http::Request::user_id): a client may post here too.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ActionRequest {
    /// Who pressed, as the body says.
    pub user_id: String,
    /// The user's name.
    pub user_name: String,
    /// The post with the button.
    pub post_id: String,
    /// Its channel.
    pub channel_id: String,
    /// Its team.
    pub team_id: String,
    /// Opens dialogs.
    pub trigger_id: String,
    /// What the button carries.
    pub context: Map<String, Value>,
}

/// The answer to a pressed button.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ActionResponse {
    /// What becomes of the post with the button; absent, it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<PostUpdate>,
    /// Shown to the user alone.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ephemeral_text: String,
}

/// The parts of a post that an answer may change.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PostUpdate {
    /// Markdown.
    pub message: String,
    /// All props: what is absent is gone.
    pub props: Map<String, Value>,
}

impl ActionResponse {
    /// Nothing but a text for the user.
    #[must_use]
    pub fn ephemeral(text: impl Into<String>) -> Self {
        Self { update: None, ephemeral_text: text.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_are_mattermosts_json() {
        let attachment = Attachment {
            title: "Lunch?".into(),
            actions: vec![Action::button("yes", "Yes", "/plugins/lunch/yes").style("good")],
            ..Attachment::default()
        };
        assert_eq!(
            props(&[attachment]).unwrap(),
            r#"{"attachments":[{"title":"Lunch?","actions":[{"id":"yes","name":"Yes","type":"button","style":"good","integration":{"url":"/plugins/lunch/yes"}}]}]}"#
        );
    }

    #[test]
    fn an_answer_leaves_out_what_is_not_there() {
        assert_eq!(serde_json::to_string(&ActionResponse::default()).unwrap(), "{}");
    }
}
