//! `/api/v4/data_retention` and the policies of a user.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wasmoat_model::{Channel, GlobalRetentionPolicy, RetentionPolicy, RetentionPolicyPatch, Team};

use crate::{
    Answer, Auth, Body, Created, Error, Paging, RequestContext, Server,
    channels::pages,
    ok,
    users::{user_id, valid_id},
};

const READ: &str = "sysconsole_read_compliance_data_retention_policy";
const WRITE: &str = "sysconsole_write_compliance_data_retention_policy";

/// The routes.
pub fn routes() -> Router<Server> {
    let policy = "/data_retention/policies/{policy_id}";
    Router::new()
        .route("/data_retention/policy", get(get_global))
        .route("/data_retention/policies_count", get(get_count))
        .route("/data_retention/policies", get(get_policies).post(create_policy))
        .route(policy, get(get_policy).patch(patch_policy).delete(delete_policy))
        .route(&format!("{policy}/teams"), get(get_teams).post(add_teams).delete(remove_teams))
        .route(&format!("{policy}/teams/search"), post(search_teams))
        .route(&format!("{policy}/channels"), get(get_channels).post(add_channels).delete(remove_channels))
        .route(&format!("{policy}/channels/search"), post(search_channels))
        .route("/users/{user_id}/data_retention/team_policies", get(get_team_policies))
        .route("/users/{user_id}/data_retention/channel_policies", get(get_channel_policies))
}

/// The id of a path, for those who have the permission.
async fn policy_id<'a>(rc: &RequestContext, id: &'a str, permission: &str) -> Result<&'a str, Error> {
    rc.require(permission).await?;
    valid_id(id, "policy_id")
}

async fn get_global(Auth(rc): Auth) -> Answer<GlobalRetentionPolicy> {
    Ok(Json(rc.core.get_global_retention_policy()?))
}

async fn get_count(Auth(rc): Auth) -> Answer<Value> {
    rc.require(READ).await?;
    Ok(Json(json!({"total_count": rc.core.get_retention_policies_count().await?})))
}

async fn get_policies(Auth(rc): Auth, paging: Paging) -> Answer<Value> {
    rc.require(READ).await?;
    let (page, per_page) = pages(paging);
    let policies = rc.core.get_retention_policies(page, per_page).await?;
    Ok(Json(json!({"policies": policies, "total_count": rc.core.get_retention_policies_count().await?})))
}

async fn create_policy(Auth(rc): Auth, Body(policy): Body<RetentionPolicy>) -> Result<Created<RetentionPolicy>, Error> {
    rc.require(WRITE).await?;
    Ok(Created(rc.core.create_retention_policy(policy).await?))
}

async fn get_policy(Auth(rc): Auth, Path(id): Path<String>) -> Answer<RetentionPolicy> {
    let id = policy_id(&rc, &id, READ).await?;
    Ok(Json(rc.core.get_retention_policy(id).await?))
}

async fn patch_policy(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(patch): Body<RetentionPolicyPatch>,
) -> Answer<RetentionPolicy> {
    let id = policy_id(&rc, &id, WRITE).await?;
    Ok(Json(rc.core.patch_retention_policy(id, patch).await?))
}

async fn delete_policy(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let id = policy_id(&rc, &id, WRITE).await?;
    rc.core.delete_retention_policy(id).await?;
    Ok(ok())
}

async fn get_teams(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Value> {
    let id = policy_id(&rc, &id, READ).await?;
    let (page, per_page) = pages(paging);
    let (teams, total) = rc.core.get_teams_for_retention_policy(id, page, per_page).await?;
    let teams: Vec<Team> = teams.into_iter().map(Team::sanitized).collect();
    Ok(Json(json!({"teams": teams, "total_count": total})))
}

async fn add_teams(Auth(rc): Auth, Path(id): Path<String>, Body(ids): Body<Vec<String>>) -> Answer<Value> {
    let id = policy_id(&rc, &id, WRITE).await?;
    rc.core.add_teams_to_retention_policy(id, &ids).await?;
    Ok(ok())
}

async fn remove_teams(Auth(rc): Auth, Path(id): Path<String>, Body(ids): Body<Vec<String>>) -> Answer<Value> {
    let id = policy_id(&rc, &id, WRITE).await?;
    rc.core.remove_teams_from_retention_policy(id, &ids).await?;
    Ok(ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    term: String,
}

async fn search_teams(Auth(rc): Auth, Path(id): Path<String>, Body(search): Body<Search>) -> Answer<Vec<Team>> {
    let id = policy_id(&rc, &id, READ).await?;
    let teams = rc.core.search_teams_of_retention_policy(id, &search.term).await?;
    Ok(Json(teams.into_iter().map(Team::sanitized).collect()))
}

async fn get_channels(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Value> {
    let id = policy_id(&rc, &id, READ).await?;
    let (page, per_page) = pages(paging);
    let (channels, total) = rc.core.get_channels_for_retention_policy(id, page, per_page).await?;
    Ok(Json(json!({"channels": channels, "total_count": total})))
}

async fn add_channels(Auth(rc): Auth, Path(id): Path<String>, Body(ids): Body<Vec<String>>) -> Answer<Value> {
    let id = policy_id(&rc, &id, WRITE).await?;
    rc.core.add_channels_to_retention_policy(id, &ids).await?;
    Ok(ok())
}

async fn remove_channels(Auth(rc): Auth, Path(id): Path<String>, Body(ids): Body<Vec<String>>) -> Answer<Value> {
    let id = policy_id(&rc, &id, WRITE).await?;
    rc.core.remove_channels_from_retention_policy(id, &ids).await?;
    Ok(ok())
}

async fn search_channels(Auth(rc): Auth, Path(id): Path<String>, Body(search): Body<Search>) -> Answer<Vec<Channel>> {
    let id = policy_id(&rc, &id, READ).await?;
    Ok(Json(rc.core.search_channels_of_retention_policy(id, &search.term).await?))
}

/// One's own policies, or anybody's for who manages the system.
async fn policies_of<'a>(rc: &'a RequestContext, id: &'a str) -> Result<&'a str, Error> {
    let id = user_id(rc, id)?;
    if id != rc.user_id() {
        rc.require("manage_system").await?;
    }
    Ok(id)
}

async fn get_team_policies(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Value> {
    let id = policies_of(&rc, &id).await?;
    let (page, per_page) = pages(paging);
    let (policies, total) = rc.core.get_team_policies_for_user(id, page, per_page).await?;
    Ok(Json(json!({"policies": policies, "total_count": total})))
}

async fn get_channel_policies(Auth(rc): Auth, Path(id): Path<String>, paging: Paging) -> Answer<Value> {
    let id = policies_of(&rc, &id).await?;
    let (page, per_page) = pages(paging);
    let (policies, total) = rc.core.get_channel_policies_for_user(id, page, per_page).await?;
    Ok(Json(json!({"policies": policies, "total_count": total})))
}
