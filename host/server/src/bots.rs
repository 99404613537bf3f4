//! `/api/v4/bots`.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use wasmoat_model::{AppError, Bot, BotGetOptions, BotPatch};

use crate::{
    Answer, Auth, Body, Created, Error, Paging, Params, RequestContext, Server,
    users::{user_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/bots", get(get_bots).post(create_bot))
        .route("/bots/{bot_user_id}", get(get_bot).put(patch_bot))
        .route("/bots/{bot_user_id}/disable", post(disable_bot))
        .route("/bots/{bot_user_id}/enable", post(enable_bot))
        .route("/bots/{bot_user_id}/assign/{user_id}", post(assign_bot))
}

fn missing(bot_user_id: &str) -> Error {
    AppError::new("GetBot", "store.sql_bot.get.missing.app_error", 404, "There is no such bot.")
        .detail(bot_user_id)
        .into()
}

/// Whether the asking user has the one permission on own bots, or the other on everybody's.
async fn has(rc: &RequestContext, bot: &Bot, own: &str, others: &str) -> bool {
    let permission = if bot.owner_id == rc.user_id() { own } else { others };
    rc.core.session_has_permission_to(&rc.session, permission).await
}

/// Mattermost's `SessionHasPermissionToManageBot`, as a question.
pub(crate) async fn may_manage(rc: &RequestContext, bot: &Bot) -> bool {
    has(rc, bot, "manage_bots", "manage_others_bots").await
}

/// The bot of a path, where the asking user may manage it: 404 where it may not even be seen.
async fn managed(rc: &RequestContext, bot_user_id: &str) -> Result<Bot, Error> {
    let bot = rc.core.get_bot(valid_id(bot_user_id, "bot_user_id")?, true).await?;
    if may_manage(rc, &bot).await {
        return Ok(bot);
    }
    if has(rc, &bot, "read_bots", "read_others_bots").await {
        return Err(Error::forbidden());
    }
    Err(missing(bot_user_id))
}

async fn create_bot(Auth(rc): Auth, Body(patch): Body<BotPatch>) -> Result<Created<Bot>, Error> {
    rc.require("create_bot").await?;
    if !rc.core.config.flag("ServiceSettings.EnableBotAccountCreation") {
        return Err(AppError::new("createBot", "api.bot.create_disabled", 403, "Bot creation is switched off.").into());
    }
    let bot = Bot {
        username: patch.username.unwrap_or_default(),
        display_name: patch.display_name.unwrap_or_default(),
        description: patch.description.unwrap_or_default(),
        owner_id: rc.user_id().to_owned(),
        ..Bot::default()
    };
    Ok(Created(rc.core.create_bot(bot).await?))
}

async fn patch_bot(Auth(rc): Auth, Path(id): Path<String>, Body(patch): Body<BotPatch>) -> Answer<Bot> {
    let bot = managed(&rc, &id).await?;
    Ok(Json(rc.core.patch_bot(&bot.user_id, patch).await?))
}

async fn get_bot(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Bot> {
    let bot = rc.core.get_bot(valid_id(&id, "bot_user_id")?, params.flag("include_deleted")).await?;
    if !has(&rc, &bot, "read_bots", "read_others_bots").await {
        return Err(missing(&id));
    }
    Ok(Json(bot))
}

async fn get_bots(Auth(rc): Auth, params: Params, paging: Paging) -> Answer<Vec<Bot>> {
    let owner_id = if rc.core.session_has_permission_to(&rc.session, "read_others_bots").await {
        String::new()
    } else {
        rc.require("read_bots").await?;
        rc.user_id().to_owned()
    };
    let options = BotGetOptions {
        owner_id,
        include_deleted: params.flag("include_deleted"),
        only_orphaned: params.flag("only_orphaned"),
        page: i32::try_from(paging.page).unwrap_or(i32::MAX),
        per_page: i32::try_from(paging.per_page).unwrap_or(i32::MAX),
    };
    Ok(Json(rc.core.get_bots(&options).await?))
}

async fn disable_bot(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Bot> {
    let bot = managed(&rc, &id).await?;
    Ok(Json(rc.core.update_bot_active(&rc.cx, &bot.user_id, false).await?))
}

async fn enable_bot(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Bot> {
    let bot = managed(&rc, &id).await?;
    Ok(Json(rc.core.update_bot_active(&rc.cx, &bot.user_id, true).await?))
}

async fn assign_bot(Auth(rc): Auth, Path((id, owner_id)): Path<(String, String)>) -> Answer<Bot> {
    let bot = managed(&rc, &id).await?;
    rc.require("assign_bot").await?;
    Ok(Json(rc.core.update_bot_owner(&bot.user_id, user_id(&rc, &owner_id)?).await?))
}
