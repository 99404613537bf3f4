//! Draws a digest.

use crate::{
    conversation::Conversation,
    summary::{Item, Summary},
    task::Task,
};

/// A model that talks too much is cut: characters of the summary and of a line, lines of a list.
const MAX_SUMMARY: usize = 3_000;
const MAX_LINE: usize = 400;
const MAX_LINES: usize = 10;

/// The text of the post.
pub fn message(conversation: &Conversation, summary: &Summary, task: &Task, hours: i64) -> String {
    let mut text =
        format!("#### Digest of {}\n{}\n", quiet(&conversation.channel), cut(&quiet(&summary.summary), MAX_SUMMARY));
    list(&mut text, "Highlights", &summary.highlights, conversation, task);
    list(&mut text, "To do", &summary.action_items, conversation, task);
    text += &format!("\n_{}_", footer(conversation, task, hours));
    text
}

fn list(text: &mut String, title: &str, items: &[Item], conversation: &Conversation, task: &Task) {
    if items.is_empty() {
        return;
    }
    *text += &format!("\n**{title}**\n");
    for item in items.iter().take(MAX_LINES) {
        let line = cut(&quiet(&item.text), MAX_LINE).replace('\n', " ");
        // A link only to what was there: a model may make one up.
        let link = if conversation.has(&item.post_id) {
            format!(" ([message]({}/_redirect/pl/{}))", task.site_url.trim_end_matches('/'), item.post_id)
        } else {
            String::new()
        };
        *text += &format!("- {line}{link}\n");
    }
}

fn footer(conversation: &Conversation, task: &Task, hours: i64) -> String {
    let count = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    };
    let newest = if conversation.is_cut { "the newest " } else { "" };
    let messages = count(conversation.said.len(), "message", "messages");
    let people = count(conversation.people(), "person", "people");
    let hours = count(usize::try_from(hours).unwrap_or_default().max(1), "hour", "hours");
    let when = task.when.as_ref().map(|when| format!(", {when}")).unwrap_or_default();
    format!("Of {newest}{messages} by {people} in {hours}{when}. Written by a model, which may be wrong.")
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A bot may mention everybody where nobody in the channel may: no mention gets through. No link and no
/// picture of the model's own either: by one, a message could make it tell what others have said.
fn quiet(text: &str) -> String {
    text.replace('@', "@\u{200b}").replace("](", "] (").replace("://", ":\u{200b}//")
}
