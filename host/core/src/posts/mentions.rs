//! Who a message names.
//!
//! A member is named by `@username`, by an own keyword, by the first name where wanted, and by
//! `@channel`, `@all` and `@here`. In a direct or group message everybody else is named. Code is
//! not read.

use std::collections::BTreeSet;

use wasmoat_model::{AppError, Channel, Post, StringMap, json};

use crate::{
    Core,
    store::{Column as _, Queries as _, args, placeholders},
};

/// Most names that are looked up in one message.
const NAMES: usize = 100;

/// A member whom the message may name.
struct Candidate {
    id: String,
    username: String,
    first_name: String,
    notify_props: StringMap,
    channel_props: StringMap,
}

/// What a message says, ready for questions.
struct Text {
    /// Without code, as it was written.
    plain: String,
    /// The same in lower case.
    lower: String,
    /// What follows an `@`, in lower case.
    names: BTreeSet<String>,
}

impl Text {
    fn of(message: &str) -> Self {
        let plain = without_code(message);
        let lower = plain.to_lowercase();
        let names = names(&lower);
        Self { plain, lower, names }
    }

    fn addresses_all(&self) -> bool {
        self.names.contains("channel") || self.names.contains("all")
    }

    fn names(&self, member: &Candidate, all: bool, here: bool) -> bool {
        let wants = |key: &str| json::get(&member.notify_props, key);
        if self.names.contains(&member.username) {
            return true;
        }
        let ignores = json::get(&member.channel_props, "ignore_channel_mentions") == Some("on");
        if (all || here) && wants("channel") != Some("false") && !ignores {
            return true;
        }
        if wants("first_name") == Some("true")
            && !member.first_name.is_empty()
            && has_word(&self.plain, &member.first_name)
        {
            return true;
        }
        let keys = wants("mention_keys").unwrap_or_default();
        keys.split(',').map(str::trim).filter(|key| !key.is_empty()).any(|key| {
            let key = key.to_lowercase();
            key.strip_prefix('@').is_some_and(|name| self.names.contains(name)) || has_word(&self.lower, &key)
        })
    }
}

impl Core {
    /// The members of a channel, other than the author, that a post names.
    pub(crate) async fn mentioned_users(
        &self,
        post: &Post,
        channel: &Channel,
        root: Option<&Post>,
    ) -> Result<Vec<String>, AppError> {
        if post.is_system_message() {
            return self.named_by_system(post);
        }
        if channel.is_group_or_direct() {
            let sql = "SELECT user_id FROM channel_members WHERE channel_id = $1 AND user_id <> $2";
            return Ok(self.store.read().await?.values(sql, args![channel.id, post.user_id]).await?);
        }
        let text = Text::of(&post.message);
        let may_address_all = self.may_address_all(&text, post, channel).await?;
        let all = may_address_all && text.addresses_all();
        let here = may_address_all && text.names.contains("here");
        let online = if here && !all { self.hub.connected_users() } else { Default::default() };
        let mut named: Vec<String> = self
            .candidates(channel, &text, all || here)
            .await?
            .into_iter()
            .filter(|member| member.id != post.user_id)
            .filter(|member| text.names(member, all, here && online.contains(&member.id)))
            .map(|member| member.id)
            .collect();
        if let Some(root) = root
            && root.user_id != post.user_id
            && !named.contains(&root.user_id)
            && self.wants_comments(&root.user_id).await
        {
            named.push(root.user_id.clone());
        }
        Ok(named)
    }

    /// Whether a post names this member.
    pub(crate) async fn names(&self, post: &Post, channel: &Channel, user_id: &str) -> Result<bool, AppError> {
        Ok(self.mentioned_users(post, channel, None).await?.iter().any(|id| id == user_id))
    }

    /// A line of the server names whom it says was added.
    fn named_by_system(&self, post: &Post) -> Result<Vec<String>, AppError> {
        let added = if matches!(post.r#type.as_str(), "system_add_to_channel" | "system_add_guest_to_chan") {
            post.prop("addedUserId").and_then(|id| id.as_str().map(str::to_owned))
        } else {
            None
        };
        Ok(added.into_iter().collect())
    }

    async fn may_address_all(&self, text: &Text, post: &Post, channel: &Channel) -> Result<bool, AppError> {
        if !(text.addresses_all() || text.names.contains("here")) {
            return Ok(false);
        }
        let sql = "SELECT COUNT(*) FROM channel_members WHERE channel_id = $1";
        let members: Option<i64> = self.store.read().await?.value(sql, args![channel.id]).await?;
        let limit = self.config.get().number("TeamSettings.MaxNotificationsPerChannel");
        Ok(members.unwrap_or_default() <= limit
            && self.has_permission_to_channel(&post.user_id, &channel.id, "use_channel_mentions").await)
    }

    /// Members by name, those with keywords of their own, or everybody.
    async fn candidates(&self, channel: &Channel, text: &Text, everybody: bool) -> Result<Vec<Candidate>, AppError> {
        let names: Vec<&String> = text.names.iter().take(NAMES).collect();
        let mut arguments = args![channel.id];
        let which = if everybody {
            String::new()
        } else {
            for name in &names {
                crate::store::Column::bind(name, &mut arguments);
            }
            let named = if names.is_empty() { "NULL".to_owned() } else { placeholders(1, names.len()) };
            // Maps are kept as lists of pairs: few members have keywords, and the store finds them.
            format!(
                "AND (users.username IN ({named}) OR users.notify_props LIKE '%[\"first_name\",\"true\"]%'
                 OR (users.notify_props LIKE '%[\"mention_keys\",%' AND users.notify_props NOT LIKE '%[\"mention_keys\",\"\"]%'))"
            )
        };
        let sql = format!(
            "SELECT users.id AS id, users.username AS username, users.first_name AS first_name,
                users.notify_props AS notify_props, channel_members.notify_props AS channel_props
             FROM channel_members JOIN users ON users.id = channel_members.user_id
             WHERE channel_members.channel_id = $1 AND users.delete_at = 0 {which}"
        );
        let mut connection = self.store.read().await?;
        let read = connection.rows(&sql, arguments, |row| {
            Ok(Candidate {
                id: String::read(row, "id")?,
                username: String::read(row, "username")?,
                first_name: String::read(row, "first_name")?,
                notify_props: StringMap::read(row, "notify_props")?,
                channel_props: StringMap::read(row, "channel_props")?,
            })
        });
        Ok(read.await?)
    }

    async fn wants_comments(&self, user_id: &str) -> bool {
        let wanted =
            |user: &wasmoat_model::User| matches!(json::get(&user.notify_props, "comments"), Some("any" | "root"));
        self.get_user(user_id).await.is_ok_and(|user| wanted(&user))
    }
}

/// The message without its code blocks and spans.
fn without_code(message: &str) -> String {
    let mut plain = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find('`') {
        let (before, code) = rest.split_at(start);
        let fence: String = code.chars().take_while(|c| *c == '`').collect();
        let inside = code.strip_prefix(fence.as_str()).unwrap_or_default();
        plain.push_str(before);
        match inside.find(fence.as_str()) {
            Some(end) => {
                plain.push(' ');
                rest = inside.split_at(end).1.strip_prefix(fence.as_str()).unwrap_or_default();
            }
            None if fence.len() >= 3 => return plain,
            None => {
                plain.push_str(&fence);
                rest = inside;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// What follows an `@`; with dots and dashes at its end and without them.
fn names(lower: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut before = ' ';
    let mut rest = lower;
    while let Some(at) = rest.find('@') {
        let (head, tail) = rest.split_at(at);
        let before_at = head.chars().next_back().unwrap_or(before);
        let tail = tail.strip_prefix('@').unwrap_or_default();
        let name: String = tail.chars().take_while(|c| is_name(*c)).collect();
        if !name.is_empty() && !before_at.is_alphanumeric() {
            let mut short = name.as_str();
            names.insert(short.to_owned());
            while let Some(shorter) = short.strip_suffix(['.', '-', '_']) {
                names.insert(shorter.to_owned());
                short = shorter;
            }
        }
        before = '@';
        rest = tail;
    }
    names.remove("");
    names
}

/// Whether the text has the word, not as a part of another one.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, found)| {
        let (before, rest) = text.split_at(at);
        let after = rest.strip_prefix(found).unwrap_or_default();
        let free = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        free(before.chars().next_back()) && free(after.chars().next())
    })
}

/// Channels that a text names as `~channel`, in lower case.
pub(crate) fn channel_names(message: &str) -> BTreeSet<String> {
    without_code(message)
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '~' | '-' | '_')))
        .filter_map(|word| word.strip_prefix('~'))
        .filter(|name| !name.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Users that a text names as `@user`, in lower case.
pub(crate) fn user_names(message: &str) -> BTreeSet<String> {
    names(&without_code(message).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(message: &str) -> Vec<String> {
        Text::of(message).names.into_iter().collect()
    }

    #[test]
    fn a_name_ends_where_the_sentence_does() {
        assert_eq!(found("hi @ann.lee. and @Bob, (@carl)!"), ["ann.lee", "ann.lee.", "bob", "carl"]);
    }

    #[test]
    fn addresses_and_code_name_nobody() {
        assert_eq!(found("mail ann@example.com or `@bob` or\n```\n@carl\n```"), Vec::<String>::new());
        assert_eq!(found("`` `@bob` `` @ann"), ["ann"]);
        assert_eq!(found("a ` lonely tick @ann"), ["ann"]);
    }

    #[test]
    fn keywords_are_whole_words() {
        assert!(has_word("the deploy is done", "deploy"));
        assert!(has_word("deploy!", "deploy"));
        assert!(!has_word("redeploy deployed", "deploy"));
    }

    #[test]
    fn channels_are_named_with_a_tilde() {
        let names: Vec<String> =
            channel_names("see ~Town-Square and ~off-topic, not ~ or `~code`").into_iter().collect();
        assert_eq!(names, ["off-topic", "town-square"]);
    }
}
