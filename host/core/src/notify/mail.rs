//! Sending mail through the SMTP server of the configuration.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use wasmoat_model::AppError;

use crate::{
    Core,
    config::{Config, MASK},
    tls,
};

/// Longest subject, in characters.
const SUBJECT: usize = 500;

/// Longest body, in bytes.
const BODY: usize = 1 << 20;

/// A mail.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    /// Whom it is for: an address, or a name and an address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text as HTML.
    pub html: String,
    /// The same for clients without HTML.
    pub text: String,
}

fn failed(reason: impl std::fmt::Display) -> AppError {
    AppError::new("SendMail", "app.email.send_mail.app_error", 500, "The mail could not be sent.").detail(reason)
}

fn mailbox(name: &str, address: &str) -> Result<Mailbox, AppError> {
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, address.parse().map_err(|error| failed(format_args!("address `{address}`: {error}")))?))
}

fn message(config: &Config, mail: &Mail) -> Result<Message, AppError> {
    if mail.html.len() > BODY {
        return Err(failed(format_args!("the mail has {} bytes; {BODY} are allowed", mail.html.len())));
    }
    let to: Mailbox = mail.to.parse().map_err(|error| failed(format_args!("address `{}`: {error}", mail.to)))?;
    let subject: String = mail.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SUBJECT).collect();
    let name = config.text("EmailSettings.FeedbackName");
    let mut builder =
        Message::builder().from(mailbox(name, config.text("EmailSettings.FeedbackEmail"))?).to(to).subject(subject);
    let reply_to = config.text("EmailSettings.ReplyToAddress");
    if !reply_to.is_empty() {
        builder = builder.reply_to(mailbox(name, reply_to)?);
    }
    builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone())).map_err(failed)
}

fn transport(config: &Config) -> Result<AsyncSmtpTransport<Tokio1Executor>, AppError> {
    let server = config.text("EmailSettings.SMTPServer");
    let port = config.text("EmailSettings.SMTPPort");
    let port = port.parse().map_err(|error| failed(format_args!("EmailSettings.SMTPPort `{port}`: {error}")))?;
    let tls = || {
        tls::install();
        let skip = config.flag("EmailSettings.SkipServerCertificateVerification");
        TlsParameters::builder(server.to_owned()).dangerous_accept_invalid_certs(skip).build().map_err(failed)
    };
    let security = config.text("EmailSettings.ConnectionSecurity");
    let tls = match security {
        "TLS" => Tls::Wrapper(tls()?),
        "STARTTLS" => Tls::Required(tls()?),
        _ => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
        .port(port)
        .timeout(Some(timeout(config)))
        .tls(tls);
    if config.flag("EmailSettings.EnableSMTPAuth") {
        if security.is_empty() && !matches!(server, "localhost" | "127.0.0.1" | "::1") {
            return Err(failed("a password is not sent in clear: set EmailSettings.ConnectionSecurity"));
        }
        let text = |name: &str| config.text(&format!("EmailSettings.{name}")).to_owned();
        builder = builder.credentials(Credentials::new(text("SMTPUsername"), text("SMTPPassword")));
    }
    Ok(builder.build())
}

/// How long the mail server may take for one step.
fn timeout(config: &Config) -> Duration {
    Duration::from_secs(
        u64::try_from(config.number("EmailSettings.SMTPServerTimeout")).unwrap_or_default().clamp(1, 300),
    )
}

async fn send(config: &Config, mail: &Mail) -> Result<(), AppError> {
    let message = message(config, mail)?;
    let transport = transport(config)?;
    // A conversation has many steps; all together may take thrice the time of one.
    let sent = tokio::time::timeout(timeout(config) * 3, transport.send(message)).await;
    let outcome = match sent {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(failed(error)),
        Err(_) => Err(failed("the mail server took too long")),
    };
    let label = if outcome.is_ok() { "sent" } else { "failed" };
    metrics::counter!("mails_total", "outcome" => label).increment(1);
    outcome
}

impl Core {
    /// Sends a mail, and waits until the server has taken it.
    ///
    /// # Errors
    ///
    /// 500 where an address makes no sense or the server does not take it.
    pub async fn send_mail(&self, mail: &Mail) -> Result<(), AppError> {
        send(&self.config.get(), mail).await
    }

    /// Mattermost's `TestEmail`: a mail to a user through the server of a configuration that need
    /// not be saved. The stored password stands in for a masked one where it goes to nobody else.
    ///
    /// # Errors
    ///
    /// 400 without a server, or where the password must be given anew; 500 where the mail could not
    /// be sent.
    pub async fn test_email(&self, user_id: &str, submitted: Option<&serde_json::Value>) -> Result<(), AppError> {
        let stored = self.config.get();
        let mut config = (*stored).clone();
        if let Some(submitted) = submitted.and_then(|config| config.get("EmailSettings")) {
            config.patch(&serde_json::json!({ "EmailSettings": submitted }));
        }
        if config.text("EmailSettings.SMTPPassword") == MASK {
            let same = |name: &str| {
                config.value(&format!("EmailSettings.{name}")) == stored.value(&format!("EmailSettings.{name}"))
            };
            if !["SMTPServer", "SMTPPort", "SMTPUsername"].into_iter().all(same) {
                let message = "The password must be given again for another server or user.";
                return Err(AppError::new("testEmail", "api.admin.test_email.reenter_password", 400, message));
            }
            config.set("EmailSettings.SMTPPassword", stored.text("EmailSettings.SMTPPassword").into());
        }
        if config.text("EmailSettings.SMTPServer").is_empty() {
            let message = "There is no mail server (EmailSettings.SMTPServer).";
            return Err(AppError::new("testEmail", "api.admin.test_email.missing_server", 400, message));
        }
        let user = self.get_user(user_id).await?;
        let text = "It seems that your mail settings work.".to_owned();
        let mail =
            Mail { to: user.email, subject: "Wasmoat: testing mail".to_owned(), html: format!("<p>{text}</p>"), text };
        send(&config, &mail).await.map_err(|error| {
            let message = "The test mail could not be sent.";
            AppError::new("testEmail", "app.admin.test_email.failure", 500, message).detail(error.detailed_error)
        })
    }
}

/// The text of an HTML body, for mail clients without HTML.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        text.push_str(before);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        let name = tag.trim_start_matches(['<', '/']).to_ascii_lowercase();
        if ["br", "p", "div", "tr", "li", "h1", "h2", "h3"].iter().any(|block| name.starts_with(block)) {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    for (entity, letter) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(entity, letter);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_has_a_plain_side() {
        assert_eq!(plain("<p>Hi <b>Ann</b>,</p><p>1 &lt; 2 &amp; &quot;x&quot;</p>"), "Hi Ann,\n\n1 < 2 & \"x\"");
        assert_eq!(plain("no tags < here"), "no tags");
    }

    #[test]
    fn a_header_has_one_line() {
        let mail =
            Mail { to: "ann@example.org".into(), subject: "a\r\nBcc: all@example.org".into(), ..Mail::default() };
        let message = String::from_utf8(message(&Config::default(), &mail).unwrap().formatted()).unwrap();
        assert!(!message.contains("\nBcc:"), "{message}");
        assert!(super::message(&Config::default(), &Mail { to: "nobody".into(), ..mail }).is_err());
    }
}
