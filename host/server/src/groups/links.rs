//! Links of groups to teams and channels. A link that is made or removed brings the memberships in
//! line, beside the request.

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post, put},
};
use serde_json::Value;
use wasmoat_model::{
    CreateDefaultMembershipParams, GROUP_SOURCE_CUSTOM, GroupSyncable, GroupSyncablePatch, GroupSyncableType,
};

use super::{READ, syncable_type};
use crate::{
    Answer, Auth, Body, Created, Error, RequestContext, Server, ok,
    users::{user_id, valid_id},
};

/// The routes.
pub fn routes() -> Router<Server> {
    let mut routes = Router::new();
    for kind in ["teams", "channels"] {
        let links = format!("/groups/{{group_id}}/{kind}");
        let link = format!("{links}/{{syncable_id}}");
        routes = routes
            .route(&links, get(move |auth, path| get_links(kind, auth, path)))
            .route(&link, get(move |auth, path| get_link(kind, auth, path)))
            .route(
                &format!("{link}/link"),
                post(move |auth, path, body| make_link(kind, auth, path, body))
                    .delete(move |auth, path| remove_link(kind, auth, path)),
            )
            .route(&format!("{link}/patch"), put(move |auth, path, body| patch_link(kind, auth, path, body)));
    }
    routes
}

type LinkPath = Path<(String, String)>;

async fn get_links(kind: &str, Auth(rc): Auth, Path(id): Path<String>) -> Answer<Vec<GroupSyncable>> {
    rc.check_directory_groups()?;
    rc.require(READ).await?;
    Ok(Json(rc.core.get_group_syncables(valid_id(&id, "group_id")?, syncable_type(kind)?).await?))
}

async fn get_link(kind: &str, Auth(rc): Auth, Path((id, syncable_id)): LinkPath) -> Answer<GroupSyncable> {
    rc.check_directory_groups()?;
    rc.require(READ).await?;
    let (id, syncable_id) = (valid_id(&id, "group_id")?, valid_id(&syncable_id, "syncable_id")?);
    Ok(Json(rc.core.get_group_syncable(id, syncable_id, syncable_type(kind)?).await?))
}

/// 403 unless the user may say who is in the team or the channel.
async fn require_link(rc: &RequestContext, r#type: GroupSyncableType, syncable_id: &str) -> Result<(), Error> {
    match r#type {
        GroupSyncableType::Team => rc.require_team(syncable_id, "manage_team").await,
        GroupSyncableType::Channel => {
            let channel = rc.core.get_channel(syncable_id).await?;
            rc.require_by_type(&channel, "manage_public_channel_members", "manage_private_channel_members").await
        }
    }
}

/// What a request to change a link is about, once it is allowed.
async fn changed(rc: &RequestContext, kind: &str, id: &str, syncable_id: &str) -> Result<GroupSyncableType, Error> {
    rc.check_directory_groups()?;
    valid_id(syncable_id, "syncable_id")?;
    let r#type = syncable_type(kind)?;
    require_link(rc, r#type, syncable_id).await?;
    if rc.core.get_group(valid_id(id, "group_id")?).await?.source == GROUP_SOURCE_CUSTOM {
        let text = "A custom group is not linked to teams and channels.";
        return Err(Error::new("app.group.crud_permission", 400, text));
    }
    Ok(r#type)
}

fn patched(link: GroupSyncable, patch: GroupSyncablePatch) -> GroupSyncable {
    GroupSyncable {
        auto_add: patch.auto_add.unwrap_or(link.auto_add),
        scheme_admin: patch.scheme_admin.unwrap_or(link.scheme_admin),
        ..link
    }
}

async fn make_link(
    kind: &str,
    Auth(rc): Auth,
    Path((id, syncable_id)): LinkPath,
    Body(patch): Body<GroupSyncablePatch>,
) -> Result<Created<GroupSyncable>, Error> {
    let r#type = changed(&rc, kind, &id, &syncable_id).await?;
    let link = GroupSyncable { group_id: id, syncable_id, r#type, ..GroupSyncable::default() };
    let link = rc.core.upsert_group_syncable(patched(link, patch)).await?;
    rc.core.sync_roles_and_membership_later(&rc.cx, r#type, &link.syncable_id);
    Ok(Created(link))
}

async fn patch_link(
    kind: &str,
    Auth(rc): Auth,
    Path((id, syncable_id)): LinkPath,
    Body(patch): Body<GroupSyncablePatch>,
) -> Answer<GroupSyncable> {
    let r#type = changed(&rc, kind, &id, &syncable_id).await?;
    let link = rc.core.get_group_syncable(&id, &syncable_id, r#type).await?;
    let link = rc.core.update_group_syncable(patched(link, patch)).await?;
    rc.core.sync_roles_and_membership_later(&rc.cx, r#type, &link.syncable_id);
    Ok(Json(link))
}

async fn remove_link(kind: &str, Auth(rc): Auth, Path((id, syncable_id)): LinkPath) -> Answer<Value> {
    let r#type = changed(&rc, kind, &id, &syncable_id).await?;
    rc.core.delete_group_syncable(&id, &syncable_id, r#type).await?;
    rc.core.sync_roles_and_membership_later(&rc.cx, r#type, &syncable_id);
    Ok(ok())
}

/// Brings one user into everything that the user's groups are linked to.
pub async fn add_user_to_syncables(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    rc.check_directory_groups()?;
    rc.require("sysconsole_write_user_management_groups").await?;
    let user = rc.core.get_user(user_id(&rc, &id)?).await?;
    let params = CreateDefaultMembershipParams {
        re_add_removed_members: true,
        scoped_user_id: Some(user.id),
        ..CreateDefaultMembershipParams::default()
    };
    rc.core.create_default_memberships(&rc.cx, &params).await?;
    Ok(ok())
}
