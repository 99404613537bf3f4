//! `/api/v4/drafts` and the drafts of users.

use axum::{
    Json, Router,
    extract::Path,
    routing::{delete, get, post},
};
use serde_json::Value;
use wasmoat_model::Draft;

use crate::{
    Answer, Auth, Body, Created, Error, RequestContext, Server, ok,
    posts::require_posting,
    users::{user_id, valid_body_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/drafts", post(upsert_draft))
        .route("/users/{user_id}/teams/{team_id}/drafts", get(get_drafts))
        .route("/users/{user_id}/channels/{channel_id}/drafts", delete(delete_draft))
        .route("/users/{user_id}/channels/{channel_id}/drafts/{thread_id}", delete(delete_draft_of_thread))
}

/// Answers null where the draft was empty and is gone.
async fn upsert_draft(Auth(rc): Auth, Body(draft): Body<Draft>) -> Result<Created<Option<Draft>>, Error> {
    rc.core.check_drafts_enabled("UpsertDraft")?;
    valid_body_id(&draft.channel_id, "channel_id")?;
    require_posting(&rc, &draft.channel_id).await?;
    let draft = Draft { user_id: rc.user_id().to_owned(), ..draft };
    Ok(Created(rc.core.upsert_draft(&rc.cx, draft).await?))
}

async fn get_drafts(Auth(rc): Auth, Path((id, team_id)): Path<(String, String)>) -> Answer<Vec<Draft>> {
    let (id, team_id) = (user_id(&rc, &id)?, valid_id(&team_id, "team_id")?);
    only_own(&rc, id)?;
    rc.require_team(team_id, "view_team").await?;
    Ok(Json(rc.core.get_drafts_for_user(id, team_id).await?))
}

/// Nobody reads what somebody else has not sent, admins included.
fn only_own(rc: &RequestContext, id: &str) -> Result<(), Error> {
    if id == rc.user_id() { Ok(()) } else { Err(Error::forbidden()) }
}

async fn remove(rc: &RequestContext, id: &str, channel_id: &str, root_id: &str) -> Answer<Value> {
    only_own(rc, user_id(rc, id)?)?;
    rc.core.delete_draft(&rc.cx, rc.user_id(), valid_id(channel_id, "channel_id")?, root_id).await?;
    Ok(ok())
}

async fn delete_draft(Auth(rc): Auth, Path((id, channel_id)): Path<(String, String)>) -> Answer<Value> {
    remove(&rc, &id, &channel_id, "").await
}

async fn delete_draft_of_thread(
    Auth(rc): Auth,
    Path((id, channel_id, thread_id)): Path<(String, String, String)>,
) -> Answer<Value> {
    remove(&rc, &id, &channel_id, valid_id(&thread_id, "thread_id")?).await
}
