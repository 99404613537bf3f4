//! `/api/v4/users/{user_id}/preferences`.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use serde_json::Value;
use wasmoat_model::Preference;

use crate::{Answer, Auth, Body, Error, Server, ok, users::user_id};

/// Preferences of one request.
const AT_ONCE: usize = 100;

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/users/{user_id}/preferences", get(get_preferences).put(update_preferences))
        .route("/users/{user_id}/preferences/delete", post(delete_preferences))
        .route("/users/{user_id}/preferences/{category}", get(get_preferences_by_category))
        .route("/users/{user_id}/preferences/{category}/name/{preference_name}", get(get_preference))
}

async fn get_preferences(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Preference>> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    Ok(Json(rc.core.get_preferences_for_user(id).await?))
}

async fn get_preferences_by_category(
    Auth(rc): Auth,
    Path((id, category)): Path<(String, String)>,
) -> Answer<Vec<Preference>> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    Ok(Json(rc.core.get_preferences_by_category(id, &category).await?))
}

async fn get_preference(
    Auth(rc): Auth,
    Path((id, category, name)): Path<(String, String, String)>,
) -> Answer<Preference> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    Ok(Json(rc.core.get_preference(id, &category, &name).await?))
}

async fn update_preferences(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(preferences): Body<Vec<Preference>>,
) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    if preferences.is_empty() || preferences.len() > AT_ONCE {
        return Err(Error::invalid_body("preferences"));
    }
    for preference in preferences.iter().filter(|preference| preference.category == "flagged_post") {
        let post = rc.core.get_post(&preference.name).await?;
        rc.require_channel(&post.channel_id, "read_channel_content").await?;
    }
    rc.core.update_preferences(&rc.cx, id, preferences).await?;
    Ok(ok())
}

async fn delete_preferences(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(preferences): Body<Vec<Preference>>,
) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    if preferences.is_empty() || preferences.len() > AT_ONCE {
        return Err(Error::invalid_body("preferences"));
    }
    rc.core.delete_preferences(id, &preferences).await?;
    Ok(ok())
}
