//! Finding groups and their members.

use axum::{Json, extract::Path};
use serde_json::{Value, json};
use wasmoat_core::groups::SyncableGroups;
use wasmoat_model::{ChannelType, Group, GroupSearchOpts, GroupSyncableType, User, is_valid_id};

use super::READ;
use crate::{
    Answer, Auth, Body, Error, Paging, Params, RequestContext,
    channels::pages,
    users::{user_id, valid_id},
};

/// Names that are looked up at once.
const NAMES: usize = 200;

/// Groups that are not for messages are for those who manage groups.
async fn only_for_messages(rc: &RequestContext) -> bool {
    !rc.core.session_has_permission_to(&rc.session, READ).await
}

pub async fn get_groups(Auth(rc): Auth, params: Params, paging: Paging) -> Answer<Value> {
    rc.check_groups()?;
    let source = params.text("group_source");
    if !source.is_empty() {
        rc.check_source(source)?;
    }
    let (team, channel) = (params.text("not_associated_to_team"), params.text("not_associated_to_channel"));
    let has_member = params.text("filter_has_member");
    for (name, id) in [("not_associated_to_team", team), ("not_associated_to_channel", channel)] {
        if !id.is_empty() {
            valid_id(id, name)?;
        }
    }
    if !team.is_empty() {
        rc.require_team(team, "manage_team").await?;
    }
    if !channel.is_empty() {
        let channel = rc.core.get_channel(channel).await?;
        rc.require_by_type(&channel, "manage_public_channel_members", "manage_private_channel_members").await?;
    }
    let opts = GroupSearchOpts {
        q: params.text("q").to_owned(),
        not_associated_to_team: team.to_owned(),
        not_associated_to_channel: channel.to_owned(),
        include_member_count: params.flag("include_member_count"),
        filter_allow_reference: params.flag("filter_allow_reference")
            || (team.is_empty() && channel.is_empty() && only_for_messages(&rc).await),
        since: params.number("since", 0).max(0),
        source: source.to_owned(),
        filter_parent_team_permitted: params.flag("filter_parent_team_permitted"),
        filter_has_member: rc.me(has_member).to_owned(),
        include_channel_member_count: params.text("include_channel_member_count").to_owned(),
        include_timezones: params.flag("include_timezones"),
        include_member_ids: params.flag("include_member_ids"),
        include_archived: params.flag("include_archived"),
        filter_archived: params.flag("filter_archived"),
        only_syncable_sources: params.flag("only_syncable_sources"),
        ..GroupSearchOpts::default()
    };
    let (page, per_page) = pages(paging);
    let groups = rc.core.get_groups(page, per_page, &opts, None).await?;
    if params.flag("include_total_count") {
        let all = rc.core.get_groups(0, i64::MAX, &opts, None).await?;
        return Ok(Json(json!({"groups": groups, "total_group_count": all.len()})));
    }
    Ok(Json(json!(groups)))
}

pub async fn get_groups_by_names(Auth(rc): Auth, Body(names): Body<Vec<String>>) -> Answer<Vec<Group>> {
    rc.check_groups()?;
    if names.len() > NAMES {
        return Err(Error::invalid_body("names"));
    }
    Ok(Json(rc.core.get_groups_by_names(&names).await?))
}

/// A group that messages may name is seen by everybody, others by those who manage groups.
async fn visible_group(rc: &RequestContext, id: &str) -> Result<Group, Error> {
    let group = rc.usable_group(id).await?;
    if !group.allow_reference && only_for_messages(rc).await {
        return Err(Error::forbidden());
    }
    Ok(group)
}

pub async fn get_group(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Group> {
    let group = visible_group(&rc, &id).await?;
    if params.flag("include_member_count") {
        return Ok(Json(rc.core.get_group_with_count(&group.id).await?));
    }
    Ok(Json(group))
}

pub async fn get_members(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Value> {
    let group = visible_group(&rc, &id).await?;
    let (page, per_page) = pages(paging);
    let members = rc.core.get_group_member_users(&group.id, page, per_page).await?;
    let members: Vec<User> = rc.visible_users(members).await;
    let total = rc.core.get_group_member_count(&group.id).await?;
    Ok(Json(json!({"members": members, "total_member_count": total})))
}

pub async fn get_stats(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    rc.require(READ).await?;
    let group = rc.usable_group(&id).await?;
    let total = rc.core.get_group_member_count(&group.id).await?;
    Ok(Json(json!({"group_id": group.id, "total_member_count": total})))
}

/// What a query says of the groups of a team or a channel.
fn list(params: &Params, paging: Paging, paged: bool) -> SyncableGroups {
    SyncableGroups {
        q: params.text("q").to_owned(),
        filter_allow_reference: params.flag("filter_allow_reference"),
        include_member_count: params.flag("include_member_count"),
        page: paged.then(|| pages(paging)),
    }
}

pub async fn get_groups_by_channel(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<Value> {
    rc.check_directory_groups()?;
    let channel = rc.core.get_channel(valid_id(&id, "channel_id")?).await?;
    let permission = if channel.r#type == ChannelType::Private {
        "read_private_channel_groups"
    } else {
        "read_public_channel_groups"
    };
    rc.require_channel(&channel.id, permission).await?;
    let (groups, total) = rc.core.get_groups_by_syncable(&channel.id, &list(&params, paging, true)).await?;
    Ok(Json(json!({"groups": groups, "total_group_count": total})))
}

pub async fn get_groups_by_team(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<Value> {
    rc.check_directory_groups()?;
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "list_team_channels").await?;
    let paged = params.get("paginate") != Some("false");
    let (groups, total) = rc.core.get_groups_by_syncable(id, &list(&params, paging, paged)).await?;
    Ok(Json(json!({"groups": groups, "total_group_count": total})))
}

pub async fn get_groups_by_channels_of_team(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<Value> {
    rc.check_directory_groups()?;
    let id = valid_id(&id, "team_id")?;
    rc.require_team(id, "list_team_channels").await?;
    let paged = params.flag("paginate");
    let groups = rc.core.get_groups_by_channels_of_team(id, &list(&params, paging, paged)).await?;
    Ok(Json(json!({"groups": groups})))
}

pub async fn get_groups_by_user(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Group>> {
    rc.check_groups()?;
    let id = user_id(&rc, &id)?;
    if id != rc.user_id() {
        rc.require(READ).await?;
    }
    Ok(Json(rc.core.get_groups_by_user_id(id).await?))
}

pub async fn team_members_minus_group_members(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<Value> {
    rc.require(READ).await?;
    members_minus_group_members(&rc, GroupSyncableType::Team, valid_id(&id, "team_id")?, &params, paging).await
}

pub async fn channel_members_minus_group_members(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<Value> {
    rc.require("sysconsole_read_user_management_channels").await?;
    members_minus_group_members(&rc, GroupSyncableType::Channel, valid_id(&id, "channel_id")?, &params, paging).await
}

async fn members_minus_group_members(
    rc: &RequestContext,
    r#type: GroupSyncableType,
    id: &str,
    params: &Params,
    paging: Paging,
) -> Answer<Value> {
    let group_ids: Vec<String> = params.text("group_ids").split(',').map(str::to_owned).collect();
    if group_ids.iter().any(|id| !is_valid_id(id)) {
        return Err(Error::invalid_url("group_ids"));
    }
    let (page, per_page) = pages(paging);
    let (users, total) = rc.core.members_minus_group_members(r#type, id, &group_ids, page, per_page).await?;
    let mut shown = Vec::with_capacity(users.len());
    for user in rc.visible_users(users).await {
        let groups = rc.core.get_groups_by_user_id(&user.id).await?;
        let mut user = json!(user);
        if let Some(members) = user.as_object_mut() {
            members.insert("groups".to_owned(), json!(groups));
        }
        shown.push(user);
    }
    Ok(Json(json!({"users": shown, "total_count": total})))
}
