//! New versions of what was approved.

use serde_json::json;
use wasmoat_tests::{TestServer, guest};

use crate::{Moat, RUNNING, names};

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_asks_for_fewer_activates_by_itself_with_the_narrowing() {
    let moat = Moat::new().await;
    moat.upload("asks-for-more").await;
    let consent = json!({"permissions": ["kv", "posts.read"], "channels": [moat.channel.id]});
    moat.decide("librarian", json!({"approve": consent})).await.ok();
    moat.enable("librarian").await.ok();
    // The first version asks for less than the second one.
    moat.upload("asks-for-little").await;
    assert_eq!(moat.ask("/version").await.body, "version 1");
    let shown = moat.permissions("librarian").await;
    assert_eq!((&shown["approval"], &shown["installed"]["version"]), (&json!("approved"), &json!("1.0.0")));
    assert_eq!(shown["granted"]["permissions"], json!(["kv", "posts.read"]));
    assert_eq!(shown["granted"]["channels"], json!([moat.channel.id]));
    assert_eq!(shown["granted"]["digest"], shown["installed"]["digest"], "the grant is bound to the new component");
    assert_eq!(moat.ask(&format!("/say/{}", moat.channel.id)).await.status, 422, "still denied");
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_upgrade_is_dropped_and_the_old_version_goes_on() {
    let moat = Moat::with_librarian().await;
    moat.upload("asks-for-more").await;
    assert!(moat.status("librarian").await.2.contains("2.0.0 waits"));
    let shown = moat.decide("librarian", json!({"deny": true})).await.ok();
    assert_eq!((&shown["approval"], &shown["waiting"]), (&json!("approved"), &json!(null)));
    assert_eq!(moat.ask("/version").await.body, "version 1");
    assert_eq!(moat.status("librarian").await, (RUNNING, "1.0.0".to_owned(), String::new()));
    let versions = moat.server.data().join("plugins/librarian").read_dir().unwrap().count();
    assert_eq!(versions, 1, "the files of what was denied are gone");
    moat.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start_as_installed_in(folder.path().to_owned()).await;
    let admin = server.admin().await;
    admin.upload("v1.wasm", guest("asks-for-little"), false).await.ok();
    admin.post("/api/v4/plugins/librarian/permissions", &json!({"approve": true})).await.ok();
    admin.post("/api/v4/plugins/librarian/enable", &json!({})).await.ok();
    admin.upload("v2.wasm", guest("asks-for-more"), true).await.ok();
    server.stop().await;

    let server = TestServer::start_as_installed_in(folder.path().to_owned()).await;
    let admin = server.stranger().log_in("ada").await;
    let shown = admin.get("/api/v4/plugins/librarian/permissions").await.ok();
    assert_eq!((&shown["approval"], names(&shown["difference"])), (&json!("upgrade_pending"), vec!["reactions.write"]));
    assert_eq!(admin.get("/plugins/librarian/version").await.body, "version 1");
    admin.post("/api/v4/plugins/librarian/permissions", &json!({"approve": true})).await.ok();
    assert_eq!(admin.get("/plugins/librarian/version").await.body, "version 2");
    server.stop().await;

    let server = TestServer::start_as_installed_in(folder.path().to_owned()).await;
    let admin = server.stranger().log_in("ada").await;
    assert_eq!(admin.get("/plugins/librarian/version").await.body, "version 2");
    assert_eq!(admin.get("/api/v4/plugins/librarian/permissions").await.ok()["approval"], "approved");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approval_swaps_without_losing_a_call() {
    let moat = Moat::with_librarian().await;
    moat.upload("asks-for-more").await;
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let admin = moat.admin.clone();
    let asking = tokio::spawn(async move {
        let mut answers = Vec::new();
        while !*stopped.borrow_and_update() {
            let reply = admin.get("/plugins/librarian/version").await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            answers.push(reply.body.to_string());
        }
        answers
    });
    moat.decide("librarian", json!({"approve": true})).await.ok();
    assert_eq!(moat.ask("/version").await.body, "version 2");
    stop.send(true).unwrap();
    let answers = asking.await.unwrap();
    assert!(answers.is_sorted(), "first the old version, then the new one: {answers:?}");
    moat.server.stop().await;
}
