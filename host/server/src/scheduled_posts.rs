//! `/api/v4/posts/schedule` and `/api/v4/posts/scheduled`.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post, put},
};
use wasmoat_model::ScheduledPost;

use crate::{
    Answer, Auth, Body, Created, Error, Params, RequestContext, Server,
    posts::require_posting,
    users::{valid_body_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/posts/schedule", post(create))
        .route("/posts/schedule/{scheduled_post_id}", put(update).delete(remove))
        .route("/posts/scheduled/team/{team_id}", get(list))
}

async fn require_scheduling(rc: &RequestContext, scheduled: &ScheduledPost) -> Result<(), Error> {
    rc.core.check_scheduled_posts_enabled("ScheduledPost")?;
    valid_body_id(&scheduled.channel_id, "channel_id")?;
    require_posting(rc, &scheduled.channel_id).await?;
    if !scheduled.file_ids.is_empty() {
        rc.require_channel(&scheduled.channel_id, "upload_file").await?;
    }
    Ok(())
}

async fn create(Auth(rc): Auth, Body(scheduled): Body<ScheduledPost>) -> Result<Created<ScheduledPost>, Error> {
    require_scheduling(&rc, &scheduled).await?;
    let scheduled = ScheduledPost { user_id: rc.user_id().to_owned(), ..scheduled };
    Ok(Created(rc.core.save_scheduled_post(&rc.cx, scheduled).await?))
}

async fn update(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(scheduled): Body<ScheduledPost>,
) -> Result<Created<ScheduledPost>, Error> {
    if scheduled.id != valid_id(&id, "scheduled_post_id")? {
        return Err(Error::invalid_url("scheduled_post_id"));
    }
    require_scheduling(&rc, &scheduled).await?;
    Ok(Created(rc.core.update_scheduled_post(&rc.cx, rc.user_id(), scheduled).await?))
}

async fn remove(Auth(rc): Auth, Path(id): Path<String>) -> Result<Created<ScheduledPost>, Error> {
    let id = valid_id(&id, "scheduled_post_id")?;
    Ok(Created(rc.core.delete_scheduled_post(&rc.cx, rc.user_id(), id).await?))
}

/// By team; those of direct and group messages under `directChannels`, where they are asked for.
async fn list(
    Auth(rc): Auth,
    Path(team_id): Path<String>,
    params: Params,
) -> Answer<BTreeMap<String, Vec<ScheduledPost>>> {
    let team_id = valid_id(&team_id, "team_id")?;
    rc.require_team(team_id, "view_team").await?;
    let mut posts = BTreeMap::new();
    posts.insert(team_id.to_owned(), rc.core.get_user_team_scheduled_posts(rc.user_id(), team_id).await?);
    if params.flag("includeDirectChannels") {
        posts.insert("directChannels".to_owned(), rc.core.get_user_team_scheduled_posts(rc.user_id(), "").await?);
    }
    Ok(Json(posts))
}
