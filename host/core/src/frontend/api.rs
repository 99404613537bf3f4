//! The door for plugins.

use wasmoat_model::{AppError, OpenDialogRequest};
use wasmoat_runtime::bindings::frontend::{Host, SendToastMessageOptions};

use crate::api::Api;

impl Host for Api<'_> {
    async fn open_interactive_dialog(&mut self, dialog: OpenDialogRequest) -> Result<(), AppError> {
        // Mattermost shows a dialog that is not as it should be, and logs why.
        if let Err(fault) = dialog.dialog.is_valid() {
            self.caller.warn(&format!("an interactive dialog is not as it should be: {fault}"));
        }
        self.may_publish("OpenInteractiveDialog", serde_json::to_vec(&dialog).map_or(usize::MAX, |json| json.len()))?;
        self.core.open_interactive_dialog(dialog)
    }

    async fn send_toast_message(
        &mut self,
        user_id: String,
        connection_id: String,
        message: String,
        options: SendToastMessageOptions,
    ) -> Result<(), AppError> {
        self.may_publish("SendToastMessage", user_id.len() + connection_id.len())?;
        self.core.send_toast_message(&user_id, &connection_id, &message, &options.position)
    }
}
