//! Who did what: the audit log, a file of JSON lines (`ExperimentalAuditSettings`), and the
//! `Audit` rows that admins read through the API.
//!
//! Nobody waits for either: entries go through a bounded queue to one writer, and what does not
//! fit is counted and said once until there is room again.

mod api;
mod file;
mod outbound;
#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;
use wasmoat_model::{AppError, Audit, AuditRecord, LogLevel, new_id, now_ms};

use self::file::{AuditFile, Rotation};
use crate::{
    Core,
    config::Config,
    store::{Queries as _, StoreError, args, record},
};

record!(Audit, "audits", key[id], [create_at, user_id, action, extra_info, ip_address, session_id]);

/// Most entries that are written at once.
const BATCH: usize = 100;
/// Longest record, in bytes of its JSON.
const RECORD_BYTES: usize = 256 << 10;
/// Most entries of the queue, whatever is set.
const QUEUE: i64 = 100_000;
/// Longest text of an audit row, in characters.
const TEXT: usize = 1_024;

/// How important a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level<'a> {
    /// 100: a request of a client.
    Api,
    /// 101: what somebody says or sees.
    Content,
    /// 102: who may do what.
    Permissions,
    /// 103: done on the machine, or by a plugin that does not say.
    Cli,
    /// Any other, by its number and name.
    Other(i32, &'a str),
}

impl<'a> Level<'a> {
    fn of(level: &'a LogLevel) -> Self {
        match level.id {
            100 => Self::Api,
            101 => Self::Content,
            102 => Self::Permissions,
            103 => Self::Cli,
            other => Self::Other(other, &level.name),
        }
    }

    fn name(self) -> String {
        match self {
            Self::Api => "audit-api".to_owned(),
            Self::Content => "audit-content".to_owned(),
            Self::Permissions => "audit-permissions".to_owned(),
            Self::Cli => "audit-cli".to_owned(),
            Self::Other(id, "") => format!("level-{id}"),
            Self::Other(_, name) => name.to_owned(),
        }
    }
}

/// What waits to be written.
enum Entry {
    /// A line of the file.
    Line(String),
    /// A row of the store.
    Row(Audit),
}

/// The queue.
pub(crate) struct AuditLog {
    queue: mpsc::Sender<Entry>,
    /// Taken by the writer when it starts.
    waiting: Mutex<Option<mpsc::Receiver<Entry>>>,
    dropped: AtomicU64,
}

impl AuditLog {
    pub(crate) fn new(config: &Config) -> Self {
        let size = config.number("ExperimentalAuditSettings.FileMaxQueueSize").clamp(1, QUEUE);
        let (queue, waiting) = mpsc::channel(usize::try_from(size).unwrap_or(BATCH));
        Self { queue, waiting: Mutex::new(Some(waiting)), dropped: AtomicU64::new(0) }
    }

    fn push(&self, entry: Entry) {
        if self.queue.try_send(entry).is_ok() {
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                tracing::warn!(dropped, "audit entries were lost: the queue was full");
            }
            return;
        }
        metrics::counter!("audit_entries_dropped_total").increment(1);
        if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!("an audit entry is lost: the queue is full (ExperimentalAuditSettings.FileMaxQueueSize)");
        }
    }
}

/// A JSON object; what is none is kept as text, because an audit log must not lose it.
fn object(text: &str) -> Map<String, Value> {
    if text.is_empty() {
        return Map::new();
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => object,
        _ => Map::from_iter([("text".to_owned(), text.into())]),
    }
}

fn line(rec: &AuditRecord, level: Level<'_>) -> String {
    let time = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S.%3fZ").to_string();
    json!({
        "timestamp": time,
        "level": level.name(),
        "event_name": rec.event_name,
        "status": rec.status,
        "actor": rec.actor,
        "event": {
            "parameters": object(&rec.event.parameters),
            "prior_state": object(&rec.event.prior_state),
            "resulting_state": object(&rec.event.resulting_state),
            "object_type": rec.event.object_type,
        },
        "meta": object(&rec.meta),
        "error": rec.error,
    })
    .to_string()
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT).collect()
}

impl Core {
    /// Mattermost's `LogAuditRec`: a line of the audit log, where there is one.
    pub fn log_audit_rec(&self, rec: &AuditRecord, level: Level<'_>) {
        if !self.config.flag("ExperimentalAuditSettings.FileEnabled") {
            return;
        }
        let line = line(rec, level);
        if line.len() > RECORD_BYTES {
            metrics::counter!("audit_entries_dropped_total").increment(1);
            tracing::warn!(event = cut(&rec.event_name), bytes = line.len(), "an audit record is too long and lost");
            return;
        }
        self.audit.push(Entry::Line(line));
    }

    /// A record of a plugin, which cannot say that it is another one's.
    pub(crate) fn log_plugin_audit_rec(&self, plugin_id: &str, mut rec: AuditRecord, level: Level<'_>) {
        let mut parameters = object(&rec.event.parameters);
        parameters.insert("plugin_id".to_owned(), plugin_id.into());
        rec.event.parameters = Value::Object(parameters).to_string();
        self.log_audit_rec(&rec, level);
    }

    /// Keeps what a user did through the API, for [`Core::get_audits_page`].
    pub fn save_audit(&self, audit: Audit) {
        let audit = Audit {
            id: new_id(),
            create_at: now_ms(),
            action: cut(&audit.action),
            extra_info: cut(&audit.extra_info),
            ..audit
        };
        self.audit.push(Entry::Row(audit));
    }

    /// Mattermost's `GetAuditsPage`: what users did, the newest first; of one user, or of all where
    /// the id is empty.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_audits_page(&self, user_id: &str, offset: i64, limit: i64) -> Result<Vec<Audit>, AppError> {
        let rest = "WHERE ($1 = '' OR audits.user_id = $1) ORDER BY audits.create_at DESC, audits.id
                    LIMIT $2 OFFSET $3";
        Ok(self.store.read().await?.all(rest, args![user_id, limit, offset]).await?)
    }

    /// Starts the writer. It ends when the server stops, after what waits has been written.
    pub(crate) fn start_audit(&self) {
        let waiting = self.audit.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut waiting) = waiting else { return };
        let (core, stop) = (self.clone(), self.tasks.stopping());
        self.tasks.spawn(async move {
            let mut file = AuditFile::default();
            let mut batch = Vec::new();
            loop {
                let more = stop.run_until_cancelled(waiting.recv_many(&mut batch, BATCH)).await;
                if more.is_none() {
                    waiting.close();
                    while waiting.recv_many(&mut batch, BATCH).await > 0 {
                        file = core.write_audit(file, std::mem::take(&mut batch)).await;
                    }
                    return;
                }
                file = core.write_audit(file, std::mem::take(&mut batch)).await;
            }
        });
    }

    async fn write_audit(&self, mut file: AuditFile, batch: Vec<Entry>) -> AuditFile {
        let (mut lines, mut rows) = (Vec::new(), Vec::new());
        for entry in batch {
            match entry {
                Entry::Line(line) => lines.push(line),
                Entry::Row(row) => rows.push(row),
            }
        }
        if let Err(error) = self.store_audits(&rows).await {
            tracing::error!(%error, lost = rows.len(), "audit rows could not be stored");
        }
        if lines.is_empty() {
            return file;
        }
        let (path, rotation) = self.audit_target();
        let written = tokio::task::spawn_blocking(move || {
            if let Err(error) = file.write(&path, &rotation, &lines) {
                tracing::error!(path = %path.display(), %error, lost = lines.len(), "the audit log could not be written");
                file = AuditFile::default();
            }
            file
        });
        written.await.unwrap_or_default()
    }

    async fn store_audits(&self, rows: &[Audit]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        for row in rows {
            tx.insert(row).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The file and how it is rotated. Without a name it is `audit.log` in the data folder.
    fn audit_target(&self) -> (PathBuf, Rotation) {
        let config = self.config.get();
        let name = config.text("ExperimentalAuditSettings.FileName");
        let path = if name.is_empty() { self.data.join("audit.log") } else { PathBuf::from(name) };
        let number =
            |key: &str| u64::try_from(config.number(&format!("ExperimentalAuditSettings.{key}"))).unwrap_or_default();
        let rotation = Rotation {
            bytes: number("FileMaxSizeMB").saturating_mul(1 << 20),
            days: number("FileMaxAgeDays"),
            backups: usize::try_from(number("FileMaxBackups")).unwrap_or_default(),
            compress: config.flag("ExperimentalAuditSettings.FileCompress"),
        };
        (path, rotation)
    }
}
