//! Where bytes are kept: files by path, in a folder or in a bucket, as `FileSettings` says.
//!
//! Everything that the server stores for its users goes through here: uploads, pictures, emoji.
//! Every path passes [`path::key`], whoever it comes from. The configuration can change the place
//! while the server runs; what lies in the old place is not moved.

mod driver;
mod path;
#[cfg(test)]
mod tests;

use std::{ops::Range, path::PathBuf, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;
use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream::BoxStream};
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart};
use wasmoat_model::AppError;

use self::driver::Driver;
pub(crate) use self::driver::check;
use crate::config::Config;

/// Larger contents are written in parts of this size: S3 wants at least 5 MiB.
const PART: usize = 8 << 20;

/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 2;

/// Paths of one listing.
const LIST_LIMIT: usize = 10_000;

/// Why bytes could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileStoreError {
    /// There is nothing under the path.
    #[error("`{0}` is not in the file store")]
    NotFound(String),
    /// The path is none of the file store.
    #[error("`{0}` is no path of the file store")]
    Path(String),
    /// The place in the configuration cannot be used.
    #[error("file store: {0}")]
    Settings(String),
    /// The store failed.
    #[error("file store: {0}")]
    Store(object_store::Error),
    /// What was to be written could not be read.
    #[error("file store: content: {0}")]
    Content(#[from] std::io::Error),
}

impl From<object_store::Error> for FileStoreError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => Self::NotFound(path),
            error => Self::Store(error),
        }
    }
}

impl FileStoreError {
    /// As callers see it: 404 for what is not there, 400 for a path that cannot be, 500 otherwise.
    #[must_use]
    pub fn app_error(self, at: &str, id: &str) -> AppError {
        let (status, message) = match &self {
            Self::NotFound(_) => (404, "There is no such file in the file store."),
            Self::Path(_) => (400, "This is no path of the file store."),
            _ => (500, "The file store could not be read or written."),
        };
        if status == 500 {
            tracing::error!(error = %self, "file store failed");
        }
        AppError::new(at, id, status, message).detail(self)
    }
}

/// What is known of stored bytes without reading them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Bytes.
    pub size: u64,
    /// When they were written.
    pub modified: SystemTime,
}

/// The file store. Shared by all who hold it.
#[derive(Debug)]
pub struct FileStore {
    data: PathBuf,
    place: ArcSwap<Place>,
}

#[derive(Debug)]
struct Place {
    driver: Driver,
    store: Arc<dyn ObjectStore>,
}

type Answer<T> = Result<T, FileStoreError>;

impl FileStore {
    /// The place that the configuration names; a relative folder lies in the data folder.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be made or the settings of the bucket make no sense.
    pub fn open(data: PathBuf, config: &Config) -> Answer<Self> {
        let driver = Driver::of(config);
        let store = driver.open(&data)?;
        Ok(Self { data, place: ArcSwap::from_pointee(Place { driver, store }) })
    }

    /// Follows a change of the configuration. A place that cannot be used is logged, and the old
    /// one stays.
    pub(crate) fn reconfigure(&self, config: &Config) {
        let driver = Driver::of(config);
        if driver == self.place.load().driver {
            return;
        }
        match driver.open(&self.data) {
            Ok(store) => self.place.store(Arc::new(Place { driver, store })),
            Err(error) => tracing::error!(%error, "the file store stays where it was"),
        }
    }

    fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.place.load().store)
    }

    /// Writes a file whole; one that is there is replaced, and is seen old or new, never half. That
    /// a bucket is not there is a failure of the store, not a missing file.
    ///
    /// # Errors
    ///
    /// Where the path is none or the store fails.
    pub async fn write(&self, path: &str, data: Bytes) -> Answer<()> {
        let key = path::key(path)?;
        self.store().put(&key, PutPayload::from_bytes(data)).await.map_err(FileStoreError::Store)?;
        Ok(())
    }

    /// Writes a file from a stream, part by part; a stream that fails leaves nothing behind.
    ///
    /// # Errors
    ///
    /// As [`FileStore::write`], and where the stream fails.
    pub async fn write_stream(
        &self,
        path: &str,
        mut content: impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin,
    ) -> Answer<()> {
        let key = path::key(path)?;
        let upload = self.store().put_multipart(&key).await.map_err(FileStoreError::Store)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PART);
        while let Some(chunk) = content.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    writer.abort().await.map_err(FileStoreError::Store)?;
                    return Err(error.into());
                }
            };
            writer.wait_for_capacity(PARTS_AT_ONCE).await.map_err(FileStoreError::Store)?;
            writer.put(chunk);
        }
        writer.finish().await.map_err(FileStoreError::Store)?;
        Ok(())
    }

    /// A whole file.
    ///
    /// # Errors
    ///
    /// Where it is not there or the store fails.
    pub async fn read(&self, path: &str) -> Answer<Bytes> {
        Ok(self.store().get(&path::key(path)?).await?.bytes().await?)
    }

    /// Some bytes of a file; fewer at its end.
    ///
    /// # Errors
    ///
    /// Where it is not there, the range begins beyond its end, or the store fails.
    pub async fn read_range(&self, path: &str, range: Range<u64>) -> Answer<Bytes> {
        Ok(self.store().get_range(&path::key(path)?, range).await?)
    }

    /// A file, or a range of it, as it comes.
    ///
    /// # Errors
    ///
    /// Where it is not there or the store fails.
    pub async fn stream(
        &self,
        path: &str,
        range: Option<Range<u64>>,
    ) -> Answer<BoxStream<'static, std::io::Result<Bytes>>> {
        let options = GetOptions::default().with_range(range.map(GetRange::Bounded));
        let found = self.store().get_opts(&path::key(path)?, options).await?;
        Ok(found.into_stream().map_err(std::io::Error::other).boxed())
    }

    /// Size and age of a file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Where the path is none or the store fails.
    pub async fn stat(&self, path: &str) -> Answer<Option<Stat>> {
        match self.store().head(&path::key(path)?).await {
            Ok(found) => Ok(Some(Stat { size: found.size, modified: found.last_modified.into() })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes a file; a missing one is no error.
    ///
    /// # Errors
    ///
    /// Where the path is none or the store fails.
    pub async fn delete(&self, path: &str) -> Answer<()> {
        match self.store().delete(&path::key(path)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Paths below a folder, sorted; at most 10 000.
    ///
    /// # Errors
    ///
    /// Where the path is none or the store fails.
    pub async fn list(&self, folder: &str) -> Answer<Vec<String>> {
        let key = path::key(folder)?;
        let store = self.store();
        let found = store.list(Some(&key)).take(LIST_LIMIT);
        let mut paths: Vec<String> = found.map_ok(|meta| meta.location.to_string()).try_collect().await?;
        paths.sort_unstable();
        Ok(paths)
    }
}
