//! Who may have a digest. The API shows a plugin everything: asking is the plugin's duty, when somebody
//! asks for a digest and again when it is written.

use wasmoat::{Error, Result, permissions};

/// Refuses who may not read a channel, or not post in it: the digest shows the one and does the other
/// in their name.
pub fn check(user_id: &str, channel_id: &str) -> Result<()> {
    let may = |permission| permissions::has_permission_to_channel(user_id, channel_id, permission);
    if may("read_channel_content") && may("create_post") {
        return Ok(());
    }
    Err(Error::new(403, "digest.not_in_channel", "You may not have a digest of this channel."))
}

/// Whether somebody may read a channel.
pub fn may_read(user_id: &str, channel_id: &str) -> bool {
    permissions::has_permission_to_channel(user_id, channel_id, "read_channel_content")
}

/// Whether somebody may stop what another one has begun.
pub fn may_stop_others(user_id: &str, channel_id: &str) -> bool {
    permissions::has_permission_to_channel(user_id, channel_id, "manage_channel_roles")
}
