//! `wit/directory.wit`.

use std::{fs, path::PathBuf};

use futures::future::join_all;
use serde_json::{Value, json};
use wasmoat_tests::TestServer;

use crate::{Keeper, house};

fn bytes(text: &str) -> Value {
    text.bytes().collect()
}

fn text(value: &Value) -> String {
    let bytes: Vec<u8> = serde_json::from_value(value.clone()).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn files(server: &TestServer, id: &str) -> PathBuf {
    server.data().join("plugin-data").join(id).join("files")
}

fn write(path: &str, content: &str) -> (&'static str, Value) {
    ("directory.write", json!({"path": path, "bytes": bytes(content)}))
}

fn read(path: &str) -> (&'static str, Value) {
    ("directory.read", json!({"path": path, "offset": 0, "length": 1_000}))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_outlive_the_plugin_that_wrote_them_and_nobody_else_sees_them() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    let other = Keeper::install(&admin, "keeper.other").await;
    keeper.calls(&[write("notes/a.txt", "hello")]).await[0].ok();
    assert_eq!(fs::read_to_string(files(&server, "keeper").join("notes/a.txt")).unwrap(), "hello");
    for outcome in other.calls(&[read("notes/a.txt"), read("../../keeper/files/notes/a.txt")]).await {
        outcome.refused();
    }
    admin.post("/api/v4/plugins/keeper/disable", &json!({})).await.ok();
    admin.delete("/api/v4/plugins/keeper").await.ok();
    let keeper = Keeper::install(&admin, "keeper").await;
    assert_eq!(text(keeper.calls(&[read("notes/a.txt")]).await[0].ok()), "hello");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_in_pieces_and_every_function_does_what_it_says() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    let outcomes = keeper
        .calls(&[
            ("directory.append", json!({"path": "a/log", "bytes": bytes("one\n")})),
            ("directory.append", json!({"path": "a/log", "bytes": bytes("two\n")})),
            ("directory.write-at", json!({"path": "a/log", "offset": 10, "bytes": bytes("!")})),
            ("directory.read", json!({"path": "a/log", "offset": 4, "length": 3})),
            ("directory.metadata", json!({"path": "a/log"})),
            ("directory.list-entries", json!({"path": "", "after": "", "most": 10})),
            ("directory.get-usage", json!({})),
            ("directory.rename", json!({"path": "a/log", "to": "b/log"})),
            ("directory.metadata", json!({"path": "a/log"})),
            ("directory.remove", json!({"path": "a"})),
        ])
        .await;
    assert_eq!(outcomes[1].ok(), 8);
    assert_eq!(text(outcomes[3].ok()), "two");
    let entry = outcomes[4].ok();
    assert_eq!((&entry["name"], &entry["kind"], &entry["size"]), (&json!("log"), &json!("file"), &json!(11)));
    assert!(entry["modified_at"].as_i64() > Some(1_700_000_000_000));
    let listed = outcomes[5].ok();
    assert_eq!((&listed[0]["name"], &listed[0]["kind"]), (&json!("a"), &json!("folder")));
    let usage = outcomes[6].ok();
    assert_eq!((&usage["bytes"], &usage["files"]), (&json!(11), &json!(2)));
    assert!(outcomes[8].ok().is_null());
    assert_eq!(outcomes[9].ok(), true);
    assert_eq!(fs::read(files(&server, "keeper").join("b/log")).unwrap(), b"one\ntwo\n\0\0!");
    assert!(!files(&server, "keeper").join("a").exists());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_trick_reaches_nothing() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.calls(&[write("inside", "1")]).await[0].ok();
    let database = server.data().join("wasmoat.db").display().to_string();
    let tricks = [
        "../outside",
        "../../../wasmoat.db",
        "inside/../../x",
        "/etc/passwd",
        &database,
        "a\0b",
        "./inside",
        "inside/",
        "a//b",
        r"..\outside",
        "C:/x",
        "file:stream",
        "NUL",
        "com1.txt",
        "dot.",
        "space ",
        "\u{1b}[2J",
    ];
    for path in tricks {
        let calls = [
            read(path),
            write(path, "x"),
            ("directory.append", json!({"path": path, "bytes": bytes("x")})),
            ("directory.list-entries", json!({"path": path, "after": "", "most": 10})),
            ("directory.remove", json!({"path": path})),
            ("directory.rename", json!({"path": "inside", "to": path})),
            ("directory.rename", json!({"path": path, "to": "taken"})),
        ];
        for outcome in keeper.calls(&calls).await {
            outcome.is("app.plugin.directory.path.app_error", 400);
        }
    }
    let long = "n".repeat(2_000);
    keeper.calls(&[write(&long, "x")]).await[0].is("app.plugin.directory.path.app_error", 400);
    let names: Vec<_> =
        fs::read_dir(files(&server, "keeper")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["inside"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_planted_in_the_directory_is_not_followed() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.calls(&[write("inside", "1")]).await[0].ok();
    let secret = server.data().join("secret");
    fs::write(&secret, "secret").unwrap();
    std::os::unix::fs::symlink(&secret, files(&server, "keeper").join("link")).unwrap();
    std::os::unix::fs::symlink(server.data(), files(&server, "keeper").join("data")).unwrap();
    let calls = [
        read("link"),
        read("data/secret"),
        write("link", "x"),
        write("data/secret", "x"),
        write("data/new", "x"),
        ("directory.list-entries", json!({"path": "data", "after": "", "most": 10})),
        ("directory.rename", json!({"path": "inside", "to": "data/new"})),
    ];
    for outcome in keeper.calls(&calls).await {
        outcome.refused();
    }
    keeper.call("directory.remove", json!({"path": "data"})).await.ok();
    assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
    assert!(server.data().join("wasmoat.db").exists() && !server.data().join("new").exists());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_do_not_add_up_to_more_than_the_quota() {
    let (server, admin) = house().await;
    let keeper = Keeper::install(&admin, "keeper").await;
    keeper.limit(json!({"directory_bytes": 100_000, "directory_files": 10})).await;
    let piece = "x".repeat(15_000);
    let writes = (0..20).map(|n| {
        let (keeper, piece) = (keeper.clone(), &piece);
        async move {
            let append = ("directory.append", json!({"path": "shared", "bytes": bytes(piece)}));
            keeper.calls(&[write(&format!("file-{n}"), piece), append]).await
        }
    });
    let outcomes: Vec<_> = join_all(writes).await.into_iter().flatten().collect();
    let written = outcomes.iter().filter(|outcome| format!("{outcome:?}").contains("\"ok\"")).count();
    assert_eq!(written, 6, "so many fit");
    let refused = outcomes.iter().find(|outcome| format!("{outcome:?}").contains("error")).unwrap();
    let text = refused.is("app.plugin.directory.quota.app_error", 413);
    assert!(text.contains("`directory_bytes` is 100000"), "{text}");
    let on_disk: u64 =
        fs::read_dir(files(&server, "keeper")).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(on_disk, 90_000);
    // So it is after a restart of the plugin, when nobody remembers.
    let many: Vec<_> = (0..20).map(|n| write(&format!("empty-{n}"), "")).collect();
    let outcomes = keeper.calls(&many).await;
    let text = outcomes.last().unwrap().is("app.plugin.directory.quota.app_error", 413);
    assert!(text.contains("`directory_files` is 10"), "{text}");
    assert_eq!(fs::read_dir(files(&server, "keeper")).unwrap().count(), 10);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_that_was_not_asked_for_is_not_there() {
    let (server, admin) = house().await;
    let keeper = Keeper { admin: admin.clone(), id: "keeper" };
    keeper.put(Keeper::bundle("keeper", &json!({}))).await;
    let calls = [
        write("a", "1"),
        read("a"),
        ("directory.get-usage", json!({})),
        ("database.get-engine", json!({})),
        ("database.begin", json!({})),
        ("database.execute", json!({"sql": "CREATE TABLE t (x)", "parameters": []})),
        ("database.migrate", json!({"migrations": []})),
    ];
    for outcome in keeper.calls(&calls).await {
        let text = outcome.is("app.plugin.permission_denied.app_error", 403);
        assert!(text.contains("manifest: `wasmoat.d"), "{text}");
    }
    assert!(!server.data().join("plugin-data").exists());
    server.stop().await;
}
