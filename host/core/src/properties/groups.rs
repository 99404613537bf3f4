//! Groups of properties.

use wasmoat_model::{ACCESS_CONTROL_GROUP, AppError, CUSTOM_PROFILE_ATTRIBUTES_GROUP, PropertyGroup, new_id};

use crate::{
    Core,
    store::{Queries as _, args, record},
};

record!(PropertyGroup, "property_groups", key[id], [name, version, schema_version]);

impl Core {
    /// Mattermost's `RegisterPropertyGroup`: the group of a name, made where there is none.
    ///
    /// # Errors
    ///
    /// 400 for a bad name and for the old name of the access control group.
    pub async fn register_property_group(&self, name: &str) -> Result<PropertyGroup, AppError> {
        check_name("RegisterPropertyGroup", name)?;
        // What the server brings is of the second generation, what plugins bring of either.
        let version = if name == ACCESS_CONTROL_GROUP { 2 } else { 1 };
        let group = PropertyGroup { id: new_id(), name: name.to_owned(), version, schema_version: 0 };
        group.is_valid()?;
        let sql = "INSERT INTO property_groups (id, name, version, schema_version) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (name) DO NOTHING";
        let mut connection = self.store.read().await?;
        connection.run(sql, args![group.id, group.name, group.version, group.schema_version]).await?;
        Ok(connection.one("WHERE name = $1", args![name]).await?.unwrap_or(group))
    }

    /// Mattermost's `GetPropertyGroup`: a group by name.
    ///
    /// # Errors
    ///
    /// 400 for the old name of the access control group; 500 for an unknown one, as in Mattermost.
    pub async fn get_property_group(&self, name: &str) -> Result<PropertyGroup, AppError> {
        let at = "GetPropertyGroup";
        check_name(at, name)?;
        if name == ACCESS_CONTROL_GROUP {
            return self.register_property_group(name).await;
        }
        let group = self.store.read().await?.one("WHERE name = $1", args![name]).await?;
        group.ok_or_else(|| {
            AppError::new(at, "app.property_group.get.app_error", 500, "There is no such property group.")
        })
    }

    /// A group by id.
    pub(super) async fn property_group(&self, at: &str, id: &str) -> Result<PropertyGroup, AppError> {
        let group = self.store.read().await?.one("WHERE id = $1", args![id]).await?;
        group.ok_or_else(|| {
            AppError::new(at, "app.property_group.not_found.app_error", 404, "There is no such property group.")
        })
    }
}

fn check_name(at: &str, name: &str) -> Result<(), AppError> {
    if name != CUSTOM_PROFILE_ATTRIBUTES_GROUP {
        return Ok(());
    }
    let text = format!("`{CUSTOM_PROFILE_ATTRIBUTES_GROUP}` is now `{ACCESS_CONTROL_GROUP}`.");
    Err(AppError::new(at, "app.property_group.deprecated.app_error", 400, text))
}
