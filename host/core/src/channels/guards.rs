//! Guards: plugins that claimed a channel and must be asked about what happens in it.
//!
//! All claims are kept in memory: a channel without one costs a look into a map. Whoever fires one
//! of the guarded hooks (`message-will-be-posted`, `message-will-be-updated`,
//! `channel-member-will-be-added`, `channel-will-be-updated`, `channel-will-be-restored`,
//! `scheduled-post-will-be-created`, `draft-will-be-upserted`) does it by
//! [`Core::filter_in_channel`] or [`Core::ask_in_channel`]. A claim outlives the plugin's removal:
//! to drop it is the plugin's to do.

use std::{collections::HashMap, sync::Arc, time::Duration};

use wasmoat_model::{AppError, PluginContext, is_valid_id, now_ms};
use wasmoat_runtime::{CallContext, Hook, Permit, Placed, Step};

use crate::{
    Core,
    cache::Cache,
    rejection::Refused,
    store::{Column as _, Queries as _, args},
};

/// How long claims are kept in memory: another node of the server sees one after this time.
const LIFE: Duration = Duration::from_secs(10);

/// Channels that one plugin may claim.
const CLAIMS: i64 = 10_000;

type Claims = HashMap<String, Arc<[String]>>;

/// The claims as they were read last.
#[derive(Debug)]
pub(crate) struct Guards(Cache<Arc<Claims>>);

impl Default for Guards {
    fn default() -> Self {
        Self(Cache::new(1, LIFE))
    }
}

fn check_channel_id(at: &str, channel_id: &str) -> Result<(), AppError> {
    if is_valid_id(channel_id) {
        return Ok(());
    }
    let id = "model.channel_guard.is_valid.channel_id.app_error";
    Err(AppError::new(at, id, 400, "The channel's id is not valid."))
}

impl Core {
    /// Mattermost's `RegisterChannelGuard`: the plugin claims a channel. Claiming twice changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// 400 for a bad id, and for more claims than a plugin may have.
    pub async fn register_channel_guard(&self, channel_id: &str, plugin_id: &str) -> Result<(), AppError> {
        let at = "RegisterChannelGuard";
        check_channel_id(at, channel_id)?;
        let plugin_id = plugin_id.to_lowercase();
        let mut tx = self.store.write().await?;
        let sql = "SELECT COUNT(*) FROM channel_guards WHERE plugin_id = $1";
        if tx.value::<i64>(sql, args![plugin_id]).await?.unwrap_or_default() >= CLAIMS {
            let text = format!("A plugin guards at most {CLAIMS} channels.");
            return Err(AppError::new(at, "app.channel_guard.too_many.app_error", 400, text));
        }
        let sql = "INSERT INTO channel_guards (channel_id, plugin_id, create_at) VALUES ($1, $2, $3)
            ON CONFLICT (channel_id, plugin_id) DO NOTHING";
        tx.run(sql, args![channel_id, plugin_id, now_ms()]).await?;
        tx.commit().await.map_err(crate::store::StoreError::from)?;
        self.guards.0.clear();
        Ok(())
    }

    /// Mattermost's `UnregisterChannelGuard`: drops the plugin's own claim, if there is one.
    ///
    /// # Errors
    ///
    /// 400 for a bad id.
    pub async fn unregister_channel_guard(&self, channel_id: &str, plugin_id: &str) -> Result<(), AppError> {
        check_channel_id("UnregisterChannelGuard", channel_id)?;
        let sql = "DELETE FROM channel_guards WHERE channel_id = $1 AND plugin_id = $2";
        let dropped = self.store.read().await?.run(sql, args![channel_id, plugin_id.to_lowercase()]).await?;
        self.guards.0.clear();
        if dropped == 0 {
            tracing::info!(plugin = plugin_id, channel = channel_id, "no claim to drop");
        }
        Ok(())
    }

    /// Ids of the plugins that claimed a channel, in order.
    ///
    /// # Errors
    ///
    /// Where the store fails: a guarded channel is never taken for an open one.
    pub async fn channel_guards(&self, channel_id: &str) -> Result<Arc<[String]>, AppError> {
        let claims = self.guards.0.get("", async { self.load_guards().await.map(Some) }).await?;
        Ok(claims.and_then(|claims| claims.get(channel_id).cloned()).unwrap_or_default())
    }

    async fn load_guards(&self) -> Result<Arc<Claims>, AppError> {
        let sql = "SELECT channel_id, plugin_id FROM channel_guards ORDER BY channel_id, plugin_id";
        let rows = self
            .store
            .read()
            .await?
            .rows(sql, args![], |row| Ok((String::read(row, "channel_id")?, String::read(row, "plugin_id")?)))
            .await?;
        let mut claims: HashMap<String, Vec<String>> = HashMap::new();
        for (channel_id, plugin_id) in rows {
            claims.entry(channel_id).or_default().push(plugin_id);
        }
        Ok(Arc::new(claims.into_iter().map(|(channel_id, plugins)| (channel_id, plugins.into())).collect()))
    }

    /// Asks plugins about something that is to happen in a channel, its guards last.
    ///
    /// # Errors
    ///
    /// What `refused` makes of a refusal; 503 where a guard is not active or fails.
    pub(crate) async fn filter_in_channel<H, T, V>(
        &self,
        cx: &CallContext,
        channel_id: &str,
        subject: T,
        args: impl Fn(Arc<PluginContext>, Arc<T>) -> H::Args + Send + Sync,
        refused: Refused<'_>,
    ) -> Result<T, AppError>
    where
        H: Hook<Output = (V,)>,
        V: Into<Step<T>> + Send + 'static,
        T: Placed + Clone + Send + Sync + 'static,
    {
        let guards = self.channel_guards(channel_id).await?;
        let asked = self.runtime.filter_guarded::<H, T, V>(cx, &guards, subject, args).await;
        asked.map_err(|rejection| refused.by(rejection))
    }

    /// Asks plugins for leave to do something with a channel, its guards last.
    ///
    /// # Errors
    ///
    /// As [`Core::filter_in_channel`].
    pub(crate) async fn ask_in_channel<H: Hook<Output = (Permit,)>>(
        &self,
        cx: &CallContext,
        channel_id: &str,
        args: impl FnOnce(Arc<PluginContext>) -> H::Args + Send,
        refused: Refused<'_>,
    ) -> Result<(), AppError> {
        let guards = self.channel_guards(channel_id).await?;
        self.runtime.ask_guarded::<H>(cx, &guards, args).await.map_err(|rejection| refused.by(rejection))
    }
}
