//! `/api/v4/users/{user_id}/teams/{team_id}/channels/categories`: the three categories that every
//! user has. They follow from memberships and favourites; own categories cannot be made yet.

use axum::{Json, Router, extract::Path, routing::get};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Answer, Auth, Error, RequestContext, Server,
    users::{user_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    let categories = "/users/{user_id}/teams/{team_id}/channels/categories";
    Router::new()
        .route(categories, get(get_categories))
        .route(&format!("{categories}/order"), get(get_order))
        .route(&format!("{categories}/{{category_id}}"), get(get_category))
}

/// A category, and the channels in it.
#[derive(Clone, Debug, Serialize)]
struct Category {
    id: String,
    user_id: String,
    team_id: String,
    sort_order: i64,
    sorting: &'static str,
    r#type: &'static str,
    display_name: &'static str,
    muted: bool,
    collapsed: bool,
    channel_ids: Vec<String>,
}

async fn categories(rc: &RequestContext, user_id: &str, team_id: &str) -> Result<Vec<Category>, Error> {
    rc.require_user(user_id).await?;
    rc.require_team(team_id, "view_team").await?;
    let channels = match rc.core.get_channels_for_team_for_user(team_id, user_id, false, 0).await {
        Err(error) if error.status() == 404 => Vec::new(),
        found => found?,
    };
    let favorites: Vec<String> = rc
        .core
        .get_preferences_for_user(user_id)
        .await?
        .into_iter()
        .filter(|preference| preference.category == "favorite_channel" && preference.value == "true")
        .map(|preference| preference.name)
        .collect();
    let is_favorite = |id: &String| favorites.contains(id);
    let ids = |wanted: &dyn Fn(&wasmoat_model::Channel) -> bool| -> Vec<String> {
        channels.iter().filter(|channel| wanted(channel)).map(|channel| channel.id.clone()).collect()
    };
    let category = |kind: &'static str, display_name, sort_order, sorting, channel_ids| Category {
        id: format!("{kind}_{user_id}_{team_id}"),
        user_id: user_id.to_owned(),
        team_id: team_id.to_owned(),
        sort_order,
        sorting,
        r#type: kind,
        display_name,
        muted: false,
        collapsed: false,
        channel_ids,
    };
    Ok(vec![
        category("favorites", "Favorites", 0, "", ids(&|channel| is_favorite(&channel.id))),
        category(
            "channels",
            "Channels",
            10,
            "",
            ids(&|channel| !is_favorite(&channel.id) && channel.is_open_or_private()),
        ),
        category(
            "direct_messages",
            "Direct Messages",
            20,
            "recent",
            ids(&|channel| !is_favorite(&channel.id) && channel.is_group_or_direct()),
        ),
    ])
}

async fn get_categories(Auth(rc): Auth, Path((id, team_id)): Path<(String, String)>) -> Answer<Value> {
    let categories = categories(&rc, user_id(&rc, &id)?, valid_id(&team_id, "team_id")?).await?;
    let order: Vec<&str> = categories.iter().map(|category| category.id.as_str()).collect();
    Ok(Json(json!({"categories": categories, "order": order})))
}

async fn get_order(Auth(rc): Auth, Path((id, team_id)): Path<(String, String)>) -> Answer<Vec<String>> {
    let categories = categories(&rc, user_id(&rc, &id)?, valid_id(&team_id, "team_id")?).await?;
    Ok(Json(categories.into_iter().map(|category| category.id).collect()))
}

async fn get_category(
    Auth(rc): Auth,
    Path((id, team_id, category_id)): Path<(String, String, String)>,
) -> Answer<Value> {
    let categories = categories(&rc, user_id(&rc, &id)?, valid_id(&team_id, "team_id")?).await?;
    let found = categories.into_iter().find(|category| category.id == category_id);
    let missing = || Error::new("app.channel.sidebar_categories.app_error", 404, "There is no such category.");
    Ok(Json(json!(found.ok_or_else(missing)?)))
}
