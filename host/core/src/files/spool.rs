//! Bytes on their way into the file store: in a nameless file of the server's own disk, so that
//! an upload takes no memory and leaves nothing behind when it is given up.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures::Stream;
use tokio::io::AsyncWriteExt as _;
use wasmoat_model::AppError;

/// Bytes of one step of a stream.
const STEP: usize = 1 << 20;

/// Why bytes were not taken.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// There are more than allowed.
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

impl SpoolError {
    /// 413 or 500.
    #[must_use]
    pub fn app_error(&self, at: &str) -> AppError {
        match self {
            Self::TooLarge(limit) => {
                let text = format!("The file is larger than {limit} bytes (setting `FileSettings.MaxFileSize`).");
                AppError::new(at, "api.file.upload_file.too_large_detailed.app_error", 413, text)
            }
            Self::Disk(error) => {
                tracing::error!(%error, "spool failed");
                let text = "The file could not be kept while it was checked.";
                AppError::new(at, "api.file.write_file.app_error", 500, text).detail(error)
            }
        }
    }
}

/// A spool that is being filled.
#[derive(Debug)]
pub struct SpoolWriter {
    file: tokio::fs::File,
    size: u64,
    limit: u64,
}

impl SpoolWriter {
    /// An empty spool for at most `limit` bytes, on the disk of this folder.
    ///
    /// # Errors
    ///
    /// Where the disk fails.
    pub async fn new(folder: &Path, limit: u64) -> Result<Self, SpoolError> {
        let folder = folder.to_owned();
        let file = blocking(move || {
            std::fs::create_dir_all(&folder)?;
            tempfile::tempfile_in(&folder)
        })
        .await?;
        Ok(Self { file: tokio::fs::File::from_std(file), size: 0, limit })
    }

    /// Appends.
    ///
    /// # Errors
    ///
    /// Where it gets larger than allowed, or the disk fails.
    pub async fn push(&mut self, chunk: &[u8]) -> Result<(), SpoolError> {
        let size = self.size.saturating_add(chunk.len() as u64);
        if size > self.limit {
            return Err(SpoolError::TooLarge(self.limit));
        }
        self.file.write_all(chunk).await?;
        // A full disk is told to whom it concerns, not to the next one.
        self.file.flush().await?;
        self.size = size;
        Ok(())
    }

    /// Bytes so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Ends the filling.
    pub async fn finish(self) -> Spool {
        Spool { file: Arc::new(Mutex::new(self.file.into_std().await)), size: self.size }
    }
}

/// A filled spool. Clones share the bytes.
#[derive(Clone, Debug)]
pub struct Spool {
    file: Arc<Mutex<File>>,
    size: u64,
}

impl Spool {
    /// Bytes in it.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// At most `length` bytes from `offset` on; fewer at the end.
    ///
    /// # Errors
    ///
    /// Where the disk fails.
    pub async fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        self.with(move |file| {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(offset))?;
            file.take(length as u64).read_to_end(&mut bytes)?;
            Ok(bytes.into())
        })
        .await
    }

    /// All bytes, in steps.
    pub fn stream(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin + use<> {
        let spool = self.clone();
        Box::pin(futures::stream::try_unfold(0_u64, move |offset| {
            let spool = spool.clone();
            async move {
                let bytes = spool.read(offset, STEP).await?;
                let next = offset.saturating_add(bytes.len() as u64);
                Ok((!bytes.is_empty()).then_some((bytes, next)))
            }
        }))
    }

    /// Works on the file on a thread of its own. It may stand anywhere.
    ///
    /// # Errors
    ///
    /// Where the work fails.
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut File) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let file = Arc::clone(&self.file);
        blocking(move || work(&mut file.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
