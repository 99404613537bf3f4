//! Uploads that are no plugins: each gets a 4xx error that says what is wrong, and leaves nothing
//! behind. Over real REST, on a server of its own per test.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

mod archives;
mod components;
mod files;
mod signatures;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use wasmoat_tests::{Reply, Rest, TestServer};

/// A server with an admin.
struct Lab {
    server: TestServer,
    admin: Rest,
}

impl Lab {
    async fn open() -> Self {
        let server = TestServer::start().await;
        let admin = server.admin().await;
        // Whatever is made at the first request for plugins is there before anything is compared.
        admin.get("/api/v4/plugins").await.ok();
        Self { server, admin }
    }

    async fn plugins(&self) -> Value {
        self.admin.get("/api/v4/plugins").await.ok()
    }

    /// Uploads what must be refused; answers status and text of the error.
    async fn refuses(&self, file_name: &str, bytes: impl Into<Vec<u8>>) -> (u16, String) {
        let (plugins, files) = (self.plugins().await, self.files());
        let reply = self.admin.upload(file_name, bytes, false).await;
        assert!(reply.status.is_client_error(), "{}: {}", reply.status, reply.body);
        assert_is_app_error(&reply);
        assert_eq!(self.plugins().await, plugins, "the list is as it was");
        assert_eq!(self.files(), files, "the data folder is as it was");
        (reply.status.as_u16(), reply.text("message").to_owned())
    }

    /// Files and folders below the data folder, but for those of the database, which come and go,
    /// and an empty folder for uploads to come.
    fn files(&self) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        walk(self.server.data(), &mut found);
        let is_database =
            |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("wasmoat.db"));
        found.retain(|path| !is_database(path) && !path.ends_with("plugins.incoming"));
        found
    }
}

fn walk(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        }
        found.insert(path);
    }
}

fn assert_is_app_error(reply: &Reply) {
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.body["status_code"], reply.status.as_u16());
    for member in ["id", "message", "request_id"] {
        assert!(!reply.text(member).is_empty(), "no `{member}`: {}", reply.body);
    }
    assert!(reply.body["detailed_error"].is_string(), "{}", reply.body);
}
