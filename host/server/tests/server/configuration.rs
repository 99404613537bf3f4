use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{House, read, refusal};

#[tokio::test]
async fn the_configuration_is_shown_without_secrets_and_survives_its_return() {
    let house = House::new().await;
    let patch = json!({ "EmailSettings": { "SMTPPassword": "s3cret" }, "TeamSettings": { "SiteName": "Moat" } });
    let (status, shown) = house.send(Method::PUT, "/api/v4/config/patch", &patch).await;
    assert_eq!((status, &shown["TeamSettings"]["SiteName"]), (200, &json!("Moat")));
    assert_eq!(shown["EmailSettings"]["SMTPPassword"], "*".repeat(32));
    let (status, again) = house.send(Method::PUT, "/api/v4/config", &shown).await;
    assert_eq!((status, again), (200, shown));
    let (_, client) = house.get("/api/v4/config/client?format=old").await;
    assert_eq!((&client["SiteName"], &client["EnableCommands"]), (&json!("Moat"), &json!("true")));
    house.stop().await;
}

#[tokio::test]
async fn the_switch_for_uploads_is_the_files_alone() {
    let house = House::open(false).await;
    let patch = json!({ "PluginSettings": { "EnableUploads": true } });
    let answer = house.send(Method::PUT, "/api/v4/config/patch", &patch).await;
    assert_eq!(refusal(&answer), (403, "api.config.update_config.not_allowed_security.app_error"));
    let (_, mut config) = house.get("/api/v4/config").await;
    config["PluginSettings"]["EnableUploads"] = Value::Bool(true);
    let (status, config) = house.send(Method::PUT, "/api/v4/config", &config).await;
    assert_eq!((status, &config["PluginSettings"]["EnableUploads"]), (200, &Value::Bool(false)));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let house = House::new().await;
    let patch = json!({ "PluginSettings": { "Wasmoat": { "Defaults": { "feul_per_call": 1 } } } });
    let answer = house.send(Method::PUT, "/api/v4/config/patch", &patch).await;
    assert_eq!(refusal(&answer), (400, "model.config.is_valid.wasmoat_limits.app_error"));
    assert!(answer.1["message"].as_str().unwrap().contains("feul_per_call"));
}

#[tokio::test]
async fn who_may_not_administer_sees_what_clients_see() {
    let house = House::new().await;
    let bob = house.user("bob").await;
    for (method, path) in [
        (Method::GET, "config"),
        (Method::PUT, "config"),
        (Method::PUT, "config/patch"),
        (Method::GET, "config/environment"),
        (Method::POST, "config/reload"),
    ] {
        let request = house.anonymous(method, &format!("/api/v4/{path}")).bearer_auth(&bob).json(&json!({}));
        assert_eq!(
            refusal(&read(request.send().await.unwrap()).await),
            (403, "api.context.permissions.app_error"),
            "{path}"
        );
    }
    let client = house.anonymous(Method::GET, "/api/v4/config/client").send().await.unwrap();
    assert!(read(client).await.1.get("MaxFileSize").is_none());
}
