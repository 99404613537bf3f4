//! Finding files.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wasmoat_core::files::FileSearch;
use wasmoat_model::FileInfo;

use crate::{Auth, Body, Error, RequestContext, users::valid_id};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    terms: String,
    is_or_search: bool,
    time_zone_offset: i64,
    include_deleted_channels: bool,
    page: i64,
    per_page: Option<i64>,
}

pub(super) async fn everywhere(Auth(rc): Auth, Body(query): Body<Query>) -> Result<Json<Value>, Error> {
    search(&rc, "", query).await
}

pub(super) async fn in_team(
    Auth(rc): Auth,
    Path(team_id): Path<String>,
    Body(query): Body<Query>,
) -> Result<Json<Value>, Error> {
    let team_id = valid_id(&team_id, "team_id")?;
    rc.require_team(team_id, "view_team").await?;
    search(&rc, team_id, query).await
}

async fn search(rc: &RequestContext, team_id: &str, query: Query) -> Result<Json<Value>, Error> {
    if query.terms.is_empty() {
        return Err(Error::invalid_body("terms"));
    }
    let search = FileSearch {
        terms: query.terms,
        is_or_search: query.is_or_search,
        team_id: team_id.to_owned(),
        include_deleted_channels: query.include_deleted_channels,
        time_zone_offset: query.time_zone_offset,
        page: query.page,
        per_page: query.per_page.unwrap_or(60),
    };
    Ok(Json(list(&rc.core.search_files(rc.user_id(), &search).await?)))
}

/// Mattermost's `FileInfoList`.
fn list(infos: &[FileInfo]) -> Value {
    let order: Vec<&str> = infos.iter().map(|info| info.id.as_str()).collect();
    let map: Map<String, Value> = infos.iter().map(|info| (info.id.clone(), json!(info))).collect();
    json!({"order": order, "file_infos": map, "next_file_info_id": "", "prev_file_info_id": "", "first_inaccessible_file_time": 0})
}
