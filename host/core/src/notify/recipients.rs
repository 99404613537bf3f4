//! Who is to hear of a post outside the client.

use std::collections::BTreeSet;

use sqlx::any::AnyRow;
use wasmoat_model::{AppError, STATUS_AWAY, STATUS_DND, STATUS_ONLINE, STATUS_OUT_OF_OFFICE, StringMap, User, json};

use super::Notice;
use crate::{
    Core,
    store::{Column, Queries as _, args, placeholders},
};

/// Most people who are looked at for one post.
const RECIPIENTS: i64 = 10_000;

/// People of one statement.
const CHUNK: usize = 500;

/// A member who may want to hear of a post.
#[derive(Clone, Debug, Default)]
pub(super) struct Recipient {
    pub(super) user: User,
    pub(super) channel_props: StringMap,
    /// The post names the user; everybody is named in a direct or group message.
    pub(super) mentioned: bool,
    /// The user follows the thread that the post is in.
    pub(super) follows: bool,
}

impl Recipient {
    fn own<'a>(&'a self, key: &str, default: &'a str) -> &'a str {
        json::get(&self.user.notify_props, key).filter(|value| !value.is_empty()).unwrap_or(default)
    }

    /// What is set for the channel, else what the user set.
    fn set<'a>(&'a self, key: &str, default: &'a str) -> &'a str {
        match json::get(&self.channel_props, key) {
            Some(value) if !value.is_empty() && value != "default" => value,
            _ => self.own(key, default),
        }
    }

    fn can_be_told(&self) -> bool {
        let muted = json::get(&self.channel_props, "mark_unread") == Some("mention");
        self.user.delete_at == 0 && !self.user.is_bot && !muted
    }

    /// Whether the user's settings and presence let a push through.
    pub(super) fn wants_push(&self, status: &str) -> bool {
        let about = match self.set("push", "mention") {
            "none" => false,
            "all" => true,
            _ => self.mentioned || (self.follows && self.set("push_threads", "all") == "all"),
        };
        let present = match (self.own("push_status", "online"), status) {
            (_, STATUS_DND | STATUS_OUT_OF_OFFICE) => false,
            ("online", _) => true,
            ("away", status) => status != STATUS_ONLINE,
            (_, status) => status != STATUS_ONLINE && status != STATUS_AWAY,
        };
        self.can_be_told() && about && present
    }

    /// Whether the user's settings and presence let a mail through.
    pub(super) fn wants_email(&self, status: &str) -> bool {
        let about = self.mentioned || (self.follows && self.own("email_threads", "all") == "all");
        self.can_be_told() && about && status != STATUS_ONLINE && self.set("email", "true") == "true"
    }
}

fn read(row: &AnyRow) -> Result<Recipient, sqlx::Error> {
    let user = User {
        id: Column::read(row, "id")?,
        username: Column::read(row, "username")?,
        email: Column::read(row, "email")?,
        email_verified: Column::read(row, "email_verified")?,
        notify_props: Column::read(row, "notify_props")?,
        is_bot: Column::read(row, "is_bot")?,
        delete_at: Column::read(row, "delete_at")?,
        ..User::default()
    };
    Ok(Recipient { user, channel_props: Column::read(row, "channel_props")?, ..Recipient::default() })
}

impl Core {
    /// Members whom the post names, who follow its thread, or who have a mobile device.
    pub(super) async fn recipients(&self, notice: &Notice) -> Result<Vec<Recipient>, AppError> {
        let mentions: BTreeSet<&str> = notice.mentions.iter().map(String::as_str).collect();
        let followers: BTreeSet<&str> = notice.followers.iter().map(String::as_str).collect();
        let mut ids: BTreeSet<String> = mentions.union(&followers).map(|id| (*id).to_owned()).collect();
        let mut connection = self.store.read().await?;
        if self.config.flag("EmailSettings.SendPushNotifications") {
            let sql = "SELECT DISTINCT sessions.user_id FROM sessions
                       JOIN channel_members ON channel_members.user_id = sessions.user_id
                       WHERE channel_members.channel_id = $1 AND sessions.device_id <> '' LIMIT $2";
            ids.extend(connection.values::<String>(sql, args![notice.channel.id, RECIPIENTS]).await?);
        }
        ids.remove(&notice.author.id);
        let ids: Vec<String> = ids.into_iter().take(usize::try_from(RECIPIENTS).unwrap_or_default()).collect();
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(CHUNK) {
            let mut arguments = args![notice.channel.id];
            for id in ids {
                Column::bind(id, &mut arguments);
            }
            let sql = format!(
                "SELECT users.id AS id, users.username AS username, users.email AS email,
                    users.email_verified AS email_verified, users.notify_props AS notify_props,
                    users.is_bot AS is_bot, users.delete_at AS delete_at,
                    channel_members.notify_props AS channel_props
                 FROM channel_members JOIN users ON users.id = channel_members.user_id
                 WHERE channel_members.channel_id = $1 AND users.id IN ({})",
                placeholders(1, ids.len())
            );
            found.extend(connection.rows(&sql, arguments, read).await?);
        }
        for recipient in &mut found {
            recipient.mentioned = mentions.contains(recipient.user.id.as_str());
            recipient.follows = followers.contains(recipient.user.id.as_str());
        }
        Ok(found)
    }

    /// Whether a user has collapsed threads on.
    pub(super) async fn has_collapsed_threads(&self, user_id: &str) -> bool {
        match self.config.text("ServiceSettings.CollapsedThreads").as_str() {
            "always_on" => true,
            "disabled" => false,
            default => {
                let own = self.get_preference(user_id, "display_settings", "collapsed_reply_threads").await;
                own.map_or_else(|_| default == "default_on", |preference| preference.value == "on")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(own: &[(&str, &str)], channel: &[(&str, &str)], mentioned: bool) -> Recipient {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let user = User { notify_props: map(own), ..User::default() };
        Recipient { user, channel_props: map(channel), mentioned, follows: false }
    }

    #[test]
    fn a_push_follows_the_channels_setting_and_the_presence() {
        for (own, channel, mentioned, status, expected) in [
            (&[][..], &[][..], true, "offline", true),
            (&[], &[], false, "offline", false),
            (&[("push", "all")], &[], false, "offline", true),
            (&[("push", "all")], &[("push", "none")], true, "offline", false),
            (&[("push", "none")], &[("push", "all")], false, "offline", true),
            (&[], &[("mark_unread", "mention")], true, "offline", false),
            (&[], &[], true, "dnd", false),
            (&[("push_status", "away")], &[], true, "online", false),
            (&[("push_status", "away")], &[], true, "away", true),
            (&[("push_status", "offline")], &[], true, "away", false),
        ] {
            assert_eq!(recipient(own, channel, mentioned).wants_push(status), expected, "{own:?} {channel:?} {status}");
        }
    }

    #[test]
    fn a_mail_is_for_who_is_named_and_not_there() {
        for (own, channel, mentioned, status, expected) in [
            (&[][..], &[][..], true, "offline", true),
            (&[], &[], true, "away", true),
            (&[], &[], true, "online", false),
            (&[], &[], false, "offline", false),
            (&[("email", "false")], &[], true, "offline", false),
            (&[("email", "false")], &[("email", "true")], true, "offline", true),
            (&[], &[("email", "false")], true, "offline", false),
        ] {
            assert_eq!(
                recipient(own, channel, mentioned).wants_email(status),
                expected,
                "{own:?} {channel:?} {status}"
            );
        }
    }
}
