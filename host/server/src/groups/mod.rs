//! `/api/v4/groups`, and the groups of teams, channels and users.

mod links;
mod lists;
mod write;

use axum::{
    Router,
    routing::{get, post, put},
};
use wasmoat_core::server::Feature;
use wasmoat_model::{GROUP_SOURCE_CUSTOM, Group, GroupSyncableType};

use crate::{Error, RequestContext, Server, users::valid_id};

const READ: &str = "sysconsole_read_user_management_groups";

/// The routes.
pub fn routes() -> Router<Server> {
    let routes = Router::new()
        .route("/groups", get(lists::get_groups).post(write::create_group))
        .route("/groups/names", post(lists::get_groups_by_names))
        .route("/groups/{group_id}", get(lists::get_group).delete(write::delete_group))
        .route("/groups/{group_id}/patch", put(write::patch_group))
        .route("/groups/{group_id}/restore", post(write::restore_group))
        .route("/groups/{group_id}/stats", get(lists::get_stats))
        .route(
            "/groups/{group_id}/members",
            get(lists::get_members).post(write::add_members).delete(write::delete_members),
        )
        .route("/channels/{channel_id}/groups", get(lists::get_groups_by_channel))
        .route("/teams/{team_id}/groups", get(lists::get_groups_by_team))
        .route("/teams/{team_id}/groups_by_channels", get(lists::get_groups_by_channels_of_team))
        .route("/users/{user_id}/groups", get(lists::get_groups_by_user))
        .route("/teams/{team_id}/members_minus_group_members", get(lists::team_members_minus_group_members))
        .route("/channels/{channel_id}/members_minus_group_members", get(lists::channel_members_minus_group_members))
        .route("/ldap/users/{user_id}/group_sync_memberships", post(links::add_user_to_syncables));
    routes.merge(links::routes())
}

impl RequestContext {
    /// 501 unless there are groups of one kind at least.
    fn check_groups(&self) -> Result<(), Error> {
        if self.core.has_feature(Feature::CustomGroups) {
            return Ok(());
        }
        Ok(self.core.check_feature(Feature::LdapGroups, "Groups", "api.license_error", 501)?)
    }

    /// What a source needs: groups that users make can be switched off by a setting.
    fn check_source(&self, source: &str) -> Result<(), Error> {
        if source != GROUP_SOURCE_CUSTOM {
            return self.check_directory_groups();
        }
        self.core.check_feature(Feature::CustomGroups, "Groups", "api.custom_groups.license_error", 403)?;
        if self.core.config.get().flag("ServiceSettings.EnableCustomGroups") {
            return Ok(());
        }
        let text = "Custom groups are switched off (setting `ServiceSettings.EnableCustomGroups`).";
        Err(Error::new("api.custom_groups.feature_disabled", 501, text))
    }

    fn check_directory_groups(&self) -> Result<(), Error> {
        Ok(self.core.check_feature(Feature::LdapGroups, "Groups", "api.ldap_groups.license_error", 403)?)
    }

    /// A group whose kind is on.
    async fn usable_group(&self, id: &str) -> Result<Group, Error> {
        self.check_groups()?;
        let group = self.core.get_group(valid_id(id, "group_id")?).await?;
        self.check_source(&group.source)?;
        Ok(group)
    }

    /// 403 without a permission on custom groups. Their members have those of `custom_group_user`.
    async fn require_group(&self, group: &Group, permission: &str) -> Result<(), Error> {
        let groups = self.core.get_groups_by_user_id(self.user_id()).await?;
        if groups.iter().any(|own| own.id == group.id)
            && self.core.roles_grant_permission(["custom_group_user"], permission).await
        {
            return Ok(());
        }
        self.require(permission).await
    }
}

/// `teams` or `channels` of a path.
fn syncable_type(text: &str) -> Result<GroupSyncableType, Error> {
    match text {
        "teams" => Ok(GroupSyncableType::Team),
        "channels" => Ok(GroupSyncableType::Channel),
        _ => Err(Error::invalid_url("syncable_type")),
    }
}
