//! `/api/v4/users/{user_id}/teams/{team_id}/channels/categories`.

use axum::{Json, Router, extract::Path, routing::get};
use serde_json::Value;
use wasmoat_model::{OrderedSidebarCategories, SidebarCategoryWithChannels};

use crate::{
    Answer, Auth, Body, Error, RequestContext, Server, ok,
    users::{user_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    let categories = "/users/{user_id}/teams/{team_id}/channels/categories";
    Router::new()
        .route(categories, get(get_categories).post(create_category).put(update_categories))
        .route(&format!("{categories}/order"), get(get_order).put(update_order))
        .route(&format!("{categories}/{{category_id}}"), get(get_category).put(update_category).delete(delete_category))
}

/// Whose sidebar it is, in which team; 403 for those who may not.
async fn owner(rc: &RequestContext, id: &str, team_id: &str) -> Result<(String, String), Error> {
    let (id, team_id) = (user_id(rc, id)?, valid_id(team_id, "team_id")?);
    rc.require_user(id).await?;
    rc.require_team(team_id, "view_team").await?;
    Ok((id.to_owned(), team_id.to_owned()))
}

fn check_owner(category: &SidebarCategoryWithChannels, id: &str, team_id: &str) -> Result<(), Error> {
    if category.user_id == id && category.team_id == team_id { Ok(()) } else { Err(Error::invalid_body("category")) }
}

async fn get_categories(
    Auth(rc): Auth,
    Path((id, team_id)): Path<(String, String)>,
) -> Answer<OrderedSidebarCategories> {
    let (id, team_id) = owner(&rc, &id, &team_id).await?;
    Ok(Json(rc.core.get_sidebar_categories(&id, &team_id).await?))
}

async fn create_category(
    Auth(rc): Auth,
    Path((id, team_id)): Path<(String, String)>,
    Body(category): Body<SidebarCategoryWithChannels>,
) -> Answer<SidebarCategoryWithChannels> {
    let (id, team_id) = owner(&rc, &id, &team_id).await?;
    check_owner(&category, &id, &team_id)?;
    Ok(Json(rc.core.create_sidebar_category(&id, &team_id, category).await?))
}

async fn update_categories(
    Auth(rc): Auth,
    Path((id, team_id)): Path<(String, String)>,
    Body(categories): Body<Vec<SidebarCategoryWithChannels>>,
) -> Answer<Vec<SidebarCategoryWithChannels>> {
    let (id, team_id) = owner(&rc, &id, &team_id).await?;
    for category in &categories {
        check_owner(category, &id, &team_id)?;
    }
    Ok(Json(rc.core.update_sidebar_categories(&id, &team_id, &categories).await?))
}

async fn get_order(Auth(rc): Auth, Path((id, team_id)): Path<(String, String)>) -> Answer<Vec<String>> {
    let (id, team_id) = owner(&rc, &id, &team_id).await?;
    Ok(Json(rc.core.get_sidebar_categories(&id, &team_id).await?.order))
}

async fn update_order(
    Auth(rc): Auth,
    Path((id, team_id)): Path<(String, String)>,
    Body(order): Body<Vec<String>>,
) -> Answer<Vec<String>> {
    let (id, team_id) = owner(&rc, &id, &team_id).await?;
    rc.core.update_sidebar_category_order(&id, &team_id, &order).await?;
    Ok(Json(order))
}

type CategoryPath = Path<(String, String, String)>;

async fn get_category(
    Auth(rc): Auth,
    Path((id, team_id, category_id)): CategoryPath,
) -> Answer<SidebarCategoryWithChannels> {
    let (id, team_id) = owner(&rc, &id, &team_id).await?;
    Ok(Json(rc.core.get_sidebar_category(&id, &team_id, &category_id).await?))
}

async fn update_category(
    Auth(rc): Auth,
    Path((id, team_id, category_id)): CategoryPath,
    Body(category): Body<SidebarCategoryWithChannels>,
) -> Answer<SidebarCategoryWithChannels> {
    let (id, team_id) = owner(&rc, &id, &team_id).await?;
    check_owner(&category, &id, &team_id)?;
    let category = SidebarCategoryWithChannels { id: category_id, ..category };
    let mut updated = rc.core.update_sidebar_categories(&id, &team_id, &[category]).await?;
    Ok(Json(updated.pop().unwrap_or_default()))
}

async fn delete_category(Auth(rc): Auth, Path((id, team_id, category_id)): CategoryPath) -> Answer<Value> {
    let (id, team_id) = owner(&rc, &id, &team_id).await?;
    rc.core.delete_sidebar_category(&id, &team_id, &category_id).await?;
    Ok(ok())
}
