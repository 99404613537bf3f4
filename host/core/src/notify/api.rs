//! The door for plugins.

use wasmoat_model::{AppError, PushNotification};
use wasmoat_runtime::bindings::notify::Host;

use super::Mail;
use crate::api::Api;

fn refused(field: &str) -> AppError {
    let message = format!("A mail needs its `{field}`.");
    AppError::new("SendMail", &format!("plugin_api.send_mail.missing_{field}"), 400, message)
}

impl Host for Api<'_> {
    async fn send_mail(&mut self, to: String, subject: String, html_body: String) -> Result<(), AppError> {
        for (field, text) in [("to", &to), ("subject", &subject), ("htmlbody", &html_body)] {
            if text.is_empty() {
                return Err(refused(field));
            }
        }
        self.counted("SendMail", &self.caller.rates().notifications)?;
        if !self.core.config.flag("EmailSettings.SendEmailNotifications") {
            return Ok(());
        }
        let text = super::mail::plain(&html_body);
        self.core.send_mail(&Mail { to, subject, html: html_body, text }).await
    }

    async fn send_push_notification(
        &mut self,
        notification: PushNotification,
        user_id: String,
    ) -> Result<(), AppError> {
        self.counted("SendPushNotification", &self.caller.rates().notifications)?;
        self.core.send_push_notification(&self.caller.context, notification, &user_id).await
    }
}
