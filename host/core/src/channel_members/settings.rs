//! Roles and notification settings of a membership.

use wasmoat_model::{AppError, CHANNEL_NOTIFY_KEYS, ChannelMember, ChannelMemberIdentifier, StringMap, json, now_ms};

use crate::{Core, store::Queries as _, websocket::Event};

/// Memberships that are patched at once.
const PATCHED_AT_ONCE: usize = 200;

impl Core {
    /// Mattermost's `UpdateChannelMemberRoles`: sets the roles from a list separated by spaces.
    ///
    /// # Errors
    ///
    /// 404 when not a member; 400 for an unknown role, or one that makes a guest of a user or a
    /// user of a guest.
    pub async fn update_channel_member_roles(
        &self,
        channel_id: &str,
        user_id: &str,
        roles: &str,
    ) -> Result<ChannelMember, AppError> {
        let at = "UpdateChannelMemberRoles";
        let old = self.get_channel_member(channel_id, user_id).await?;
        let names: Vec<&str> = roles.split_whitespace().collect();
        self.check_roles_exist(&names).await?;
        let known = self.roles().await?;
        let of_channels = ["channel_guest", "channel_user", "channel_admin"];
        let foreign = |name: &&str| !of_channels.contains(name) && known.get(name).is_some_and(|r| r.scheme_managed);
        if let Some(name) = names.iter().find(|name| foreign(name)) {
            let id = "api.channel.update_channel_member_roles.scheme_role.app_error";
            return Err(AppError::new(at, id, 400, format!("`{name}` is no role of channels.")));
        }
        let member = old.clone().set_roles(roles);
        if member.scheme_guest && member.scheme_user {
            let id = "api.channel.update_channel_member_roles.guest_and_user.app_error";
            return Err(AppError::new(at, id, 400, "A member is a guest or a user, not both."));
        }
        if member.scheme_guest != old.scheme_guest {
            let id = "api.channel.update_channel_member_roles.changing_guest_role.app_error";
            return Err(AppError::new(at, id, 400, "Guests are made and unmade for the whole account."));
        }
        if !member.scheme_guest && !member.scheme_user {
            let id = "api.channel.update_channel_member_roles.unset_user_scheme.app_error";
            return Err(AppError::new(at, id, 400, "The roles must contain `channel_user`."));
        }
        self.save_member(member).await
    }

    /// Mattermost's `UpdateChannelMemberSchemeRoles`: sets the three flags.
    ///
    /// # Errors
    ///
    /// 404 when not a member; 400 for a guest who is also a user, or neither.
    pub async fn update_channel_member_scheme_roles(
        &self,
        channel_id: &str,
        user_id: &str,
        guest: bool,
        user: bool,
        admin: bool,
    ) -> Result<ChannelMember, AppError> {
        let at = "UpdateChannelMemberSchemeRoles";
        let old = self.get_channel_member(channel_id, user_id).await?;
        if guest && (user || admin) {
            let id = "api.channel.update_channel_member_roles.guest_and_user.app_error";
            return Err(AppError::new(at, id, 400, "A member is a guest or a user, not both."));
        }
        if guest != old.scheme_guest {
            let id = "api.channel.update_channel_member_roles.user_and_guest.app_error";
            return Err(AppError::new(at, id, 400, "Guests are made and unmade for the whole account."));
        }
        self.save_member(ChannelMember { scheme_guest: guest, scheme_user: user, scheme_admin: admin, ..old }).await
    }

    /// Mattermost's `UpdateChannelMemberNotifyProps`: changes the keys that are known; others are
    /// dropped.
    ///
    /// # Errors
    ///
    /// 404 when not a member; 400 for a value that a key does not take.
    pub async fn update_channel_member_notify_props(
        &self,
        channel_id: &str,
        user_id: &str,
        notify_props: &StringMap,
    ) -> Result<ChannelMember, AppError> {
        if self.get_channel(channel_id).await?.is_backing() {
            let id = "app.channel.update_member_notify_props.backing_channel.app_error";
            let text = "Nobody is notified of the backing channel of a space or a board.";
            return Err(AppError::new("UpdateChannelMemberNotifyProps", id, 400, text));
        }
        let mut member = self.get_channel_member(channel_id, user_id).await?;
        for key in CHANNEL_NOTIFY_KEYS {
            if let Some(value) = json::get(notify_props, key) {
                json::set(&mut member.notify_props, key, value);
            }
        }
        self.save_member(member).await
    }

    /// Mattermost's `PatchChannelMembersNotifyProps`: the same values for several memberships.
    ///
    /// # Errors
    ///
    /// 400 for more than 200; else as for one.
    pub async fn patch_channel_members_notify_props(
        &self,
        members: &[ChannelMemberIdentifier],
        notify_props: &StringMap,
    ) -> Result<(), AppError> {
        if members.len() > PATCHED_AT_ONCE {
            let id = "api.channel.patch_channel_members_notify_props.too_many.app_error";
            let text = format!("{} memberships were given; {PATCHED_AT_ONCE} are allowed at once.", members.len());
            return Err(AppError::new("PatchChannelMembersNotifyProps", id, 400, text));
        }
        for member in members {
            self.update_channel_member_notify_props(&member.channel_id, &member.user_id, notify_props).await?;
        }
        Ok(())
    }

    async fn save_member(&self, member: ChannelMember) -> Result<ChannelMember, AppError> {
        let member = ChannelMember { last_update_at: now_ms(), ..member }.with_roles();
        member.is_valid()?;
        // Only what a setting changes: counters move with every post.
        let sql =
            "UPDATE channel_members SET explicit_roles = $3, scheme_guest = $4, scheme_user = $5, scheme_admin = $6,
            notify_props = $7, last_update_at = $8 WHERE channel_id = $1 AND user_id = $2";
        let args = crate::store::args![
            member.channel_id,
            member.user_id,
            member.explicit_roles,
            member.scheme_guest,
            member.scheme_user,
            member.scheme_admin,
            member.notify_props,
            member.last_update_at
        ];
        self.store.read().await?.run(sql, args).await?;
        self.publish(Event::new("channel_member_updated").json("channelMember", &member).to_user(&member.user_id));
        Ok(member)
    }
}
