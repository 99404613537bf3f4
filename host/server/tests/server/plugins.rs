use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::house::{House, read, refusal};

/// A component that activates and does nothing.
const QUIET: &str = r#"(component
    (core module $m
        (memory (export "mem") 1)
        (func (export "on-activate") (result i32) i32.const 16))
    (core instance $i (instantiate $m))
    (func $f (result (result (error string))) (canon lift (core func $i "on-activate") (memory (core memory $i "mem"))))
    (instance (export "wasmoat:plugin/on-activate@1.0.0") (export "on-activate" (func $f))))"#;

fn form(bytes: Vec<u8>) -> Form {
    Form::new().part("plugin", Part::bytes(bytes).file_name("quiet.wasm"))
}

fn quiet() -> Form {
    form(wat::parse_str(QUIET).unwrap())
}

async fn upload(house: &House, form: Form) -> (u16, Value) {
    read(house.as_admin(Method::POST, "/api/v4/plugins").multipart(form).send().await.unwrap()).await
}

#[tokio::test]
async fn an_admin_uploads_enables_and_removes() {
    let house = House::new().await;
    let (status, manifest) = upload(&house, quiet()).await;
    assert_eq!((status, &manifest["id"]), (201, &json!("quiet")));
    let (_, list) = house.get("/api/v4/plugins").await;
    assert_eq!((list["active"].as_array().unwrap().len(), &list["inactive"][0]["id"]), (0, &json!("quiet")));
    let enabled = house.send(Method::POST, "/api/v4/plugins/quiet/enable", &json!({})).await;
    assert_eq!(enabled, (200, json!({ "status": "OK" })));
    let (_, statuses) = house.get("/api/v4/plugins/statuses").await;
    assert_eq!((&statuses[0]["plugin_id"], &statuses[0]["state"]), (&json!("quiet"), &json!(2)));
    let (_, inspection) = house.get("/api/v4/plugins/quiet/inspection").await;
    assert_eq!((&inspection["hooks"], &inspection["grant"]["permissions"]), (&json!(["on-activate"]), &json!([])));
    let (_, logs) = house.get("/api/v4/plugins/quiet/logs?lines=10&after=0").await;
    assert!(logs["lines"].is_array());
    assert_eq!(house.get("/api/v4/plugins/webapp").await, (200, json!([])));
    assert_eq!(refusal(&upload(&house, quiet()).await), (400, "app.plugin.install_id.app_error"));
    assert_eq!(upload(&house, quiet().text("force", "true")).await.0, 201);
    let removed = read(house.as_admin(Method::DELETE, "/api/v4/plugins/quiet").send().await.unwrap()).await;
    assert_eq!(removed, (200, json!({ "status": "OK" })));
    let gone = house.send(Method::POST, "/api/v4/plugins/quiet/enable", &json!({})).await;
    assert_eq!(refusal(&gone), (404, "app.plugin.not_installed.app_error"));
    house.stop().await;
}

#[tokio::test]
async fn only_admins_reach_plugins() {
    let house = House::new().await;
    let bob = house.user("bob").await;
    for (method, path) in [
        (Method::GET, "plugins"),
        (Method::POST, "plugins"),
        (Method::GET, "plugins/statuses"),
        (Method::POST, "plugins/quiet/enable"),
        (Method::POST, "plugins/quiet/disable"),
        (Method::DELETE, "plugins/quiet"),
        (Method::GET, "plugins/quiet/inspection"),
        (Method::GET, "plugins/quiet/logs"),
        (Method::GET, "plugins/quiet/permissions"),
        (Method::POST, "plugins/quiet/permissions"),
    ] {
        let path = format!("/api/v4/{path}");
        let stranger = house.anonymous(method.clone(), &path).send().await.unwrap();
        assert_eq!(stranger.status(), 401, "{method} {path}");
        let bobs = read(house.anonymous(method.clone(), &path).bearer_auth(&bob).send().await.unwrap()).await;
        assert_eq!(refusal(&bobs), (403, "api.context.permissions.app_error"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_bad_upload_is_refused() {
    let house = House::new().await;
    let answer = upload(&house, Form::new().text("force", "true")).await;
    assert_eq!(refusal(&answer), (400, "api.plugin.upload.no_file.app_error"));
    let answer = upload(&house, form(b"\0asm\x01\0\0\0".to_vec())).await;
    assert_eq!(refusal(&answer), (400, "app.plugin.component.app_error"));
    let answer = upload(&house, form(vec![0; (64 << 20) + 1])).await;
    assert_eq!(refusal(&answer), (413, "api.context.request_body_too_large.app_error"));
    let answer = house.send(Method::POST, "/api/v4/plugins", &json!({})).await;
    assert_eq!(refusal(&answer), (400, "api.plugin.upload.form.app_error"));
    assert_eq!(house.get("/api/v4/plugins/statuses").await, (200, json!([])));
}

#[tokio::test]
async fn uploads_are_off_unless_the_file_or_development_says_otherwise() {
    let house = House::open(false).await;
    assert_eq!(refusal(&upload(&house, quiet()).await), (501, "app.plugin.upload_disabled.app_error"));
}

#[tokio::test]
async fn a_plugin_that_is_not_there_or_serves_nothing_is_not_found() {
    let house = House::new().await;
    upload(&house, quiet()).await;
    house.send(Method::POST, "/api/v4/plugins/quiet/enable", &json!({})).await;
    for path in [
        "/plugins/nobody",
        "/plugins/quiet",
        "/plugins/quiet/",
        "/plugins/quiet/x/y",
        "/plugins/quiet/public/",
        "/plugins/quiet/public/x.png",
        "/static/plugins/quiet/x.js",
    ] {
        let answer = house.as_admin(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.text().await.unwrap(), "404 page not found\n", "{path}");
    }
}
