//! Who is typing.

use wasmoat_model::AppError;

use super::Event;
use crate::Core;

impl Core {
    /// `PublishUserTyping`: shows the others in a channel that a user types, in the thread of
    /// `parent_id` or, where that is empty, in the channel itself.
    ///
    /// # Errors
    ///
    /// None so far; Mattermost's signature has one.
    pub fn publish_user_typing(&self, user_id: &str, channel_id: &str, parent_id: &str) -> Result<(), AppError> {
        self.publish(
            Event::new("typing")
                .data("parent_id", parent_id)
                .data("user_id", user_id)
                .to_channel(channel_id)
                .omit_user(user_id),
        );
        Ok(())
    }
}
