//! `/api/v4/roles`.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post, put},
};
use wasmoat_model::{Role, RolePatch};

use crate::{Answer, Auth, Body, Error, Server, users::valid_id};

/// Roles of one request.
const AT_ONCE: usize = 100;

/// The routes.
pub fn routes() -> Router<Server> {
    Router::new()
        .route("/roles", get(get_all_roles))
        .route("/roles/names", post(get_roles_by_names))
        .route("/roles/name/{role_name}", get(get_role_by_name))
        .route("/roles/{role_id}", get(get_role))
        .route("/roles/{role_id}/patch", put(patch_role))
}

async fn get_all_roles(Auth(rc): Auth) -> Answer<Vec<Role>> {
    rc.require("manage_system").await?;
    Ok(Json(rc.core.get_all_roles().await?))
}

async fn get_role(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Role> {
    Ok(Json(rc.core.get_role(valid_id(&id, "role_id")?).await?))
}

async fn get_role_by_name(Auth(rc): Auth, Path(name): Path<String>) -> Answer<Role> {
    Ok(Json(rc.core.get_role_by_name(&name).await?))
}

async fn get_roles_by_names(Auth(rc): Auth, Body(names): Body<Vec<String>>) -> Answer<Vec<Role>> {
    if names.is_empty() || names.len() > AT_ONCE {
        return Err(Error::invalid_body("rolenames"));
    }
    Ok(Json(rc.core.get_roles_by_names(&names).await?))
}

async fn patch_role(Auth(rc): Auth, Path(id): Path<String>, Body(patch): Body<RolePatch>) -> Answer<Role> {
    let id = valid_id(&id, "role_id")?;
    rc.require("sysconsole_write_user_management_permissions").await?;
    Ok(Json(rc.core.patch_role(id, &patch).await?))
}
