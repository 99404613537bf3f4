//! The mail about a post.

use std::sync::Arc;

use wasmoat_model::{AppError, ChannelType, EmailNotification, EmailNotificationContent};
use wasmoat_runtime::{CallContext, EmailNotificationWillBeSent};

use super::{Mail, Notice, Recipient, push::log_rejection};
use crate::Core;

impl Core {
    /// Mails a post to one of those who are to hear of it.
    pub(super) async fn mail_post(&self, notice: &Notice, recipient: &Recipient) -> Result<(), AppError> {
        let notification = self.email_notification(notice, recipient).await?;
        let content = notification.content.clone();
        let cx = CallContext::core();
        let asked = self.runtime.filter::<EmailNotificationWillBeSent, _, _>(
            &cx,
            content,
            |_, content: Arc<EmailNotificationContent>| {
                (Arc::new(EmailNotification { content: (*content).clone(), ..notification.clone() }),)
            },
        );
        let content = match asked.await {
            Ok(content) => content,
            Err(rejection) => {
                log_rejection(&recipient.user.id, &rejection);
                return Ok(());
            }
        };
        let mail = Mail {
            to: recipient.user.email.clone(),
            html: html(&content),
            text: text(&content),
            subject: content.subject,
        };
        self.send_mail(&mail).await
    }

    async fn email_notification(&self, notice: &Notice, recipient: &Recipient) -> Result<EmailNotification, AppError> {
        let Notice { post, channel, author, .. } = notice;
        let team = if channel.team_id.is_empty() { None } else { Some(self.get_team(&channel.team_id).await?) };
        let (team_name, team_label) = team.map(|team| (team.name, team.display_name)).unwrap_or_default();
        let sender = self.sender_name(post, &author.username);
        let channel_name =
            if channel.r#type == ChannelType::Direct { sender.clone() } else { channel.display_name.clone() };
        let military = self.get_preference(&recipient.user.id, "display_settings", "use_military_time").await;
        Ok(EmailNotification {
            post_id: post.id.clone(),
            channel_id: channel.id.clone(),
            team_id: channel.team_id.clone(),
            sender_id: post.user_id.clone(),
            recipient_id: recipient.user.id.clone(),
            root_id: post.root_id.clone(),
            channel_type: channel.r#type.letter().to_owned(),
            sender_username: author.username.clone(),
            is_direct_message: channel.r#type == ChannelType::Direct,
            is_group_message: channel.r#type == ChannelType::Group,
            is_thread_reply: !post.root_id.is_empty(),
            is_crt_enabled: self.has_collapsed_threads(&recipient.user.id).await,
            use_military_time: military.is_ok_and(|preference| preference.value == "true"),
            content: self.email_content(notice, recipient, &sender, &channel_name, &team_name),
            sender_display_name: sender,
            channel_name,
            team_name: team_label,
        })
    }

    fn email_content(
        &self,
        notice: &Notice,
        recipient: &Recipient,
        sender: &str,
        channel_name: &str,
        team_name: &str,
    ) -> EmailNotificationContent {
        let config = self.config.get();
        let site = config.text("TeamSettings.SiteName");
        let title = match notice.channel.r#type {
            ChannelType::Direct => format!("{sender} sent you a message"),
            ChannelType::Group => format!("{sender} sent a message to you and others"),
            _ if recipient.mentioned => format!("{sender} mentioned you in {channel_name}"),
            _ => format!("{sender} replied to a thread in {channel_name}"),
        };
        let full = config.text("EmailSettings.EmailNotificationContentsType") == "full";
        let message = if full { notice.post.message.as_str() } else { "" };
        let url = config.text("ServiceSettings.SiteURL").trim_end_matches('/');
        let place = if team_name.is_empty() { "_redirect" } else { team_name };
        let (button_text, button_url) = if url.is_empty() {
            (String::new(), String::new())
        } else {
            ("View message".to_owned(), format!("{url}/{place}/pl/{}", notice.post.id))
        };
        EmailNotificationContent {
            // What is not to be in a mail is not to be in its subject.
            subject: if full { format!("[{site}] {title}") } else { format!("[{site}] You have a new notification") },
            title: if full { title } else { "You have a new notification".to_owned() },
            subtitle: String::new(),
            message_html: escape(message).replace('\n', "<br>\n"),
            message_text: message.to_owned(),
            button_text,
            button_url,
            footer_text: format!("You get this mail because you have mail notifications on at {site}."),
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn html(content: &EmailNotificationContent) -> String {
    let mut html = String::from(
        "<!doctype html>\n<html><body style=\"font-family:sans-serif;max-width:600px;margin:auto;padding:16px\">\n",
    );
    let mut block = |tag: &str, text: &str| {
        if !text.is_empty() {
            html.push_str(&format!("<{tag}>{text}</{tag}>\n"));
        }
    };
    block("h2", &escape(&content.title));
    block("p", &escape(&content.subtitle));
    // HTML by contract: of the server, or of a plugin that was asked.
    block("div", &content.message_html);
    let url = &content.button_url;
    if url.starts_with("http://") || url.starts_with("https://") {
        block("p", &format!("<a href=\"{}\">{}</a>", escape(url), escape(&content.button_text)));
    }
    block("small", &escape(&content.footer_text));
    html.push_str("</body></html>\n");
    html
}

fn text(content: &EmailNotificationContent) -> String {
    let button = match (content.button_text.as_str(), content.button_url.as_str()) {
        (_, "") => String::new(),
        (text, url) => format!("{text}: {url}"),
    };
    let parts = [&content.title, &content.subtitle, &content.message_text, &button, &content.footer_text];
    parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("\n\n")
}
