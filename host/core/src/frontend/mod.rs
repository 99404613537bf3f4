//! What clients show at the wish of a plugin or an integration: dialogs and toasts.

mod api;
mod dialogs;
#[cfg(test)]
mod tests;

use wasmoat_model::{AppError, OpenDialogRequest};

use crate::{Core, websocket::Event};

/// Where a toast can be.
const POSITIONS: [&str; 6] = ["top-left", "top-center", "top-right", "bottom-left", "bottom-center", "bottom-right"];

/// Longest text of a toast, in characters; more is cut.
const TOAST: usize = 1_024;

impl Core {
    /// Mattermost's `OpenInteractiveDialog`: opens a dialog for the user who made the trigger id.
    ///
    /// # Errors
    ///
    /// 400 for a trigger id that is malformed, forged or expired.
    pub fn open_interactive_dialog(&self, mut request: OpenDialogRequest) -> Result<(), AppError> {
        let (client_id, user_id) = self.verify_trigger_id(&request.trigger_id)?;
        if let Err(fault) = request.dialog.is_valid() {
            tracing::debug!(url = request.url, fault, "an interactive dialog is not as it should be");
        }
        request.trigger_id = client_id;
        self.publish(Event::new("open_dialog").json("dialog", &request).to_user(&user_id));
        Ok(())
    }

    /// Mattermost's `SendToastMessage`: shows a short note to a user, on all connections or on one.
    ///
    /// # Errors
    ///
    /// 400 without a user or a message.
    pub fn send_toast_message(
        &self,
        user_id: &str,
        connection_id: &str,
        message: &str,
        position: &str,
    ) -> Result<(), AppError> {
        let refused = |field: &str| {
            let id = format!("app.toast.send_toast_message.{field}.app_error");
            AppError::new("SendToastMessage", &id, 400, format!("A toast needs a {}.", field.replace('_', " ")))
        };
        if user_id.is_empty() {
            return Err(refused("user_id"));
        }
        if message.is_empty() {
            return Err(refused("message"));
        }
        let position = POSITIONS.into_iter().find(|known| *known == position).unwrap_or("bottom-right");
        let text: String = message.chars().take(TOAST).collect();
        let event = Event::new("show_toast").data("message", text).data("position", position).to_user(user_id);
        self.publish(if connection_id.is_empty() { event } else { event.to_connection(connection_id) });
        Ok(())
    }
}
