//! Mobile push: what a device is sent, through the push proxy of the configuration.

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use serde::Deserialize;
use wasmoat_model::{AppError, ChannelType, Post, PushNotification, Session, json, new_id};
use wasmoat_runtime::{CallContext, NotificationWillBePushed, Rejection};

use super::{Notice, Recipient, jwt};
use crate::{
    Core,
    commands::read_answer,
    store::{Queries as _, args},
};

/// Devices that are told at once.
const AT_ONCE: usize = 8;

/// Longest text of a push, in characters; the rest is in the client.
const TEXT: usize = 1_000;

/// What the proxy answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    status: String,
    error: String,
}

impl Core {
    /// Mattermost's `SendPushNotification`: asks the plugins, then pushes to every mobile device of
    /// a user. A veto is no error, nor is a device that cannot be reached.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn send_push_notification(
        &self,
        cx: &CallContext,
        notification: PushNotification,
        user_id: &str,
    ) -> Result<(), AppError> {
        let server = self.config.text("EmailSettings.PushNotificationServer");
        if !self.config.flag("EmailSettings.SendPushNotifications") || server.is_empty() {
            return Ok(());
        }
        let mut sessions = self.get_sessions(user_id).await?;
        sessions.retain(|session| {
            !session.device_id.is_empty() && json::get(&session.props, "device_notification_disabled") != Some("true")
        });
        if sessions.is_empty() {
            return Ok(());
        }
        let told: Arc<str> = user_id.into();
        let asked = self.runtime.filter::<NotificationWillBePushed, _, _>(cx, notification, |_, notification| {
            (notification, Arc::clone(&told))
        });
        let notification = match asked.await {
            Ok(notification) => notification,
            Err(rejection) => {
                log_rejection(user_id, &rejection);
                return Ok(());
            }
        };
        let notification = &PushNotification { server_id: self.get_diagnostic_id().to_owned(), ..notification };
        let server = &server;
        stream::iter(sessions)
            .for_each_concurrent(AT_ONCE, |session| async move {
                if let Err(reason) = self.push_to(server, notification.clone(), &session).await {
                    metrics::counter!("push_notifications_total", "outcome" => "failed").increment(1);
                    tracing::warn!(user_id, reason, "a device could not be pushed to");
                }
            })
            .await;
        Ok(())
    }

    /// Sends one device its notification, and forgets a device that is no more.
    async fn push_to(&self, server: &str, mut push: PushNotification, session: &Session) -> Result<(), String> {
        let (platform, device) = session.device_id.split_once(':').unwrap_or(("", &session.device_id));
        push.ack_id = new_id();
        platform.clone_into(&mut push.platform);
        device.clone_into(&mut push.device_id);
        push.signature =
            jwt::sign(self.identity.push_key(), &push.ack_id, device).map_err(|error| error.to_string())?;
        let url = format!("{}/api/v1/send_push", server.trim_end_matches('/'));
        let request = self.service_client()?.post(url).json(&push);
        let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("the push proxy answered with status {status}"));
        }
        let body = read_answer(answer).await?;
        let answer: Answer = if body.trim().is_empty() {
            Answer::default()
        } else {
            serde_json::from_str(&body).map_err(|error| format!("the push proxy's answer: {error}"))?
        };
        match answer.status.as_str() {
            "REMOVE" => self.detach_device(session).await.map_err(|error| error.to_string()),
            "FAIL" => Err(format!("the push proxy: {}", answer.error)),
            _ => {
                metrics::counter!("push_notifications_total", "outcome" => "sent").increment(1);
                Ok(())
            }
        }
    }

    /// The device is no more; the session goes on without it.
    async fn detach_device(&self, session: &Session) -> Result<(), AppError> {
        let sql = "UPDATE sessions SET device_id = '' WHERE id = $1";
        self.store.read().await?.run(sql, args![session.id]).await?;
        self.people.sessions.invalidate(&session.token);
        Ok(())
    }

    /// Pushes a post to one of those who are to hear of it.
    pub(super) async fn push_post(&self, notice: &Notice, recipient: &Recipient) -> Result<(), AppError> {
        let push = self.push_of_post(notice, recipient).await?;
        self.send_push_notification(&CallContext::core(), push, &recipient.user.id).await
    }

    /// The text of a push that a device fetches by itself (`id_loaded`).
    ///
    /// # Errors
    ///
    /// Where the post's channel or author is unknown.
    pub async fn loaded_push(&self, user_id: &str, post: Post) -> Result<PushNotification, AppError> {
        let channel = self.get_channel(&post.channel_id).await?;
        let author = self.get_user(&post.user_id).await?;
        let recipient = Recipient { user: self.get_user(user_id).await?, ..Recipient::default() };
        let sender = self.sender_name(&post, &author.username);
        let text = message("full", &sender, channel.r#type, &channel.display_name, &post.message);
        let notice = Notice { post, channel, author, mentions: Vec::new(), followers: Vec::new() };
        let push = self.push_of_post(&notice, &recipient).await?;
        let channel_name = notice.channel.display_name;
        Ok(PushNotification { message: text, sender_name: sender, channel_name, is_id_loaded: false, ..push })
    }

    /// Mattermost's `SendTestMessage`: a direct message of the server's bot, which notifies as any.
    ///
    /// # Errors
    ///
    /// Where the message cannot be posted.
    pub async fn send_test_notification(&self, user_id: &str) -> Result<(), AppError> {
        let cx = CallContext::core();
        let bot = self.get_system_bot().await?;
        let channel = self.get_direct_channel(&cx, user_id, &bot).await?;
        let message = "If you received this test notification, it worked!".to_owned();
        let post = Post { user_id: bot, channel_id: channel.id, message, ..Post::default() };
        self.create_post(&cx, post).await?;
        Ok(())
    }

    async fn push_of_post(&self, notice: &Notice, recipient: &Recipient) -> Result<PushNotification, AppError> {
        let Notice { post, channel, author, .. } = notice;
        let props = post.props_map();
        let text = |key: &str| props.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let sender_name = self.sender_name(post, &author.username);
        let channel_name = match channel.r#type {
            ChannelType::Direct => sender_name.clone(),
            _ => channel.display_name.clone(),
        };
        let contents = self.config.text("EmailSettings.PushNotificationContents");
        let badge = "SELECT COALESCE(SUM(mention_count), 0) FROM channel_members WHERE user_id = $1";
        let badge: Option<i64> = self.store.read().await?.value(badge, args![recipient.user.id]).await?;
        Ok(PushNotification {
            category: "CAN_REPLY".to_owned(),
            version: "v2".to_owned(),
            r#type: "message".to_owned(),
            post_id: post.id.clone(),
            root_id: post.root_id.clone(),
            team_id: channel.team_id.clone(),
            channel_id: channel.id.clone(),
            channel_type: channel.r#type.letter().to_owned(),
            post_type: post.r#type.clone(),
            sender_id: post.user_id.clone(),
            message: message(&contents, &sender_name, channel.r#type, &channel_name, &post.message),
            is_id_loaded: contents == "id_loaded",
            sender_name: if contents == "id_loaded" { String::new() } else { sender_name },
            channel_name: if matches!(contents.as_str(), "id_loaded" | "generic_no_channel") {
                String::new()
            } else {
                channel_name
            },
            override_username: text("override_username"),
            override_icon_url: text("override_icon_url"),
            from_webhook: text("from_webhook"),
            badge: i32::try_from(badge.unwrap_or_default()).unwrap_or(i32::MAX),
            is_crt_enabled: self.has_collapsed_threads(&recipient.user.id).await,
            ..PushNotification::default()
        })
    }
}

/// What a push says, by `EmailSettings.PushNotificationContents`.
fn message(contents: &str, sender: &str, kind: ChannelType, channel: &str, text: &str) -> String {
    let direct = kind == ChannelType::Direct;
    match contents {
        "id_loaded" => "You've received a new message.".to_owned(),
        "generic_no_channel" => format!("{sender} sent you a message."),
        "generic" if direct => format!("{sender} sent you a message."),
        "generic" => format!("{sender} posted in {channel}."),
        _ => {
            let text: String = text.chars().take(TEXT).collect();
            let text = if text.is_empty() { "sent you a file.".to_owned() } else { text };
            if direct { text } else { format!("{sender}: {text}") }
        }
    }
}

/// Nobody sees why a notification was not sent but the admin.
pub(super) fn log_rejection(user_id: &str, rejection: &Rejection) {
    match rejection {
        Rejection::Refused { plugin, refusal } => {
            tracing::debug!(user_id, plugin, ?refusal, "a plugin stopped a notification");
        }
        // No guard watches over notifications; were there one, this would still be all to do.
        failed => tracing::warn!(user_id, %failed, "a plugin that had to be asked failed"),
    }
}
