//! The job that deletes what is too old, a batch at a time, and asks plugins to do the same.
//!
//! It runs once a day at `DeletionJobStartTime`, or as soon after it as the server is up. Between
//! batches it rests, so that people do not feel it.

use std::time::Duration;

use jiff::Zoned;
use serde::Serialize;
use wasmoat_model::{AppError, FileInfo, now_ms};
use wasmoat_runtime::{CallContext, RunDataRetention};

use super::{DAY, kept};
use crate::{
    Core,
    posts::store::CHUNK,
    server::Feature,
    store::{Column as _, Queries as _, StoreError, args, placeholders},
};

/// How often it is looked at the clock.
const LOOK: Duration = Duration::from_secs(60);

/// Name of the day of the last run among the server's own values.
const LAST_RUN: &str = "DataRetentionLastRun";

/// What a run has deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RetentionRun {
    /// Posts, former versions among them.
    pub posts: u64,
    /// Files.
    pub files: u64,
    /// Rows, by the plugins' own count.
    pub plugin_rows: u64,
}

/// Posts whose channel has a policy of its own.
const OF_CHANNEL: &str = "JOIN retention_policy_channels held ON held.channel_id = posts.channel_id
    JOIN retention_policies ON retention_policies.id = held.policy_id
    WHERE retention_policies.post_duration_days > 0
    AND posts.create_at < $1 - retention_policies.post_duration_days * $2";

/// Posts whose team has one, where the channel has none.
const OF_TEAM: &str = "JOIN channels ON channels.id = posts.channel_id
    JOIN retention_policy_teams held ON held.team_id = channels.team_id
    JOIN retention_policies ON retention_policies.id = held.policy_id
    LEFT JOIN retention_policy_channels own ON own.channel_id = posts.channel_id
    WHERE own.channel_id IS NULL AND retention_policies.post_duration_days > 0
    AND posts.create_at < $1 - retention_policies.post_duration_days * $2";

/// All other posts.
const OF_NOBODY: &str = "JOIN channels ON channels.id = posts.channel_id
    LEFT JOIN retention_policy_teams held ON held.team_id = channels.team_id
    LEFT JOIN retention_policy_channels own ON own.channel_id = posts.channel_id
    WHERE own.channel_id IS NULL AND held.team_id IS NULL AND posts.create_at < $1 - $2";

impl Core {
    /// Runs the job every day.
    pub(crate) fn start_data_retention(&self) {
        let core = self.clone();
        self.tasks.every(LOOK, move || {
            let core = core.clone();
            async move {
                if let Err(error) = core.run_data_retention_when_due().await {
                    tracing::error!(%error, "data retention failed");
                }
            }
        });
    }

    async fn run_data_retention_when_due(&self) -> Result<(), AppError> {
        if !self.has_feature(Feature::DataRetention) {
            return Ok(());
        }
        let now = Zoned::now();
        let (today, time) = (now.date().to_string(), now.strftime("%H:%M").to_string());
        let config = self.config.get();
        if time.as_str() < config.text("DataRetentionSettings.DeletionJobStartTime") {
            return Ok(());
        }
        // Whoever changes the day runs; others find it changed.
        let sql = "INSERT INTO systems (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE systems.value <> excluded.value";
        if self.store.read().await?.run(sql, args![LAST_RUN, today]).await? == 0 {
            return Ok(());
        }
        let run = self.run_data_retention(&CallContext::core()).await?;
        tracing::info!(posts = run.posts, files = run.files, plugin_rows = run.plugin_rows, "data retention has run");
        Ok(())
    }

    /// Deletes what is too old now: posts by policy, files by the global one, and what plugins keep
    /// by their own measure.
    ///
    /// # Errors
    ///
    /// 501 without the feature; 409 while it is running.
    pub async fn run_data_retention(&self, cx: &CallContext) -> Result<RetentionRun, AppError> {
        let at = "RunDataRetention";
        self.check_data_retention(at)?;
        let Ok(_running) = self.retention.try_lock() else {
            let text = "The data-retention job is running.";
            return Err(AppError::new(at, "ent.data_retention.running.app_error", 409, text));
        };
        let now = now_ms();
        let mut run = RetentionRun::default();
        for condition in [OF_CHANNEL, OF_TEAM] {
            run.posts += self.delete_old_posts(condition, now, DAY).await?;
        }
        let config = self.config.get();
        if config.flag("DataRetentionSettings.EnableMessageDeletion") {
            run.posts += self.delete_old_posts(OF_NOBODY, now, kept(&config, "Message")).await?;
        }
        if config.flag("DataRetentionSettings.EnableFileDeletion") {
            run.files = self.delete_old_files(now.saturating_sub(kept(&config, "File"))).await?;
        }
        run.plugin_rows = self.run_data_retention_of_plugins(cx, now).await;
        Ok(run)
    }

    fn retention_batch(&self) -> i64 {
        self.config.get().number("DataRetentionSettings.BatchSize").clamp(1, 10_000)
    }

    /// Rests between two batches. False when the server stops.
    async fn retention_pause(&self) -> bool {
        let config = self.config.get();
        let pause = config.number("DataRetentionSettings.TimeBetweenBatchesMilliseconds").clamp(0, 60_000);
        let pause = Duration::from_millis(u64::try_from(pause).unwrap_or_default());
        self.tasks.stopping().run_until_cancelled(tokio::time::sleep(pause)).await.is_some()
    }

    async fn delete_old_posts(&self, condition: &str, now: i64, unit: i64) -> Result<u64, AppError> {
        let pinned = if self.config.get().flag("DataRetentionSettings.PreservePinnedPosts") {
            "AND posts.is_pinned = 0"
        } else {
            ""
        };
        let sql = format!("SELECT posts.id FROM posts {condition} {pinned} LIMIT $3");
        let batch = self.retention_batch();
        let mut deleted = 0;
        loop {
            let ids: Vec<String> = self.store.read().await?.values(&sql, args![now, unit, batch]).await?;
            for chunk in ids.chunks(CHUNK) {
                deleted += self.delete_posts_for_good(chunk).await?;
            }
            if i64::try_from(ids.len()).unwrap_or(i64::MAX) < batch || !self.retention_pause().await {
                return Ok(deleted);
            }
        }
    }

    /// Posts, and what hangs on them.
    async fn delete_posts_for_good(&self, ids: &[String]) -> Result<u64, AppError> {
        let list = placeholders(0, ids.len());
        let arguments = || {
            let mut arguments = args![];
            ids.iter().for_each(|id| id.bind(&mut arguments));
            arguments
        };
        let mut tx = self.store.write().await?;
        for table in ["reactions", "thread_memberships", "threads"] {
            tx.run(&format!("DELETE FROM {table} WHERE post_id IN ({list})"), arguments()).await?;
        }
        let deleted = tx.run(&format!("DELETE FROM posts WHERE id IN ({list})"), arguments()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(deleted)
    }

    async fn delete_old_files(&self, before: i64) -> Result<u64, AppError> {
        let batch = self.retention_batch();
        let mut deleted = 0;
        // Behind the last one: a file whose bytes cannot be removed must not stop the others.
        let mut last = String::new();
        loop {
            let rest = "WHERE create_at < $1 AND id > $2 ORDER BY id LIMIT $3";
            let infos: Vec<FileInfo> = self.store.read().await?.all(rest, args![before, last, batch]).await?;
            for info in &infos {
                if let Err(error) = self.delete_file_for_good(info).await {
                    tracing::warn!(%error, file = info.id, "file not deleted");
                } else {
                    deleted += 1;
                }
            }
            let count = i64::try_from(infos.len()).unwrap_or(i64::MAX);
            last = infos.into_iter().next_back().map(|info| info.id).unwrap_or_default();
            if count < batch || !self.retention_pause().await {
                return Ok(deleted);
            }
        }
    }

    async fn run_data_retention_of_plugins(&self, cx: &CallContext, now: i64) -> u64 {
        let batch = self.retention_batch();
        let mut rows: u64 = 0;
        for (plugin, part) in self.runtime.collect::<RunDataRetention>(cx, |_| (now, batch)).await {
            match part {
                Ok((Ok(deleted),)) => rows = rows.saturating_add(u64::try_from(deleted).unwrap_or_default()),
                Ok((Err(error),)) => tracing::error!(%plugin, error, "data retention of a plugin failed"),
                Err(fault) => tracing::error!(%plugin, %fault, "data retention of a plugin failed"),
            }
        }
        rows
    }
}
