//! Which store `FileSettings` names, and how it is opened.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use object_store::{
    ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    client::{HttpClient, HttpConnector},
    local::LocalFileSystem,
    prefix::PrefixStore,
};
use wasmoat_model::AppError;

use super::FileStoreError;
use crate::config::Config;

/// How long one request to a bucket may take, and how long it is tried again.
const REQUEST: Duration = Duration::from_secs(60);
const RETRY: Duration = Duration::from_secs(120);

/// Amazon's own address, for which the bucket's region finds a better one.
const AMAZON: &str = "s3.amazonaws.com";

/// A place as the configuration describes it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Driver {
    Local { directory: PathBuf },
    S3(Box<S3>),
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct S3 {
    key_id: String,
    secret: String,
    bucket: String,
    prefix: String,
    region: String,
    endpoint: String,
    tls: bool,
    encrypted: bool,
}

impl std::fmt::Debug for Driver {
    /// Without the secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local { directory } => formatter.debug_tuple("Local").field(directory).finish(),
            Self::S3(s3) => formatter.debug_tuple("S3").field(&s3.endpoint).field(&s3.bucket).finish(),
        }
    }
}

impl Driver {
    pub(super) fn of(config: &Config) -> Self {
        let text = |name: &str| config.text(&format!("FileSettings.{name}")).to_owned();
        let flag = |name: &str| config.flag(&format!("FileSettings.{name}"));
        if text("DriverName") != "amazons3" {
            let directory = text("Directory");
            return Self::Local { directory: if directory.is_empty() { "files".into() } else { directory.into() } };
        }
        Self::S3(Box::new(S3 {
            key_id: text("AmazonS3AccessKeyId"),
            secret: text("AmazonS3SecretAccessKey"),
            bucket: text("AmazonS3Bucket"),
            prefix: text("AmazonS3PathPrefix").trim_matches('/').to_owned(),
            region: text("AmazonS3Region"),
            endpoint: text("AmazonS3Endpoint"),
            tls: flag("AmazonS3SSL"),
            encrypted: flag("AmazonS3SSE"),
        }))
    }

    pub(super) fn open(&self, data: &Path) -> Result<Arc<dyn ObjectStore>, FileStoreError> {
        match self {
            Self::Local { directory } => {
                let directory = data.join(directory);
                std::fs::create_dir_all(&directory)
                    .map_err(|error| FileStoreError::Settings(format!("folder `{}`: {error}", directory.display())))?;
                // A file that was answered survives the loss of power.
                Ok(Arc::new(LocalFileSystem::new_with_prefix(directory)?.with_fsync(true)))
            }
            Self::S3(s3) if s3.prefix.is_empty() => Ok(Arc::new(s3.open()?)),
            Self::S3(s3) => Ok(Arc::new(PrefixStore::new(s3.open()?, super::path::key(&s3.prefix)?))),
        }
    }
}

impl S3 {
    fn open(&self) -> Result<AmazonS3, FileStoreError> {
        let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY, ..RetryConfig::default() };
        let region = if self.region.is_empty() { "us-east-1" } else { &self.region };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(region)
            .with_retry(retry)
            .with_allow_http(!self.tls)
            // Not every server that speaks S3 deletes in bulk.
            .with_disable_bulk_delete(true)
            .with_http_connector(Connector);
        // Without keys, the machine's own role is asked for some.
        if !self.key_id.is_empty() {
            builder = builder.with_access_key_id(&self.key_id).with_secret_access_key(&self.secret);
        }
        if !self.endpoint.is_empty() && self.endpoint != AMAZON {
            let scheme = if self.tls { "https" } else { "http" };
            builder = builder.with_endpoint(format!("{scheme}://{}", self.endpoint));
        }
        if self.encrypted {
            let key: AmazonS3ConfigKey = "aws_server_side_encryption".parse()?;
            builder = builder.with_config(key, "AES256");
        }
        Ok(builder.build()?)
    }
}

/// Requests to the bucket, by the same TLS as all others.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        crate::tls::install();
        let client = reqwest::Client::builder().timeout(REQUEST).connect_timeout(Duration::from_secs(10)).build();
        let client = client.map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(HttpClient::new(client))
    }
}

/// Whether the place in a configuration can be used, as far as that shows without asking it.
pub(crate) fn check(config: &Config) -> Result<(), AppError> {
    let invalid = |id: &str, message: &str| {
        Err(AppError::new("Config.IsValid", &format!("model.config.is_valid.{id}.app_error"), 400, message))
    };
    let prefix = config.text("FileSettings.AmazonS3PathPrefix");
    if prefix.trim() != prefix {
        return invalid(
            "directory_whitespace",
            "The setting `FileSettings.AmazonS3PathPrefix` has a blank at its end.",
        );
    }
    if config.text("FileSettings.DriverName") != "amazons3" {
        return Ok(());
    }
    if config.text("FileSettings.AmazonS3Bucket").is_empty() {
        return invalid("s3_bucket", "The setting `FileSettings.AmazonS3Bucket` must name the bucket.");
    }
    if config.flag("FileSettings.AmazonS3SignV2") {
        return invalid(
            "s3_sign_v2",
            "The setting `FileSettings.AmazonS3SignV2` must be false: only version 4 is spoken.",
        );
    }
    match Driver::of(config) {
        Driver::S3(s3) => match s3.open() {
            Ok(_) => Ok(()),
            Err(error) => invalid("s3", &format!("The settings of the bucket cannot be used: {error}.")),
        },
        Driver::Local { .. } => Ok(()),
    }
}
