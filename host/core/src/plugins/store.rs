//! The rows of installed plugins and of what was granted to them.

use sqlx::{AnyConnection, Row as _, any::AnyRow};
use wasmoat_model::Manifest;

use super::{Grant, Installed};
use crate::store::{Column, Queries as _, StoreError, args};

fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, name: &str) -> Result<T, sqlx::Error> {
    let text: String = row.try_get(name)?;
    serde_json::from_str(&text)
        .map_err(|error| sqlx::Error::ColumnDecode { index: name.to_owned(), source: error.into() })
}

fn read_plugin(row: &AnyRow) -> Result<Installed, sqlx::Error> {
    Ok(Installed {
        manifest: json::<Manifest>(row, "manifest")?,
        digest: Column::read(row, "digest")?,
        size: Column::read(row, "size")?,
        folder: Column::read(row, "folder")?,
        inspection: json(row, "inspection")?,
        installed_at: Column::read(row, "installed_at")?,
        installed_by: Column::read(row, "installed_by")?,
        signature: Column::read(row, "signature")?,
    })
}

pub(super) async fn plugins(connection: &mut AnyConnection) -> Result<Vec<Installed>, StoreError> {
    connection.rows("SELECT * FROM plugins ORDER BY id", args![], read_plugin).await
}

/// Versions that wait for approval.
pub(super) async fn pending(connection: &mut AnyConnection) -> Result<Vec<Installed>, StoreError> {
    connection.rows("SELECT * FROM plugins_pending ORDER BY id", args![], read_plugin).await
}

/// Stores a plugin in place of any other of its id, approved or not. It waits no more, and what was
/// granted to other components of it is over.
pub(super) async fn put(tx: &mut AnyConnection, plugin: &Installed) -> Result<(), StoreError> {
    put_in(tx, "plugins", plugin).await?;
    let waits_no_more = "DELETE FROM plugins_pending WHERE id = $1 AND folder = $2";
    tx.run(waits_no_more, args![plugin.id(), plugin.folder]).await?;
    let are_over = "DELETE FROM plugin_grants WHERE plugin_id = $1 AND digest <> $2";
    tx.run(are_over, args![plugin.id(), plugin.digest]).await?;
    Ok(())
}

/// Stores a version that waits, in place of any other of its id that does.
pub(super) async fn put_pending(connection: &mut AnyConnection, plugin: &Installed) -> Result<(), StoreError> {
    put_in(connection, "plugins_pending", plugin).await
}

async fn put_in(connection: &mut AnyConnection, table: &str, plugin: &Installed) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO {table} (id, version, digest, size, folder, manifest, inspection, installed_at, installed_by, signature)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               ON CONFLICT (id) DO UPDATE SET version = excluded.version, digest = excluded.digest,
               size = excluded.size, folder = excluded.folder, manifest = excluded.manifest,
               inspection = excluded.inspection, installed_at = excluded.installed_at,
               installed_by = excluded.installed_by, signature = excluded.signature"
    );
    // A manifest always has a JSON form.
    let manifest = serde_json::to_string(&plugin.manifest).unwrap_or_default();
    let row = args![
        plugin.id(),
        plugin.manifest.version,
        plugin.digest,
        plugin.size,
        plugin.folder,
        manifest,
        plugin.inspection,
        plugin.installed_at,
        plugin.installed_by,
        plugin.signature
    ];
    connection.run(&sql, row).await?;
    Ok(())
}

/// Deletes a plugin, what of it waits, and what was granted to it.
pub(super) async fn delete(tx: &mut AnyConnection, id: &str) -> Result<(), StoreError> {
    tx.run("DELETE FROM plugins WHERE id = $1", args![id]).await?;
    delete_pending(tx, id).await?;
    tx.run("DELETE FROM plugin_grants WHERE plugin_id = $1", args![id]).await?;
    Ok(())
}

/// Deletes the row of what waits.
pub(super) async fn delete_pending(connection: &mut AnyConnection, id: &str) -> Result<(), StoreError> {
    connection.run("DELETE FROM plugins_pending WHERE id = $1", args![id]).await?;
    Ok(())
}

pub(super) async fn grant(connection: &mut AnyConnection, grant: &Grant) -> Result<(), StoreError> {
    let sql = "INSERT INTO plugin_grants (plugin_id, digest, signer, consent, approved_by, approved_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (plugin_id, digest) DO UPDATE SET signer = excluded.signer, consent = excluded.consent,
               approved_by = excluded.approved_by, approved_at = excluded.approved_at";
    // A consent always has a JSON form.
    let consent = serde_json::to_string(&grant.consent).unwrap_or_default();
    let row = args![grant.plugin_id, grant.digest, grant.signer, consent, grant.approved_by, grant.approved_at];
    connection.run(sql, row).await?;
    Ok(())
}

pub(super) async fn granted(
    connection: &mut AnyConnection,
    plugin_id: &str,
    digest: &str,
) -> Result<Option<Grant>, StoreError> {
    let sql = "SELECT * FROM plugin_grants WHERE plugin_id = $1 AND digest = $2";
    let found = connection.rows(sql, args![plugin_id, digest], |row| {
        Ok(Grant {
            plugin_id: Column::read(row, "plugin_id")?,
            digest: Column::read(row, "digest")?,
            signer: Column::read(row, "signer")?,
            consent: json(row, "consent")?,
            approved_by: Column::read(row, "approved_by")?,
            approved_at: Column::read(row, "approved_at")?,
        })
    });
    Ok(found.await?.into_iter().next())
}
