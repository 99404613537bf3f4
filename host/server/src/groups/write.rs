//! Making and changing groups. Clients make custom groups; those of a directory or a plugin are
//! made elsewhere.

use axum::{Json, extract::Path};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_model::{GROUP_SOURCE_CUSTOM, Group, GroupMember, GroupPatch};

use crate::{Answer, Auth, Body, Created, Error, RequestContext, ok};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewGroup {
    #[serde(flatten)]
    group: Group,
    user_ids: Vec<String>,
}

pub async fn create_group(Auth(rc): Auth, Body(new): Body<NewGroup>) -> Result<Created<Group>, Error> {
    rc.check_groups()?;
    if new.group.source != GROUP_SOURCE_CUSTOM {
        return Err(Error::invalid_body("group.source"));
    }
    rc.check_source(&new.group.source)?;
    rc.require("create_custom_group").await?;
    if !new.group.allow_reference {
        return Err(Error::invalid_body("group.allow_reference"));
    }
    if new.group.remote_id.as_deref().is_some_and(|id| !id.is_empty()) {
        return Err(Error::invalid_body("group.remote_id"));
    }
    let group = Group { id: String::new(), ..new.group };
    Ok(Created(rc.core.create_group_with_user_ids(group, &new.user_ids).await?))
}

/// A custom group that the user may do this to.
async fn custom_group(rc: &RequestContext, id: &str, permission: &str) -> Result<Group, Error> {
    let group = rc.usable_group(id).await?;
    if group.source != GROUP_SOURCE_CUSTOM {
        let text = "A group of a directory or a plugin is not changed here.";
        return Err(Error::new("app.group.crud_permission", 400, text));
    }
    rc.require_group(&group, permission).await?;
    Ok(group)
}

pub async fn patch_group(Auth(rc): Auth, Path(id): Path<String>, Body(patch): Body<GroupPatch>) -> Answer<Group> {
    let mut group = rc.usable_group(&id).await?;
    if group.source == GROUP_SOURCE_CUSTOM {
        rc.require_group(&group, "edit_custom_group").await?;
        if patch.allow_reference == Some(false) {
            return Err(Error::invalid_body("allow_reference"));
        }
    } else {
        rc.require("sysconsole_write_user_management_groups").await?;
        if patch.allow_reference == Some(true) && patch.name.is_none() && group.name.is_none() {
            group.name = Some(name_of(&group.display_name));
        }
    }
    group.patch(patch);
    Ok(Json(rc.core.update_group(group).await?))
}

/// A name for messages, made from the one for people.
fn name_of(display_name: &str) -> String {
    let name = display_name.trim().to_lowercase().replace(' ', "-");
    name.chars().filter(|c| c.is_ascii_alphanumeric() || ".-_".contains(*c)).take(64).collect()
}

pub async fn delete_group(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Value> {
    let group = custom_group(&rc, &id, "delete_custom_group").await?;
    rc.core.delete_group(&group.id).await?;
    Ok(ok())
}

pub async fn restore_group(Auth(rc): Auth, Path(id): Path<String>) -> Answer<Group> {
    let group = custom_group(&rc, &id, "restore_custom_group").await?;
    Ok(Json(rc.core.restore_group(&group.id).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Members {
    user_ids: Vec<String>,
}

pub async fn add_members(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(members): Body<Members>,
) -> Answer<Vec<GroupMember>> {
    let group = custom_group(&rc, &id, "manage_custom_group_members").await?;
    Ok(Json(rc.core.upsert_group_members(&group.id, &members.user_ids).await?))
}

pub async fn delete_members(
    Auth(rc): Auth,
    Path(id): Path<String>,
    Body(members): Body<Members>,
) -> Answer<Vec<GroupMember>> {
    let group = custom_group(&rc, &id, "manage_custom_group_members").await?;
    Ok(Json(rc.core.delete_group_members(&group.id, &members.user_ids).await?))
}
