//! `/api/v4/cluster/status`.

use axum::{Json, Router, routing::get};
use wasmoat_model::ClusterInfo;

use crate::{Answer, Auth, Server};

pub(crate) fn routes() -> Router<Server> {
    Router::new().route("/cluster/status", get(get_cluster_status))
}

async fn get_cluster_status(Auth(rc): Auth) -> Answer<Vec<ClusterInfo>> {
    rc.require("sysconsole_read_environment_high_availability").await?;
    Ok(Json(rc.core.get_cluster_status().await?))
}
