//! The door for plugins.

use wasmoat_model::{AppError, OpenDialogRequest};
use wasmoat_runtime::bindings::frontend::{Host, SendToastMessageOptions};

use crate::api::Api;

impl Host for Api<'_> {
    async fn open_interactive_dialog(&mut self, dialog: OpenDialogRequest) -> Result<(), AppError> {
        self.core.open_interactive_dialog(dialog)
    }

    async fn send_toast_message(
        &mut self,
        user_id: String,
        connection_id: String,
        message: String,
        options: SendToastMessageOptions,
    ) -> Result<(), AppError> {
        self.core.send_toast_message(&user_id, &connection_id, &message, &options.position)
    }
}
