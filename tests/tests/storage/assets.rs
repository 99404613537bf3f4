//! `wit/assets.wit`.

use serde_json::{Value, json};

use crate::{Keeper, house};

fn read(path: &str) -> (&'static str, Value) {
    ("assets.read", json!({"path": path, "offset": 0, "length": 100}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_reads_the_assets_of_its_bundle_and_nothing_else_of_it() {
    let (server, admin) = house().await;
    let keeper = Keeper { admin: admin.clone(), id: "keeper" };
    let bundle = Keeper::bundle("keeper", &json!({}));
    let bundle = bundle.file("assets/mail/hello.txt", b"hello").file("public/logo.svg", b"<svg/>").file("secret", b"s");
    keeper.put(bundle).await;
    let list = |path: &str| ("assets.list-assets", json!({"path": path, "after": "", "most": 10}));
    let outcomes = keeper
        .calls(&[read("assets/mail/hello.txt"), read("public/logo.svg"), list("assets"), read("assets/none")])
        .await;
    assert_eq!(outcomes[0].ok(), &b"hello".iter().copied().collect::<Value>());
    assert_eq!(outcomes[1].ok().as_array().unwrap().len(), 6);
    assert_eq!(outcomes[2].ok(), &json!([{"name": "mail", "is_folder": true, "size": 0}]));
    outcomes[3].is("app.plugin.assets.not_found.app_error", 404);
    let outside =
        ["secret", "component.wasm", "plugin.json", "assets/../secret", "../keeper/secret", "/etc/passwd", ""];
    for path in outside {
        for outcome in keeper.calls(&[read(path), list(path)]).await {
            outcome.is("app.plugin.assets.path.app_error", 400);
        }
    }
    // An upgrade brings its own.
    keeper.put(Keeper::bundle("keeper", &json!({})).file("assets/new", b"2")).await;
    let outcomes = keeper.calls(&[read("assets/new"), read("assets/mail/hello.txt")]).await;
    outcomes[0].ok();
    outcomes[1].is("app.plugin.assets.not_found.app_error", 404);
    server.stop().await;
}
