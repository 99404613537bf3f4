//! One channel.

use axum::{Json, extract::Path};
use wasmoat_model::{Channel, ChannelStats, ChannelType, Team};

use crate::{Answer, Auth, Error, Params, RequestContext, users::valid_id};

pub async fn get_channel(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Channel> {
    let channel = rc.core.get_channel(valid_id(&id, "channel_id")?).await?;
    rc.require_channel_sight(&channel).await?;
    Ok(Json(channel))
}

/// A private channel that the user may not see does not exist for that user.
async fn seen_by_name(rc: &RequestContext, channel: Channel) -> Answer<Channel> {
    match rc.require_channel_sight(&channel).await {
        Ok(()) => Ok(Json(channel)),
        Err(error) if channel.r#type == ChannelType::Open => Err(error),
        Err(_) => {
            Err(Error::new("app.channel.get_by_name.missing.app_error", 404, "There is no channel of this name."))
        }
    }
}

pub async fn get_channel_by_name(
    Auth(rc): Auth,
    Path((team_id, name)): Path<(String, String)>,
    params: Params,
) -> Answer<Channel> {
    let team_id = valid_id(&team_id, "team_id")?;
    let name = name.to_lowercase();
    let channel = match rc.core.get_channel_by_name(team_id, &name, params.flag("include_deleted")).await {
        // Direct and group messages are in no team, and clients ask for them here.
        Err(error) if error.status() == 404 && name.len() >= 40 => {
            rc.core.get_channel_by_name("", &name, false).await?
        }
        found => found?,
    };
    seen_by_name(&rc, channel).await
}

pub async fn get_channel_by_name_for_team_name(
    Auth(rc): Auth,
    Path((team_name, name)): Path<(String, String)>,
    params: Params,
) -> Answer<Channel> {
    let deleted = params.flag("include_deleted");
    let channel = rc.core.get_channel_by_name_for_team_name(&team_name, &name.to_lowercase(), deleted).await?;
    seen_by_name(&rc, channel).await
}

pub async fn get_channel_stats(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<ChannelStats> {
    let id = valid_id(&id, "channel_id")?;
    rc.require_channel(id, "read_channel").await?;
    let mut stats = rc.core.get_channel_stats(id).await?;
    if params.flag("exclude_files_count") {
        stats.files_count = -1;
    }
    Ok(Json(stats))
}

/// The teams that all members of a group message are in.
pub async fn get_common_teams(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Team>> {
    let channel = rc.core.get_channel(valid_id(&id, "channel_id")?).await?;
    rc.require_channel(&channel.id, "read_channel").await?;
    if channel.r#type != ChannelType::Group {
        let id = "app.channel.get_common_teams.incorrect_channel_type";
        return Err(Error::new(id, 400, "Only group messages have common teams."));
    }
    let mut common: Option<Vec<Team>> = None;
    for member in rc.core.get_channel_members(&channel.id, 0, 20).await? {
        let teams = rc.core.get_teams_for_user(&member.user_id).await?;
        common = Some(match common {
            None => teams,
            Some(before) => before.into_iter().filter(|team| teams.iter().any(|other| other.id == team.id)).collect(),
        });
    }
    Ok(Json(rc.visible_teams(common.unwrap_or_default()).await))
}
