//! Making and changing accounts.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::Value;
use wasmoat_model::{AppError, User, UserAuth, UserPatch};

use super::user_id;
use crate::{Answer, Auth, Body, Created, Error, MaybeAuth, Params, RequestContext, Server, ok};

/// May make and change other people's accounts.
const MANAGE_USERS: &str = "sysconsole_write_user_management_users";

pub async fn create_user(
    State(server): State<Server>,
    MaybeAuth { cx, context: rc }: MaybeAuth,
    params: Params,
    Body(mut user): Body<User>,
) -> Result<Created<User>, Error> {
    let admin = match &rc {
        Some(rc) => rc.core.session_has_permission_to(&rc.session, MANAGE_USERS).await,
        None => false,
    };
    user.sanitize_input(admin);
    let invite_id = params.text("iid");
    let user = if !params.text("t").is_empty() {
        let text = "Invitations by e-mail are not offered on this server.";
        return Err(AppError::new("createUser", "api.user.create_user.signup_link_invalid.app_error", 400, text).into());
    } else if !invite_id.is_empty() {
        server.core.create_user_with_invite_id(&cx, user, invite_id).await?
    } else if admin {
        server.core.create_user(&cx, user).await?
    } else {
        server.core.create_user_from_signup(&cx, user).await?
    };
    Ok(Created(user.for_self()))
}

pub async fn update_user(Auth(rc): Auth, Path(id): Path<String>, Body(mut user): Body<User>) -> Answer<User> {
    let id = user_id(&rc, &id)?;
    if user.id != id {
        return Err(Error::invalid_body("user_id"));
    }
    rc.require_user(id).await?;
    let password = std::mem::take(&mut user.password);
    confirm_email_change(&rc, id, &user.email, &password).await?;
    let change = rc.core.update_user(user).await?;
    Ok(Json(rc.visible_user(change.after).await))
}

pub async fn patch_user(Auth(rc): Auth, Path(id): Path<String>, Body(mut patch): Body<UserPatch>) -> Answer<User> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    let password = patch.password.take().unwrap_or_default();
    if let Some(email) = &patch.email {
        confirm_email_change(&rc, id, email, &password).await?;
    }
    let change = rc.core.patch_user(id, patch).await?;
    Ok(Json(rc.visible_user(change.after).await))
}

/// The own address changes only with the password: it is what a lost password is sent to.
async fn confirm_email_change(rc: &RequestContext, user_id: &str, email: &str, password: &str) -> Result<(), Error> {
    let stored = rc.core.get_user(user_id).await?;
    if user_id != rc.user_id() || stored.email.eq_ignore_ascii_case(email.trim()) {
        return Ok(());
    }
    if password.is_empty() {
        return Err(Error::invalid_body("password"));
    }
    rc.core.check_password_and_all_criteria(user_id, password).await?;
    Ok(())
}

#[derive(Debug, Deserialize)]
pub struct Active {
    active: Option<bool>,
}

pub async fn update_user_active(Auth(rc): Auth, Path(id): Path<String>, Body(body): Body<Active>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    let active = body.active.ok_or_else(|| Error::invalid_body("active"))?;
    may_deactivate(&rc, id, active).await?;
    rc.core.update_user_active(&rc.cx, id, active).await?;
    Ok(ok())
}

/// People may deactivate themselves where the configuration lets them; user managers may everybody
/// but system admins.
async fn may_deactivate(rc: &RequestContext, user_id: &str, active: bool) -> Result<(), Error> {
    let manager = rc.core.session_has_permission_to(&rc.session, MANAGE_USERS).await;
    if user_id == rc.user_id() && !active && !manager {
        if rc.core.config.flag("TeamSettings.EnableUserDeactivation") {
            return Ok(());
        }
        let text = "People cannot deactivate their own accounts on this server.";
        return Err(AppError::new("updateUserActive", "api.user.update_active.not_enable.app_error", 401, text).into());
    }
    require_manager(rc, user_id).await
}

async fn require_manager(rc: &RequestContext, user_id: &str) -> Result<(), Error> {
    rc.require(MANAGE_USERS).await?;
    if rc.core.get_user(user_id).await?.has_role(wasmoat_core::users::SYSTEM_ADMIN) {
        rc.require("manage_system").await?;
    }
    Ok(())
}

pub async fn delete_user(Auth(rc): Auth, Path(id): Path<String>, params: Params) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    rc.require_user(id).await?;
    if params.flag("permanent") {
        let text = "Accounts cannot be deleted for good on this server; they can be deactivated.";
        return Err(AppError::new("deleteUser", "api.user.delete_user.not_enabled.app_error", 401, text).into());
    }
    may_deactivate(&rc, id, false).await?;
    rc.core.delete_user(&rc.cx, id).await?;
    Ok(ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Roles {
    roles: String,
}

pub async fn update_user_roles(Auth(rc): Auth, Path(id): Path<String>, Body(body): Body<Roles>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    if body.roles.trim().is_empty() {
        return Err(Error::invalid_body("roles"));
    }
    rc.require("manage_roles").await?;
    rc.core.update_user_roles(id, &body.roles).await?;
    Ok(ok())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewPassword {
    current_password: String,
    new_password: String,
}

pub async fn update_password(Auth(rc): Auth, Path(id): Path<String>, Body(body): Body<NewPassword>) -> Answer<Value> {
    let id = user_id(&rc, &id)?;
    if id == rc.user_id() {
        if body.current_password.is_empty() {
            return Err(Error::invalid_body("current_password"));
        }
        rc.core.update_password_as_user(&rc.cx, id, &body.current_password, &body.new_password).await?;
    } else {
        require_manager(&rc, id).await?;
        rc.core.update_password(&rc.cx, id, &body.new_password).await?;
    }
    Ok(ok())
}

/// Makes an account log in by another service: whoever can, can take it over.
pub async fn update_user_auth(Auth(rc): Auth, Path(id): Path<String>, Body(auth): Body<UserAuth>) -> Answer<UserAuth> {
    let id = user_id(&rc, &id)?;
    rc.require("manage_system").await?;
    if auth.auth_service.is_empty() || auth.auth_data.as_deref().unwrap_or_default().is_empty() {
        let text = "`auth_service` and `auth_data` are both needed.";
        return Err(AppError::new("updateUserAuth", "api.user.update_user_auth.invalid_request", 400, text).into());
    }
    Ok(Json(rc.core.update_user_auth(id, auth).await?))
}

pub async fn verify_user_email(Auth(rc): Auth, Path(id): Path<String>) -> Answer<User> {
    let id = user_id(&rc, &id)?;
    rc.require("manage_system").await?;
    let user = rc.core.verify_user_email(id).await?;
    Ok(Json(rc.visible_user(user).await))
}
