//! Remotes that plugins stand for.

use wasmoat_model::{
    AppError, REMOTE_AUTO_INVITED, REMOTE_AUTO_SHARE_DMS, REMOTE_NAME_MAX_LENGTH, RegisterPluginOpts, RemoteCluster,
    is_valid_remote_name, new_id, now_ms,
};

use super::{error, store};
use crate::{
    Core,
    store::{Queries as _, StoreError},
};

/// Remotes that one plugin may have.
const REMOTES_PER_PLUGIN: usize = 100;

/// Most bytes of an address, and most characters of a display name.
const TEXT_LENGTH: usize = 512;

pub(super) fn missing_remote(remote_id: &str) -> AppError {
    AppError::new("RemoteCluster", "api.remote_cluster.get.not_found", 404, "There is no such remote.")
        .detail(format_args!("remote_id={remote_id}"))
}

impl Core {
    /// Mattermost's `RegisterPluginForSharedChannels`: makes a remote, or revives and changes the
    /// one of the same address.
    ///
    /// # Errors
    ///
    /// 400 for a bad name or creator, or more remotes than a plugin may have.
    pub async fn register_plugin_for_shared_channels(
        &self,
        plugin_id: &str,
        opts: RegisterPluginOpts,
    ) -> Result<String, AppError> {
        let now = now_ms();
        let mut tx = self.store.write().await?;
        let remotes = store::remotes_of(&mut tx, plugin_id).await?;
        let wanted = described(plugin_id, &opts, now);
        let old = remotes.iter().find(|remote| remote.site_url == wanted.site_url);
        if old.is_none() && remotes.len() >= REMOTES_PER_PLUGIN {
            let message = format!("A plugin has at most {REMOTES_PER_PLUGIN} remotes.");
            return Err(error("register_plugin.too_many", 400, message));
        }
        let remote = match old.cloned() {
            Some(old) => RemoteCluster {
                name: wanted.name,
                display_name: wanted.display_name,
                creator_id: wanted.creator_id,
                options: wanted.options,
                delete_at: 0,
                ..old
            },
            None => wanted,
        };
        if opts.displayname.chars().count() > TEXT_LENGTH || remote.site_url.len() > TEXT_LENGTH {
            let message = format!("Name and address have at most {TEXT_LENGTH} characters.");
            return Err(error("register_plugin.too_long", 400, message));
        }
        remote.is_valid()?;
        tx.upsert(&remote).await?;
        tx.commit().await.map_err(StoreError::from)?;
        if self.shared_channels_enabled() {
            self.sharing.ping_soon(&remote.remote_id);
            if remote.options & REMOTE_AUTO_INVITED != 0 {
                self.invite_everywhere(&remote).await?;
            }
        }
        Ok(remote.remote_id)
    }

    /// Mattermost's `UnregisterPluginForSharedChannels`: deletes the remotes of a plugin; deleted
    /// ones are no error.
    ///
    /// # Errors
    ///
    /// 404 where it never had one.
    pub async fn unregister_plugin_for_shared_channels(&self, plugin_id: &str) -> Result<(), AppError> {
        let mut tx = self.store.write().await?;
        let remotes = store::remotes_of(&mut tx, plugin_id).await?;
        if remotes.is_empty() {
            return Err(missing_remote("").detail(format_args!("plugin_id={plugin_id}")));
        }
        let now = now_ms();
        for remote in remotes.iter().filter(|remote| remote.delete_at == 0) {
            store::delete_remote(&mut tx, &remote.remote_id, now).await?;
        }
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }

    /// Mattermost's `UnregisterPluginRemoteForSharedChannels`: deletes one remote of a plugin.
    ///
    /// # Errors
    ///
    /// 404 where the plugin has no such remote.
    pub async fn unregister_plugin_remote(&self, plugin_id: &str, remote_id: &str) -> Result<(), AppError> {
        self.own_remote(plugin_id, remote_id).await?;
        let mut tx = self.store.write().await?;
        store::delete_remote(&mut tx, remote_id, now_ms()).await?;
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }

    /// Mattermost's `GetRemoteCluster`: one remote.
    ///
    /// # Errors
    ///
    /// 404 when unknown or deleted, unless deleted ones are asked for.
    pub async fn get_remote_cluster(&self, remote_id: &str, include_deleted: bool) -> Result<RemoteCluster, AppError> {
        let remote = store::remote(&mut *self.store.read().await?, remote_id).await?;
        remote.filter(|remote| include_deleted || remote.delete_at == 0).ok_or_else(|| missing_remote(remote_id))
    }
}

/// The remote as the plugin describes it.
fn described(plugin_id: &str, opts: &RegisterPluginOpts, now: i64) -> RemoteCluster {
    let site_url = if opts.site_url.is_empty() { format!("plugin_{plugin_id}") } else { opts.site_url.clone() };
    let mut options = 0;
    if opts.auto_share_dms {
        options |= REMOTE_AUTO_SHARE_DMS;
    }
    if opts.auto_invited {
        options |= REMOTE_AUTO_INVITED;
    }
    RemoteCluster {
        remote_id: new_id(),
        name: plain_name(&opts.displayname),
        display_name: opts.displayname.clone(),
        site_url,
        create_at: now,
        token: new_id(),
        creator_id: opts.creator_id.clone(),
        plugin_id: plugin_id.to_owned(),
        options,
        ..RemoteCluster::default()
    }
}

/// A name that can be part of a username, from a name for people.
fn plain_name(display_name: &str) -> String {
    let plain = |c: char| if is_valid_remote_name(c.encode_utf8(&mut [0; 4])) { c.to_ascii_lowercase() } else { '-' };
    display_name.trim().chars().map(plain).take(REMOTE_NAME_MAX_LENGTH).collect()
}
