use serde_json::{Value, json};

use crate::world::{PASSWORD, World, refusal};

#[tokio::test]
async fn a_login_answers_the_account_and_the_token_in_a_header() {
    let (world, admin) = World::new().await;
    let (status, me) = admin.get("users/me").await;
    assert_eq!((status, me["username"].as_str(), me["id"].as_str()), (200, Some("ada"), Some(admin.id.as_str())));
    assert!(me.get("password").is_none());
    assert_eq!(me["email"], "ada@example.org");
    assert_eq!(me["notify_props"]["desktop"], "mention");

    let stranger = world.stranger();
    assert_eq!(refusal(&stranger.get("users/me").await), (401, "api.context.session_expired.app_error"));
    for login_id in ["ada", "nobody"] {
        let reply = stranger.post("users/login", json!({"login_id": login_id, "password": "wrong"})).await;
        assert_eq!(refusal(&reply), (401, "api.user.login.invalid_credentials_email_username"));
    }
}

#[tokio::test]
async fn cookies_come_to_web_pages_alone_and_need_the_csrf_value() {
    let (world, _) = World::new().await;
    let stranger = world.stranger();
    let credentials = json!({"login_id": "ada@example.org", "password": PASSWORD});
    let plain = stranger.send("POST", "users/login", Some(credentials.clone())).await;
    assert!(plain.headers().get("set-cookie").is_none());

    let web = stranger
        .request("POST", "users/login")
        .header("X-Requested-With", "XMLHttpRequest")
        .json(&credentials)
        .send()
        .await
        .unwrap();
    let cookies: Vec<String> =
        web.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned()).collect();
    let value = |name: &str| {
        let cookie = cookies.iter().find(|cookie| cookie.starts_with(&format!("{name}="))).unwrap();
        cookie[name.len() + 1..].split(';').next().unwrap().to_owned()
    };
    assert!(cookies.iter().any(|cookie| cookie.starts_with("MMAUTHTOKEN=") && cookie.contains("HttpOnly")));
    assert_eq!(value("MMUSERID").len(), 26);

    let cookie = format!("MMAUTHTOKEN={}", value("MMAUTHTOKEN"));
    let read = stranger.request("GET", "users/me").header("Cookie", &cookie).send().await.unwrap();
    assert_eq!(read.status(), 200);
    let write = || stranger.request("PUT", "users/me/patch").header("Cookie", &cookie).json(&json!({"nickname": "n"}));
    assert_eq!(write().send().await.unwrap().status(), 401);
    assert_eq!(write().header("X-CSRF-Token", value("MMCSRF")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_logout_ends_the_session() {
    let (world, admin) = World::new().await;
    let (_, sessions) = admin.get("users/me/sessions").await;
    assert_eq!(sessions.as_array().unwrap().len(), 1);
    assert_eq!(sessions[0]["token"], "", "a list of sessions is no list of passwords");
    assert_eq!(admin.post("users/logout", json!({})).await, (200, json!({"status": "OK"})));
    assert_eq!(admin.get("users/me").await.0, 401);
    assert_eq!(world.stranger().post("users/logout", json!({})).await.0, 200);
}

#[tokio::test]
async fn sessions_are_revoked_one_by_one_or_all() {
    let (world, admin) = World::new().await;
    let bob = world.user(&admin, "bob").await;
    let (_, sessions) = bob.get("users/me/sessions").await;
    let id = sessions[0]["id"].clone();
    let (status, _) = bob.post(&format!("users/{}/sessions/revoke", admin.id), json!({"session_id": id})).await;
    assert_eq!(status, 403);
    assert_eq!(bob.post("users/me/sessions/revoke", json!({"session_id": id})).await.0, 200);
    assert_eq!(bob.get("users/me").await.0, 401);
    assert_eq!(admin.post("users/sessions/revoke/all", json!({})).await.0, 200);
    assert_eq!(admin.get("users/me").await.0, 401);
}

#[tokio::test]
async fn a_personal_access_token_logs_in_while_the_setting_is_on() {
    let (world, admin) = World::new().await;
    let path = format!("users/{}/tokens", admin.id);
    let refused = admin.post(&path, json!({"description": "d"})).await;
    assert_eq!(refusal(&refused), (501, "app.user_access_token.disabled"));
    let (status, body) = admin.put("config/patch", json!({"ServiceSettings": {"EnableUserAccessTokens": true}})).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(refusal(&admin.post(&path, json!({"description": ""})).await).0, 400);
    let (status, token) = admin.post(&path, json!({"description": "d"})).await;
    assert_eq!(status, 200);

    let mut robot = world.stranger();
    robot.token = token["token"].as_str().unwrap().to_owned();
    assert_eq!(robot.get("users/me").await.0, 200);
    let (_, listed) = admin.get(&path).await;
    assert_eq!(listed[0]["id"], token["id"]);
    assert_eq!(listed[0].get("token"), None::<&Value>);
    let body = json!({"token_id": token["id"]});
    assert_eq!(admin.post("users/tokens/disable", body.clone()).await.0, 200);
    assert_eq!(robot.get("users/me").await.0, 401);
    assert_eq!(admin.post("users/tokens/enable", body.clone()).await.0, 200);
    assert_eq!(robot.get("users/me").await.0, 200);
    assert_eq!(admin.post("users/tokens/revoke", body).await.0, 200);
    assert_eq!(robot.get("users/me").await.0, 401);

    let bob = world.user(&admin, "bob").await;
    assert_eq!(bob.post("users/me/tokens", json!({"description": "d"})).await.0, 403);
}
