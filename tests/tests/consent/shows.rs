//! The way of a plugin through the gate, over REST.

use serde_json::json;

use crate::{Moat, RUNNING, names, refused};

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_waits_works_within_a_narrowed_approval_and_its_upgrade_waits_beside_it() {
    let moat = Moat::new().await;
    let post = moat.say(&moat.channel, "a book").await;

    // Uploaded, it is pending, and everything it asks for is listed with the author's reasons.
    moat.upload("asks-for-little").await;
    let shown = moat.permissions("librarian").await;
    assert_eq!((&shown["approval"], &shown["granted"]), (&json!("pending"), &json!(null)));
    assert_eq!(names(&shown["asked"]), ["kv", "posts.read", "posts.write"]);
    let [kv, read, _] = shown["asked"]["permissions"].as_array().unwrap().as_slice() else { panic!("{shown}") };
    assert_eq!((&kv["unexplained"], &kv["functions"]), (&json!(true), &json!(["kv.kv-set"])), "no reason is flagged");
    assert_eq!((&read["reason"], &read["required"]), (&json!("To look posts up."), &json!(true)));
    assert_eq!(shown["asked"]["unused"], json!({"users.read": "To know who asks."}), "a reason without an import");
    assert_eq!(shown["asked"]["hosts"], json!({"*.example.org": "To look books up."}));
    assert_eq!(shown["asked"]["plugins"], json!({"poll": "To ask what to read."}));
    assert_eq!(shown["asked"]["limits"], json!({"filter_ms": 900}));
    let digest = shown["waiting"]["digest"].clone();

    // The ordinary route says what waits for whom.
    let message = refused(&moat.enable("librarian").await, "app.plugin.not_approved.app_error", 403);
    assert!(message.contains("system admin") && message.contains("posts.write"), "{message}");
    assert_eq!(moat.ask("/version").await.status, 404);

    // Approved in part.
    let consent = json!({"permissions": ["kv", "posts.read"], "hosts": ["api.example.org"]});
    let shown = moat.decide("librarian", json!({"approve": consent, "digest": digest})).await.ok();
    assert_eq!(shown["approval"], "approved");
    assert_eq!((&shown["granted"]["digest"], names(&shown["difference"])), (&digest, vec!["posts.write"]));
    assert_eq!(shown["granted"]["approved_by"], moat.admin.my_id().await);
    moat.enable("librarian").await.ok();

    // Works within it, denied outside it.
    assert_eq!(moat.ask(&format!("/read/{post}")).await.body, "a book");
    let denied = moat.ask(&format!("/say/{}", moat.channel.id)).await;
    assert_eq!(denied.status, 422);
    let text = denied.body.as_str().unwrap();
    assert!(text.starts_with("app.plugin.permission_denied.app_error "), "{text}");
    for named in ["`librarian`", "`posts.create-post`", "`posts.write`", "wasmoat plugin approve librarian"] {
        assert!(text.contains(named), "{named}: {text}");
    }

    // A new version that asks for more waits, and the old one answers.
    moat.upload("asks-for-more").await;
    let shown = moat.permissions("librarian").await;
    assert_eq!(shown["approval"], "upgrade_pending");
    assert_eq!((&shown["installed"]["version"], &shown["waiting"]["version"]), (&json!("1.0.0"), &json!("2.0.0")));
    assert_eq!(names(&shown["difference"]), ["posts.write", "reactions.write"], "what was granted is no difference");
    assert_eq!(moat.ask("/version").await.body, "version 1");
    assert_eq!(moat.status("librarian").await.1, "1.0.0");

    // Approved, it takes the old one's place.
    let digest = shown["waiting"]["digest"].clone();
    let shown = moat.decide("librarian", json!({"approve": true, "digest": digest})).await.ok();
    assert_eq!((&shown["approval"], &shown["granted"]["digest"]), (&json!("approved"), &digest));
    assert_eq!(moat.ask("/version").await.body, "version 2");
    assert_eq!(moat.ask(&format!("/react/{post}")).await.body, "books");
    assert_eq!(moat.status("librarian").await, (RUNNING, "2.0.0".to_owned(), String::new()));
    moat.server.stop().await;
}
