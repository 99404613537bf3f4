//! `/api/v4/users/{user_id}/teams/{team_id}/threads`.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post, put},
};
use serde_json::Value;
use wasmoat_core::threads::{ThreadOptions, UserThread, UserThreads};

use crate::{
    Answer, Auth, Error, Params, RequestContext, Server, ok,
    users::{user_id, valid_id},
};

/// Most threads on a page.
const PAGE_LIMIT: i64 = 200;

/// The routes.
pub fn routes() -> Router<Server> {
    let thread = "/users/{user_id}/teams/{team_id}/threads/{thread_id}";
    Router::new()
        .route("/users/{user_id}/teams/{team_id}/threads", get(get_threads))
        .route("/users/{user_id}/teams/{team_id}/threads/read", put(read_all))
        .route(thread, get(get_thread))
        .route(&format!("{thread}/following"), put(follow).delete(unfollow))
        .route(&format!("{thread}/read/{{timestamp}}"), put(read_thread))
        .route(&format!("{thread}/set_unread/{{post_id}}"), post(set_unread))
}

async fn get_threads(
    Auth(rc): Auth,
    Path((id, team_id)): Path<(String, String)>,
    params: Params,
) -> Answer<UserThreads> {
    let (id, team_id) = (user_id(&rc, &id)?, valid_id(&team_id, "team_id")?);
    rc.require_user(id).await?;
    rc.require_team(team_id, "view_team").await?;
    let size = if params.get("per_page").is_some() { "per_page" } else { "pageSize" };
    let options = ThreadOptions {
        page_size: params.number(size, 30).clamp(0, PAGE_LIMIT),
        before: params.text("before").to_owned(),
        after: params.text("after").to_owned(),
        since: params.number("since", 0),
        deleted: params.flag("deleted"),
        unread: params.flag("unread"),
        extended: params.flag("extended"),
        totals_only: params.flag("totalsOnly"),
        threads_only: params.flag("threadsOnly"),
        exclude_direct: params.flag("excludeDirect"),
    };
    if !options.before.is_empty() && !options.after.is_empty() {
        let id = "api.getThreadsForUser.bad_params";
        return Err(Error::new(id, 400, "`before` and `after` exclude each other."));
    }
    if options.totals_only && options.threads_only {
        let id = "api.getThreadsForUser.bad_only_params";
        return Err(Error::new(id, 400, "`totalsOnly` and `threadsOnly` exclude each other."));
    }
    Ok(Json(rc.core.get_threads_for_user(&rc.cx, id, team_id, &options).await?))
}

async fn read_all(Auth(rc): Auth, Path((id, team_id)): Path<(String, String)>) -> Answer<Value> {
    let (id, team_id) = (user_id(&rc, &id)?, valid_id(&team_id, "team_id")?);
    rc.require_user(id).await?;
    rc.require_team(team_id, "view_team").await?;
    rc.core.update_threads_read_for_user(id, team_id).await?;
    Ok(ok())
}

/// The user of the path, where that user may read the thread.
async fn reader<'a>(rc: &'a RequestContext, id: &'a str, thread_id: &str) -> Result<&'a str, Error> {
    let id = user_id(rc, id)?;
    rc.require_user(id).await?;
    let root = rc.core.get_single_post(valid_id(thread_id, "thread_id")?, true).await?;
    rc.require_channel_content(&root.channel_id).await?;
    Ok(id)
}

type Thread = (String, String, String);

async fn get_thread(Auth(rc): Auth, Path((id, _, thread_id)): Path<Thread>, params: Params) -> Answer<UserThread> {
    let id = reader(&rc, &id, &thread_id).await?;
    Ok(Json(rc.core.get_thread_for_user(&rc.cx, id, &thread_id, params.flag("extended")).await?))
}

async fn follow(Auth(rc): Auth, Path((id, team_id, thread_id)): Path<Thread>) -> Answer<Value> {
    let id = reader(&rc, &id, &thread_id).await?;
    rc.core.update_thread_follow_for_user(id, &team_id, &thread_id, true).await?;
    Ok(ok())
}

async fn unfollow(Auth(rc): Auth, Path((id, team_id, thread_id)): Path<Thread>) -> Answer<Value> {
    let id = reader(&rc, &id, &thread_id).await?;
    rc.core.update_thread_follow_for_user(id, &team_id, &thread_id, false).await?;
    Ok(ok())
}

async fn read_thread(
    Auth(rc): Auth,
    Path((id, team_id, thread_id, timestamp)): Path<(String, String, String, String)>,
) -> Answer<UserThread> {
    let timestamp: i64 = timestamp.parse().map_err(|_error| Error::invalid_url("timestamp"))?;
    let id = reader(&rc, &id, &thread_id).await?;
    Ok(Json(rc.core.update_thread_read_for_user(&rc.cx, id, &team_id, &thread_id, timestamp).await?))
}

async fn set_unread(
    Auth(rc): Auth,
    Path((id, team_id, thread_id, post_id)): Path<(String, String, String, String)>,
) -> Answer<UserThread> {
    let id = reader(&rc, &id, &thread_id).await?;
    let post_id = valid_id(&post_id, "post_id")?;
    Ok(Json(rc.core.set_thread_unread_by_post_id(&rc.cx, id, &team_id, &thread_id, post_id).await?))
}
