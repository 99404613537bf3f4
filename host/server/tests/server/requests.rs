use reqwest::{Method, header};
use serde_json::json;

use crate::house::{House, read, refusal};

#[tokio::test]
async fn every_answer_names_its_request() {
    let house = House::new().await;
    let answer =
        house.anonymous(Method::GET, "/api/v4/system/ping").header("X-Request-Id", "mine").send().await.unwrap();
    let headers = answer.headers().clone();
    assert_eq!(read(answer).await.1["status"], "OK");
    let id = headers["x-request-id"].to_str().unwrap();
    assert!(wasmoat_model::is_valid_id(id), "{id}");
    assert!(headers["x-version-id"].to_str().unwrap().starts_with("11.6.0."));
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["referrer-policy"], "no-referrer");
    let answer = house.as_admin(Method::GET, "/api/v4/users/me").send().await.unwrap();
    assert_eq!(answer.headers()["expires"], "0");
    house.stop().await;
}

#[tokio::test]
async fn an_error_has_mattermosts_five_fields() {
    let house = House::new().await;
    for (method, path) in
        [(Method::GET, "/api/v4/nothing"), (Method::PATCH, "/api/v4/system/ping"), (Method::GET, "/api/v5/x")]
    {
        let answer = house.anonymous(method, path).send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let (status, body) = read(answer).await;
        let message = body["message"].as_str().unwrap();
        let expected = json!({
            "id": "api.context.404.app_error", "message": message, "detailed_error": "", "request_id": id, "status_code": 404,
        });
        assert_eq!((status, body.clone()), (404, expected), "{path}");
    }
    let answer = house.anonymous(Method::GET, "/nothing").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (404, "404 page not found\n"));
}

#[tokio::test]
async fn requests_have_limits() {
    let house = House::new().await;
    let long = format!("/api/v4/system/ping?x={}", "y".repeat(2_100));
    let answer = read(house.anonymous(Method::GET, &long).send().await.unwrap()).await;
    assert_eq!(refusal(&answer), (414, "basic_security_check.url.too_long_error"));
    let large = json!({ "TeamSettings": { "SiteName": "x".repeat(300_000) } });
    let answer = house.send(Method::PUT, "/api/v4/config/patch", &large).await;
    assert_eq!(refusal(&answer), (413, "api.context.request_body_too_large.app_error"));
    let answer = read(house.as_admin(Method::PUT, "/api/v4/config/patch").body("{").send().await.unwrap()).await;
    assert_eq!(refusal(&answer), (400, "api.context.invalid_body_param.app_error"));
}

#[tokio::test]
async fn a_session_is_found_and_a_cookie_needs_a_proof() {
    let house = House::new().await;
    let answer = read(house.anonymous(Method::GET, "/api/v4/config").send().await.unwrap()).await;
    assert_eq!(refusal(&answer), (401, "api.context.session_expired.app_error"));
    for authorization in
        [format!("Bearer {}", house.token), format!("BEARER {}", house.token), format!("token {}", house.token)]
    {
        let request = house.anonymous(Method::GET, "/api/v4/config").header(header::AUTHORIZATION, authorization);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let in_url = format!("/api/v4/config?access_token={}", house.token);
    let answer = read(house.anonymous(Method::GET, &in_url).send().await.unwrap()).await;
    assert_eq!(refusal(&answer), (401, "api.context.token_provided.app_error"));
    let cookie = format!("MMAUTHTOKEN={}", house.token);
    let with_cookie = |method| house.anonymous(method, "/api/v4/config/reload").header(header::COOKIE, &cookie);
    assert_eq!(with_cookie(Method::POST).send().await.unwrap().status(), 401);
    let proved = with_cookie(Method::POST).header("X-Requested-With", "XMLHttpRequest");
    assert_eq!(proved.send().await.unwrap().status(), 200);
    // An invalid token is no error where no session is needed.
    let answer = house.anonymous(Method::GET, "/api/v4/system/ping").bearer_auth("nonsense").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn the_server_tells_about_itself() {
    let house = House::new().await;
    let (_, status) = house.get("/api/v4/system/ping?get_server_status=true").await;
    assert_eq!((&status["status"], &status["database_status"]), (&json!("OK"), &json!("OK")));
    let page = house.anonymous(Method::GET, "/").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Wasmoat"));
    let metrics = house.anonymous(Method::GET, "/metrics").send().await.unwrap();
    assert!(metrics.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    assert!(metrics.text().await.unwrap().contains("http_request_duration_seconds"));
    assert_eq!(house.get("/api/v4/license/client?format=old").await.1, json!({ "IsLicensed": "false" }));
}
