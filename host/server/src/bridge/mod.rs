//! `/api/v4/plugins/bridge/…`: who offers what to whom over the bridge, and what was called last.
//! Beside Mattermost's API.

mod svg;

use axum::{Json, Router, http::header, response::IntoResponse, response::Response, routing::get};
use serde_json::{Value, json};
use wasmoat_runtime::BridgeMap;

use crate::{Answer, Auth, Error, Params, Server};

/// Hops where the request names no number, and most of them.
const HOPS: (i64, i64) = (100, 4_096);

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/plugins/bridge/map", get(get_map))
        .route("/plugins/bridge/map.svg", get(get_map_svg))
        .route("/plugins/bridge/hops", get(get_hops))
}

async fn get_map(Auth(rc): Auth) -> Answer<BridgeMap> {
    rc.require("sysconsole_read_plugins").await?;
    Ok(Json(rc.core.bridge_map()))
}

/// The map as a picture.
async fn get_map_svg(Auth(rc): Auth) -> Result<Response, Error> {
    rc.require("sysconsole_read_plugins").await?;
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml; charset=utf-8"),
        // A picture and nothing else, whatever is in the texts of plugins.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    Ok((headers, svg::draw(&rc.core.bridge_map())).into_response())
}

/// The last hops, or those of one request: `request_id`, `most`.
async fn get_hops(Auth(rc): Auth, params: Params) -> Answer<Value> {
    rc.require("sysconsole_read_plugins").await?;
    let request_id = params.text("request_id");
    let most = usize::try_from(params.number("most", HOPS.0).clamp(1, HOPS.1)).unwrap_or(1);
    let request_id = Some(request_id).filter(|id| !id.is_empty());
    Ok(Json(json!({ "hops": rc.core.runtime.hops(request_id, most) })))
}
