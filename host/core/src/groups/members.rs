//! Who is in a group.

use std::collections::HashSet;

use wasmoat_model::{AppError, Group, GroupMember, User, now_ms};

use super::{missing_group, store};
use crate::{
    Core,
    store::{Queries as _, StoreError, args},
    websocket::Event,
};

/// Members that are added or removed at once.
pub(super) const AT_ONCE: usize = 1000;

/// Members on a page at most.
pub(super) const PAGE: i64 = 10_000;

/// Offset and limit of a page.
pub(super) fn bounds(page: i64, per_page: i64) -> (i64, i64) {
    let per_page = per_page.clamp(0, PAGE);
    (page.max(0).saturating_mul(per_page), per_page)
}

impl Core {
    /// Mattermost's `GetGroupMemberUsersPage`: a page of the members with an active account, by
    /// username.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_group_member_users(
        &self,
        group_id: &str,
        page: i64,
        per_page: i64,
    ) -> Result<Vec<User>, AppError> {
        let (offset, limit) = bounds(page, per_page);
        let rest = "JOIN group_members ON group_members.user_id = users.id AND group_members.delete_at = 0
            WHERE group_members.group_id = $1 AND users.delete_at = 0 ORDER BY users.username LIMIT $2 OFFSET $3";
        Ok(self.store.read().await?.all(rest, args![group_id, limit, offset]).await?)
    }

    /// Mattermost's `GetGroupMemberCount`: members with an active account.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_group_member_count(&self, group_id: &str) -> Result<i32, AppError> {
        Ok(store::member_count(&mut *self.store.read().await?, group_id).await?)
    }

    /// Mattermost's `GetGroupsByUserId`: the live groups that the user is in.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_groups_by_user_id(&self, user_id: &str) -> Result<Vec<Group>, AppError> {
        let rest = "JOIN group_members ON group_members.group_id = user_groups.id AND group_members.delete_at = 0
            WHERE group_members.user_id = $1 AND user_groups.delete_at = 0 ORDER BY user_groups.display_name, user_groups.id";
        Ok(store::all(&mut *self.store.read().await?, rest, args![user_id]).await?)
    }

    /// Mattermost's `UpsertGroupMembers`: adds or revives memberships, all or none; each user is
    /// told.
    ///
    /// # Errors
    ///
    /// 400 for an unknown group or user, and for more than 1000 users.
    pub async fn upsert_group_members(
        &self,
        group_id: &str,
        user_ids: &[String],
    ) -> Result<Vec<GroupMember>, AppError> {
        let at = "UpsertGroupMembers";
        self.get_group(group_id).await.map_err(|error| match error.status_code {
            404 => AppError::new(at, "app.group.uniqueness_error", 400, "There is no such group.").detail(group_id),
            _ => error,
        })?;
        self.check_users(user_ids).await?;
        let now = now_ms();
        let mut tx = self.store.write().await?;
        let mut members = Vec::with_capacity(user_ids.len());
        for user_id in user_ids {
            let member = match store::member(&mut tx, group_id, user_id).await? {
                Some(live) if live.delete_at == 0 => live,
                _ => {
                    let member = GroupMember {
                        group_id: group_id.into(),
                        user_id: user_id.clone(),
                        create_at: now,
                        delete_at: 0,
                    };
                    tx.upsert(&member).await?;
                    member
                }
            };
            members.push(member);
        }
        tx.commit().await.map_err(StoreError::from)?;
        for member in &members {
            self.send_member("group_member_add", member);
        }
        Ok(members)
    }

    /// 400 unless all of these users exist.
    pub(super) async fn check_users(&self, user_ids: &[String]) -> Result<(), AppError> {
        let at = "UpsertGroupMembers";
        if user_ids.len() > AT_ONCE {
            let text = format!("{} users were given; {AT_ONCE} are allowed at once.", user_ids.len());
            return Err(AppError::new(at, "api.context.invalid_body_param.app_error", 400, text));
        }
        let wanted: HashSet<&String> = user_ids.iter().collect();
        let found = self.get_users_by_ids(&wanted.iter().copied().cloned().collect::<Vec<_>>()).await?;
        if found.len() == wanted.len() {
            return Ok(());
        }
        Err(AppError::new(at, "app.group.uniqueness_error", 400, "One of the users does not exist."))
    }

    /// Mattermost's `DeleteGroupMembers`: ends memberships, all or none; each user is told.
    ///
    /// # Errors
    ///
    /// 404 where one of the users is no member; 400 for more than 1000.
    pub async fn delete_group_members(
        &self,
        group_id: &str,
        user_ids: &[String],
    ) -> Result<Vec<GroupMember>, AppError> {
        let at = "DeleteGroupMembers";
        if user_ids.len() > AT_ONCE {
            let text = format!("{} users were given; {AT_ONCE} are allowed at once.", user_ids.len());
            return Err(AppError::new(at, "api.context.invalid_body_param.app_error", 400, text));
        }
        let now = now_ms();
        let mut tx = self.store.write().await?;
        let mut members = Vec::with_capacity(user_ids.len());
        for user_id in user_ids {
            let member = store::member(&mut tx, group_id, user_id).await?.filter(|member| member.delete_at == 0);
            let Some(member) = member else { return Err(missing_group(at, user_id)) };
            let member = GroupMember { delete_at: now, ..member };
            tx.update(&member).await?;
            members.push(member);
        }
        tx.commit().await.map_err(StoreError::from)?;
        for member in &members {
            self.send_member("group_member_deleted", member);
        }
        Ok(members)
    }

    fn send_member(&self, name: &str, member: &GroupMember) {
        self.publish(Event::new(name).json("group_member", member).to_user(&member.user_id));
    }
}
