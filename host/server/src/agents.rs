//! `/api/v4/agents`, `/api/v4/llmservices` and the rewriting of drafts: what the server does with the
//! plugin Agents.

use axum::{
    Json, Router,
    routing::{get, post},
};
use serde_json::{Value, json};
use wasmoat_core::agents::{AgentsStatus, BridgeAgent, BridgeService, Rewrite};

use crate::{Answer, Auth, Body, Server};

pub(crate) fn routes() -> Router<Server> {
    Router::new()
        .route("/agents", get(get_agents))
        .route("/agents/status", get(get_agents_status))
        .route("/llmservices", get(get_llm_services))
        .route("/posts/rewrite", post(rewrite_message))
}

async fn get_agents(Auth(rc): Auth) -> Answer<Vec<BridgeAgent>> {
    Ok(Json(rc.core.get_agents(&rc.cx).await?))
}

async fn get_agents_status(Auth(rc): Auth) -> Answer<AgentsStatus> {
    Ok(Json(rc.core.get_agents_status()))
}

async fn get_llm_services(Auth(rc): Auth) -> Answer<Vec<BridgeService>> {
    Ok(Json(rc.core.get_llm_services(&rc.cx).await?))
}

async fn rewrite_message(Auth(rc): Auth, Body(rewrite): Body<Rewrite>) -> Answer<Value> {
    let text = rc.core.rewrite_message(&rc.cx, &rewrite).await?;
    Ok(Json(json!({ "rewritten_text": text })))
}
