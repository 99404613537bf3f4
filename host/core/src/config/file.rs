//! The file that the configuration is kept in.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read or written.
    #[error("configuration `{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// It is not JSON.
    #[error("configuration `{path}`: not a JSON object: {source}")]
    Json {
        /// The file.
        path: String,
        /// Where it is not.
        source: serde_json::Error,
    },
    /// A value makes no sense.
    #[error("configuration `{path}`: {message}")]
    Invalid {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
}

/// A JSON file that is replaced as a whole or not at all.
#[derive(Clone, Debug)]
pub(super) struct ConfigFile(pub(super) PathBuf);

impl ConfigFile {
    fn error(&self, source: io::Error) -> ConfigError {
        ConfigError::File { path: self.0.display().to_string(), source }
    }

    /// The folder that it lies in.
    pub(super) fn folder(&self) -> &Path {
        self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// What is stored; nothing where there is no file.
    pub(super) fn read(&self) -> Result<Option<Value>, ConfigError> {
        match fs::read(&self.0) {
            Ok(bytes) => serde_json::from_slice::<serde_json::Map<String, Value>>(&bytes)
                .map(|map| Some(Value::Object(map)))
                .map_err(|source| ConfigError::Json { path: self.0.display().to_string(), source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    /// Replaces what is stored.
    pub(super) fn write(&self, value: &Value) -> Result<(), ConfigError> {
        let folder = self.folder();
        let replace = || {
            fs::create_dir_all(folder)?;
            // It holds secrets: the temporary file is made for its owner alone.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            serde_json::to_writer_pretty(&mut file, value)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&self.0)?;
            Ok(())
        };
        replace().map_err(|error| self.error(error))
    }
}
