//! Reading posts.

use std::collections::{BTreeMap, HashMap};

use axum::{Json, extract::Path};
use wasmoat_core::posts::{Around, PostPage};
use wasmoat_model::{FileInfo, Post, PostList, Reaction, is_valid_id};

use crate::{
    Answer, Auth, Body, Error, Paging, Params, RequestContext,
    channels::pages,
    users::{user_id, valid_id},
};

/// Posts that are asked for by id at once.
const IDS_AT_ONCE: usize = 1000;
/// Most posts on each side of the last unread one.
const AROUND_LIMIT: i64 = 200;

/// What a client asks of a page.
fn page(rc: &RequestContext, params: &Params, paging: Paging) -> PostPage {
    let (page, per_page) = pages(paging);
    PostPage {
        page,
        per_page,
        skip_fetch_threads: params.flag("skipFetchThreads"),
        collapsed_threads: params.flag("collapsedThreads"),
        extended: params.flag("collapsedThreadsExtended"),
        include_deleted: params.flag("include_deleted"),
        reader: Some(rc.user_id().to_owned()),
    }
}

/// A post that the user may read.
async fn readable(rc: &RequestContext, id: &str, include_deleted: bool) -> Result<Post, Error> {
    if include_deleted {
        rc.require("manage_system").await?;
    }
    let post = rc.core.get_single_post(valid_id(id, "post_id")?, include_deleted).await?;
    rc.require_channel_content(&post.channel_id).await?;
    Ok(post)
}

pub async fn get_post(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Post> {
    let post = readable(&rc, &id, params.flag("include_deleted")).await?;
    Ok(Json(rc.core.prepare_post(&rc.cx, post).await?))
}

/// Those of the posts that the user may read.
async fn readable_of(rc: &RequestContext, ids: &[String]) -> Result<Vec<Post>, Error> {
    if ids.is_empty() || ids.len() > IDS_AT_ONCE || ids.iter().any(|id| !is_valid_id(id)) {
        return Err(Error::invalid_body("post_ids"));
    }
    let mut allowed: HashMap<String, bool> = HashMap::new();
    let mut readable = Vec::new();
    for post in rc.core.get_posts_by_ids(ids).await? {
        let may = match allowed.get(&post.channel_id) {
            Some(may) => *may,
            None => rc.require_channel_content(&post.channel_id).await.is_ok(),
        };
        allowed.insert(post.channel_id.clone(), may);
        if may {
            readable.push(post);
        }
    }
    Ok(readable)
}

pub async fn get_posts_by_ids(Auth(rc): Auth, Body(ids): Body<Vec<String>>) -> Answer<Vec<Post>> {
    let posts = readable_of(&rc, &ids).await?;
    Ok(Json(rc.core.prepare_posts(&rc.cx, posts).await?))
}

pub async fn get_bulk_reactions(
    Auth(rc): Auth,
    Body(ids): Body<Vec<String>>,
) -> Answer<BTreeMap<String, Vec<Reaction>>> {
    let posts = readable_of(&rc, &ids).await?;
    let mut by_post: BTreeMap<String, Vec<Reaction>> = posts.into_iter().map(|post| (post.id, Vec::new())).collect();
    let readable: Vec<String> = by_post.keys().cloned().collect();
    for reaction in rc.core.reactions_of_posts(&readable).await? {
        by_post.entry(reaction.post_id.clone()).or_default().push(reaction);
    }
    Ok(Json(by_post))
}

pub async fn get_post_thread(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<PostList> {
    let post = readable(&rc, &id, false).await?;
    let page = PostPage { include_deleted: false, ..page(&rc, &params, paging) };
    let list = rc.core.get_post_thread(&post.id, &page).await?;
    Ok(Json(rc.core.prepare_post_list(&rc.cx, list).await?))
}

pub async fn get_reactions(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Reaction>> {
    let post = readable(&rc, &id, false).await?;
    Ok(Json(rc.core.get_reactions_for_post(&post.id).await?))
}

pub async fn get_file_infos(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Vec<FileInfo>> {
    let post = readable(&rc, &id, params.flag("include_deleted")).await?;
    Ok(Json(rc.core.get_file_infos_for_post(&post).await?))
}

pub async fn get_edit_history(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<Post>> {
    let post = readable(&rc, &id, false).await?;
    rc.require_channel(&post.channel_id, "edit_post").await?;
    if post.user_id != rc.user_id() {
        return Err(Error::forbidden());
    }
    let history = rc.core.get_edit_history_for_post(&post.id).await?;
    Ok(Json(rc.core.consume_posts(&rc.cx, history).await?))
}

pub async fn get_posts_for_channel(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<PostList> {
    let id = valid_id(&id, "channel_id")?;
    rc.require_channel_content(id).await?;
    let page = page(&rc, &params, paging);
    if page.include_deleted {
        rc.require_channel(id, "read_deleted_posts").await?;
    }
    let (before, after, since) = (params.text("before"), params.text("after"), params.text("since"));
    let list = if !since.is_empty() {
        let since = since.parse().map_err(|_error| Error::invalid_url("since"))?;
        rc.core.get_posts_since(id, since, &page).await?
    } else if !after.is_empty() {
        rc.core.get_posts_after(id, valid_id(after, "after")?, &page).await?
    } else if !before.is_empty() {
        rc.core.get_posts_before(id, valid_id(before, "before")?, &page).await?
    } else {
        rc.core.get_posts_page(id, &page).await?
    };
    Ok(Json(rc.core.prepare_post_list(&rc.cx, list).await?))
}

pub async fn get_pinned_posts(Auth(rc): Auth, Path(id): Path<String>) -> Answer<PostList> {
    let id = valid_id(&id, "channel_id")?;
    rc.require_channel_content(id).await?;
    let list = rc.core.get_pinned_posts(id).await?;
    Ok(Json(rc.core.prepare_post_list(&rc.cx, list).await?))
}

pub async fn get_flagged_posts(
    Auth(rc): Auth,
    Path(id): Path<String>,
    params: Params,
    paging: Paging,
) -> Answer<PostList> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let page = page(&rc, &params, paging);
    let list = rc.core.get_flagged_posts(id, params.text("team_id"), params.text("channel_id"), &page).await?;
    Ok(Json(rc.core.prepare_post_list(&rc.cx, list).await?))
}

pub async fn get_posts_around_last_unread(
    Auth(rc): Auth,
    Path((id, channel_id)): Path<(String, String)>,
    params: Params,
    paging: Paging,
) -> Answer<PostList> {
    let (id, channel_id) = (user_id(&rc, &id)?, valid_id(&channel_id, "channel_id")?);
    rc.require_user(id).await?;
    rc.require_channel(channel_id, "read_channel_content").await?;
    let number = |name: &str| params.number(name, 60).clamp(0, AROUND_LIMIT);
    let around = Around { before: number("limit_before"), after: number("limit_after") };
    if around.after == 0 {
        return Err(Error::invalid_url("limit_after"));
    }
    let list = rc.core.get_posts_around_last_unread(channel_id, id, around, &page(&rc, &params, paging)).await?;
    Ok(Json(rc.core.prepare_post_list(&rc.cx, list).await?))
}
