//! The bytes of the file that `file-will-be-uploaded` asks about, lent to one plugin at a time.

mod api;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use tokio::sync::Mutex;
use wasmoat_model::{AppError, FileInfo};
use wasmoat_runtime::{Lender, Lent};

use crate::files::{Spool, SpoolWriter};

/// Most bytes of one reading.
const READ_LIMIT: u32 = 1 << 20;

/// What one plugin may read and write during its turn.
#[derive(Debug)]
pub(crate) struct FileContent {
    content: Spool,
    folder: PathBuf,
    limit: u64,
    /// Nothing until something is written.
    written: Mutex<Option<SpoolWriter>>,
}

impl FileContent {
    async fn read(&self, offset: u64, length: u32) -> Result<Bytes, AppError> {
        let length = usize::try_from(length.min(READ_LIMIT)).unwrap_or_default();
        let read = self.content.read(offset, length).await;
        read.map_err(|error| crate::files::SpoolError::from(error).app_error("FileContent.Read"))
    }

    async fn write(&self, chunk: &[u8]) -> Result<(), AppError> {
        let mut written = self.written.lock().await;
        let pushed = async {
            if written.is_none() && !chunk.is_empty() {
                *written = Some(SpoolWriter::new(&self.folder, self.limit).await?);
            }
            match written.as_mut() {
                Some(writer) => writer.push(chunk).await,
                None => Ok(()),
            }
        };
        pushed.await.map_err(|error| error.app_error("FileContent.Write"))
    }
}

/// Lends the content from plugin to plugin.
#[derive(Debug)]
pub(crate) struct ContentLender {
    content: Spool,
    folder: PathBuf,
    limit: u64,
    turn: Option<Arc<FileContent>>,
    replaced: bool,
}

impl ContentLender {
    /// Replacements are kept in `folder` and have at most `limit` bytes.
    pub(crate) const fn new(content: Spool, folder: PathBuf, limit: u64) -> Self {
        Self { content, folder, limit, turn: None, replaced: false }
    }

    /// Whether any plugin wrote a new content.
    pub(crate) const fn replaced(&self) -> bool {
        self.replaced
    }

    /// What the last plugin left.
    pub(crate) fn into_content(self) -> Spool {
        self.content
    }
}

impl Lender<FileInfo> for ContentLender {
    fn lend(&mut self) -> Lent {
        let turn = Arc::new(FileContent {
            content: self.content.clone(),
            folder: self.folder.clone(),
            limit: self.limit,
            written: Mutex::default(),
        });
        self.turn = Some(Arc::clone(&turn));
        Lent::new(turn)
    }

    async fn settle(&mut self, mut info: FileInfo) -> FileInfo {
        if let Some(turn) = self.turn.take()
            && let Some(written) = turn.written.lock().await.take()
        {
            self.content = written.finish().await;
            self.replaced = true;
        }
        info.size = i64::try_from(self.content.size()).unwrap_or(i64::MAX);
        info
    }
}
