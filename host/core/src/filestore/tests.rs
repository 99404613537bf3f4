//! The same story is told to every store.

mod s3;

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::json;

use super::{FileStore, FileStoreError, PART, check};
use crate::config::Config;

pub(crate) fn bucket(endpoint: &str, key_id: &str, secret: &str, name: &str) -> Config {
    let mut config = Config::default();
    for (name, value) in [
        ("DriverName", json!("amazons3")),
        ("AmazonS3AccessKeyId", json!(key_id)),
        ("AmazonS3SecretAccessKey", json!(secret)),
        ("AmazonS3Bucket", json!(name)),
        ("AmazonS3PathPrefix", json!("moat/files")),
        ("AmazonS3Region", json!("eu-central-1")),
        ("AmazonS3Endpoint", json!(endpoint)),
        ("AmazonS3SSL", json!(false)),
    ] {
        config.set(&format!("FileSettings.{name}"), value);
    }
    check(&config).unwrap();
    config
}

fn parts(size: usize) -> impl futures::Stream<Item = std::io::Result<Bytes>> + Unpin {
    futures::stream::iter((0..size / 1_000).map(|i| Ok(Bytes::from(vec![(i % 251) as u8; 1_000]))))
}

async fn tell(files: &FileStore) {
    let path = "20261121/teams/noteam/a b/ä%2f.txt";
    assert!(matches!(files.read(path).await, Err(FileStoreError::NotFound(_))));
    assert_eq!(files.stat(path).await.unwrap(), None);
    files.write(path, Bytes::from_static(b"old and longer")).await.unwrap();
    files.write(path, Bytes::from_static(b"0123456789")).await.unwrap();
    assert_eq!(files.read(path).await.unwrap(), "0123456789");
    assert_eq!(files.read_range(path, 2..5).await.unwrap(), "234");
    assert_eq!(files.read_range(path, 8..50).await.unwrap(), "89");
    let streamed: Vec<Bytes> = files.stream(path, Some(3..6)).await.unwrap().try_collect().await.unwrap();
    assert_eq!(streamed.concat(), b"345");
    let stat = files.stat(path).await.unwrap().unwrap();
    assert_eq!(stat.size, 10);
    assert!(stat.modified.elapsed().unwrap_or_default() < Duration::from_secs(60));

    let large = "20261121/large";
    files.write_stream(large, parts(2 * PART + 3_000)).await.unwrap();
    assert_eq!(files.stat(large).await.unwrap().unwrap().size, ((2 * PART + 3_000) / 1_000 * 1_000) as u64);
    assert_eq!(
        files.read_range(large, 9_999_999..10_000_001).await.unwrap(),
        [(9_999_usize % 251) as u8, (10_000_usize % 251) as u8][..]
    );
    let broken = parts(1_000).chain(futures::stream::iter([Err(std::io::Error::other("gone"))]));
    assert!(matches!(files.write_stream("20261121/broken", broken).await, Err(FileStoreError::Content(_))));

    assert_eq!(files.list("20261121").await.unwrap(), [large, path], "as they were written");
    for path in [path, large, large] {
        files.delete(path).await.unwrap();
    }
    assert!(files.list("20261121").await.unwrap().is_empty());
    for bad in ["../config.json", "a/../../b", ""] {
        assert!(matches!(files.read(bad).await, Err(FileStoreError::Path(_))));
        assert!(matches!(files.write(bad, Bytes::new()).await, Err(FileStoreError::Path(_))));
    }
}

#[tokio::test]
async fn a_folder_keeps_files() {
    let data = tempfile::tempdir().unwrap();
    let files = FileStore::open(data.path().to_owned(), &Config::default()).unwrap();
    tell(&files).await;
    files.write("a/b", Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(std::fs::read(data.path().join("files/a/b")).unwrap(), b"x");
}

#[tokio::test]
async fn a_bucket_keeps_files() {
    let server = s3::Server::start("moat-bucket", "the-key").await;
    let data = tempfile::tempdir().unwrap();
    let config = bucket(&server.address, "the-key", "the-secret", "moat-bucket");
    let files = FileStore::open(data.path().to_owned(), &config).unwrap();
    tell(&files).await;
    files.write("a/b", Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(server.keys(), ["moat/files/a/b"], "below the prefix");
    let strange = bucket(&server.address, "another-key", "the-secret", "moat-bucket");
    let files = FileStore::open(data.path().to_owned(), &strange).unwrap();
    assert!(matches!(files.read("a/b").await, Err(FileStoreError::Store(_))), "403 is no 404");
}

#[tokio::test]
async fn the_place_follows_the_configuration() {
    let data = tempfile::tempdir().unwrap();
    let files = FileStore::open(data.path().to_owned(), &Config::default()).unwrap();
    let mut config = Config::default();
    config.set("FileSettings.Directory", json!("elsewhere"));
    files.reconfigure(&config);
    files.write("a", Bytes::from_static(b"x")).await.unwrap();
    assert!(data.path().join("elsewhere/a").exists());
    config.set("FileSettings.Directory", json!("elsewhere/a/below-a-file"));
    files.reconfigure(&config);
    assert_eq!(files.read("a").await.unwrap(), "x", "an impossible place is not taken");
}

#[test]
fn a_bucket_needs_a_name_and_a_signature_of_today() {
    for (path, value, id) in [
        ("FileSettings.AmazonS3Bucket", json!(""), "model.config.is_valid.s3_bucket.app_error"),
        ("FileSettings.AmazonS3SignV2", json!(true), "model.config.is_valid.s3_sign_v2.app_error"),
        ("FileSettings.AmazonS3PathPrefix", json!(" x"), "model.config.is_valid.directory_whitespace.app_error"),
    ] {
        let mut config = bucket("s3.example.org", "k", "s", "b");
        config.set(path, value);
        assert_eq!(check(&config).unwrap_err().id, id);
    }
}
