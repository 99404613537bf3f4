//! The roles themselves: read from the store once, patched by admins.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use wasmoat_model::{AppError, Role, RolePatch, new_id, now_ms};

use super::{built_in, ids};
use crate::{
    Core,
    store::{Queries as _, args, record},
    websocket::Event,
};

record!(
    Role,
    "roles",
    key[id],
    [name, display_name, description, create_at, update_at, delete_at, permissions, scheme_managed, built_in,]
);

/// All roles by name, with their permissions ready to look up.
#[derive(Debug, Default)]
pub struct RoleMap(HashMap<String, (Role, HashSet<String>)>);

impl RoleMap {
    fn new(roles: Vec<Role>) -> Self {
        let entry = |role: Role| {
            let permissions = role.permissions.iter().cloned().collect();
            (role.name.clone(), (role, permissions))
        };
        Self(roles.into_iter().map(entry).collect())
    }

    /// Whether the role exists and has the permission.
    #[must_use]
    pub fn grants(&self, name: &str, permission: &str) -> bool {
        self.0.get(name).is_some_and(|(role, permissions)| role.delete_at == 0 && permissions.contains(permission))
    }

    /// One role.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Role> {
        self.0.get(name).map(|(role, _)| role)
    }

    /// All roles.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.0.values().map(|(role, _)| role)
    }
}

impl Core {
    /// All roles; the built-in ones are stored when the server first needs them.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn roles(&self) -> Result<Arc<RoleMap>, AppError> {
        let roles = self.people.roles.get("", async { self.load_roles().await.map(Some) }).await?;
        Ok(roles.unwrap_or_default())
    }

    async fn load_roles(&self) -> Result<Arc<RoleMap>, AppError> {
        let mut roles: Vec<Role> = self.store.read().await?.all("", args![]).await?;
        let missing: Vec<Role> =
            built_in::roles().into_iter().filter(|role| roles.iter().all(|stored| stored.name != role.name)).collect();
        for role in missing {
            let now = now_ms();
            let role = Role { id: new_id(), create_at: now, update_at: now, ..role };
            match self.store.read().await?.insert(&role).await {
                // Another task was first; its role is read the next time.
                Err(error) if error.is_unique_violation() => return Box::pin(self.load_roles()).await,
                done => done?,
            }
            roles.push(role);
        }
        for role in &mut roles {
            // An upgrade may bring permissions; the admin has them without a migration.
            if role.name == "system_admin" {
                role.permissions = ids::all().map(ToOwned::to_owned).collect();
            }
        }
        Ok(Arc::new(RoleMap::new(roles)))
    }

    /// Mattermost's `GetAllRoles`, by name.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_all_roles(&self) -> Result<Vec<Role>, AppError> {
        let mut roles: Vec<Role> = self.roles().await?.iter().cloned().collect();
        roles.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(roles)
    }

    /// Mattermost's `GetRole`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_role(&self, role_id: &str) -> Result<Role, AppError> {
        let roles = self.roles().await?;
        roles
            .iter()
            .find(|role| role.id == role_id)
            .cloned()
            .ok_or_else(|| missing("GetRole", "app.role.get.app_error", role_id))
    }

    /// Mattermost's `GetRoleByName`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_role_by_name(&self, name: &str) -> Result<Role, AppError> {
        let roles = self.roles().await?;
        roles.get(name).cloned().ok_or_else(|| missing("GetRoleByName", "app.role.get_by_name.app_error", name))
    }

    /// Mattermost's `GetRolesByNames`: the roles there are of these.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_roles_by_names(&self, names: &[String]) -> Result<Vec<Role>, AppError> {
        let roles = self.roles().await?;
        Ok(names.iter().filter_map(|name| roles.get(name).cloned()).collect())
    }

    /// Mattermost's `CheckRolesExist`.
    ///
    /// # Errors
    ///
    /// 400 naming the first role that does not exist.
    pub async fn check_roles_exist(&self, names: &[&str]) -> Result<(), AppError> {
        let roles = self.roles().await?;
        match names.iter().find(|name| roles.get(name).is_none()) {
            None => Ok(()),
            Some(name) => Err(AppError::new(
                "CheckRolesExist",
                "app.role.check_roles_exist.role_not_found",
                400,
                format!("There is no role `{name}`."),
            )),
        }
    }

    /// Mattermost's `PatchRole`: sets the permissions of a role, and tells everybody.
    ///
    /// # Errors
    ///
    /// 404 for an unknown role, 400 for an unknown permission, 501 for the system admin's role,
    /// which always has every permission.
    pub async fn patch_role(&self, role_id: &str, patch: &RolePatch) -> Result<Role, AppError> {
        let mut role = self.get_role(role_id).await?;
        let Some(permissions) = &patch.permissions else { return Ok(role) };
        if role.name == "system_admin" {
            return Err(AppError::new(
                "PatchRole",
                "api.roles.patch_roles.not_allowed_permission.error",
                501,
                "The system admin has every permission; this role cannot be changed.",
            ));
        }
        let known: HashSet<&str> = ids::all().collect();
        if let Some(unknown) = permissions.iter().find(|id| !known.contains(id.as_str())) {
            let message = format!("There is no permission `{unknown}`.");
            return Err(AppError::new("PatchRole", "model.role.is_valid.permissions.app_error", 400, message));
        }
        let mut seen = HashSet::new();
        role.permissions = permissions.iter().filter(|id| seen.insert(id.as_str())).cloned().collect();
        role.update_at = now_ms();
        self.store.read().await?.update(&role).await?;
        self.people.roles.clear();
        let text = serde_json::to_string(&role).unwrap_or_default();
        self.publish(Event::new("role_updated").data("role", text).to_everyone());
        Ok(role)
    }
}

fn missing(at: &str, id: &str, what: &str) -> AppError {
    AppError::new(at, id, 404, format!("There is no role `{what}`."))
}
