//! Searching posts.

use axum::{Json, extract::Path};
use wasmoat_model::{PostSearchResults, SearchParameter};

use crate::{Answer, Auth, Body, Error, RequestContext, users::valid_id};

/// Posts of a page where the client names no number.
const PER_PAGE: i32 = 60;
/// Most posts of a page; larger numbers are cut.
const PER_PAGE_LIMIT: i32 = 200;

async fn search(rc: &RequestContext, team_id: &str, asked: SearchParameter) -> Answer<PostSearchResults> {
    if asked.terms.as_deref().unwrap_or_default().is_empty() {
        return Err(Error::invalid_body("terms"));
    }
    let per_page = asked.per_page.unwrap_or(PER_PAGE).clamp(0, PER_PAGE_LIMIT);
    let asked = SearchParameter { per_page: Some(per_page), ..asked };
    let list = rc.core.search_posts_for_user(team_id, rc.user_id(), &asked).await?;
    Ok(Json(rc.core.prepare_post_list(&rc.cx, list).await?.into()))
}

pub async fn search_posts(
    Auth(rc): Auth,
    Path(team_id): Path<String>,
    Body(asked): Body<SearchParameter>,
) -> Answer<PostSearchResults> {
    let team_id = valid_id(&team_id, "team_id")?;
    rc.require_team(team_id, "view_team").await?;
    search(&rc, team_id, asked).await
}

pub async fn search_posts_in_all_teams(
    Auth(rc): Auth,
    Body(asked): Body<SearchParameter>,
) -> Answer<PostSearchResults> {
    search(&rc, "", asked).await
}
