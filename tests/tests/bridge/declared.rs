//! What a manifest declares is what a plugin is reached by.

use serde_json::json;
use wasmoat_model::BridgeEndpoint;
use wasmoat_runtime::{ActivateError, Limits};
use wasmoat_tests::{House, guest};

use crate::{FORMS, by, call, endpoint, house, is, short, told};

/// Both forms of the target declare these.
async fn offering(endpoints: &[BridgeEndpoint]) -> House {
    let house = house().await;
    for form in FORMS {
        house.activate_offering(form, guest(form), short(), endpoints.to_vec()).await.unwrap();
    }
    house
}

#[tokio::test]
async fn a_plugin_that_declares_endpoints_is_reached_by_no_other() {
    let house = offering(&[endpoint("/echo/{version}", &json!({}))]).await;
    for form in FORMS {
        assert_eq!(told(&house, &call(form, "/echo/v1?x=1", "1")).await["ok"], "1");
        for other in ["/echo", "/echo/v1/x", "/seen", "/Echo/v1"] {
            is(&told(&house, &call(form, other, "1")).await, "no-endpoint", &["declares no endpoint", other]);
            is(&told(&house, &by("stream", form, other, "1")).await, "no-endpoint", &[]);
        }
    }
    assert_eq!(told(&house, &by("http", "echo", "/seen", "")).await["status"], 404, "by no door");
    assert_eq!(told(&house, &by("http", "echo", "/echo/v1", "1")).await["status"], 200);
}

#[tokio::test]
async fn versions_of_an_endpoint_live_side_by_side() {
    let integer = json!({ "request": { "type": "integer" }, "version": "1" });
    let text = json!({ "request": { "type": "string" }, "version": "2" });
    let house = offering(&[endpoint("/echo/v1", &integer), endpoint("/echo/v2", &text)]).await;
    for form in FORMS {
        assert_eq!(told(&house, &call(form, "/echo/v1", "1")).await["ok"], "1");
        assert_eq!(told(&house, &call(form, "/echo/v2", "\"1\"")).await["ok"], "\"1\"");
        is(&told(&house, &call(form, "/echo/v2", "1")).await, "schema-violation", &["request"]);
    }
}

#[tokio::test]
async fn the_host_decides_who_may_call() {
    let house = offering(&[
        endpoint("/echo/core", &json!({ "callers": ["core"] })),
        endpoint("/echo/other", &json!({ "callers": ["other", "core"] })),
        endpoint("/echo/caller", &json!({ "callers": ["caller"] })),
    ])
    .await;
    for form in FORMS {
        is(&told(&house, &call(form, "/echo/core", "")).await, "unauthorised", &["admits", "`core`"]);
        is(&told(&house, &call(form, "/echo/other", "")).await, "unauthorised", &["`other`"]);
        assert_eq!(told(&house, &call(form, "/echo/caller", "1")).await["ok"], "1");
    }
    assert_eq!(told(&house, &by("http", "echo", "/echo/core", "")).await["status"], 403, "by no door");
}

#[tokio::test]
async fn what_breaks_the_schema_of_the_request_does_not_reach_the_target() {
    let schema = json!({ "type": "object", "required": ["votes"], "properties": { "votes": { "minimum": 0 } } });
    let house = offering(&[endpoint("/trap", &json!({ "request": schema }))]).await;
    for form in FORMS {
        for door in ["call", "stream", "open"] {
            let asked = by(door, form, "/trap", r#"{"votes":-1}"#);
            is(&told(&house, &asked).await, "schema-violation", &["the request", "`/votes`"]);
        }
        is(&told(&house, &call(form, "/trap", "{}")).await, "schema-violation", &["`/`", "votes"]);
        is(&told(&house, &call(form, "/trap", "no json")).await, "schema-violation", &["no JSON"]);
    }
    let http = told(&house, &by("http", "echo", "/trap", "{}")).await;
    assert_eq!(http["status"], 400, "by no door: {http}");
    assert_eq!(house.platform.faults(), []);
}

#[tokio::test]
async fn what_breaks_the_schema_of_the_answer_does_not_reach_the_caller() {
    let schema = json!({ "response": { "type": "array", "items": { "type": "string" } } });
    let house = offering(&[endpoint("/echo", &schema), endpoint("/stream", &schema)]).await;
    for form in FORMS {
        assert_eq!(told(&house, &call(form, "/echo", r#"["a"]"#)).await["ok"], r#"["a"]"#);
        is(&told(&house, &call(form, "/echo", r#"["a", 1]"#)).await, "schema-violation", &["the answer", "`/1`"]);
        let pieces = r#"{"count": 3, "bytes": 10}"#;
        is(&told(&house, &by("stream", form, "/stream", pieces)).await, "schema-violation", &["the answer"]);
    }
    let http = told(&house, &by("http", "echo", "/echo", "1")).await;
    assert_eq!(http["status"], 400, "by no door: {http}");
}

#[tokio::test]
async fn an_endpoint_may_give_itself_less_time_than_the_plugin_has() {
    let house = offering(&[endpoint("/sleep", &json!({ "timeout_ms": 50 }))]).await;
    for form in FORMS {
        is(&told(&house, &call(form, "/sleep", "")).await, "timeout", &[form]);
    }
}

#[tokio::test]
async fn a_declaration_that_cannot_be_used_stops_the_activation() {
    let house = House::new();
    let bad = endpoint("/x", &json!({ "request": { "type": "nothing" } }));
    let activated = house.activate_offering("echo", guest("echo"), Limits::default(), vec![bad]).await;
    let Err(ActivateError::Endpoint(error)) = activated else { panic!("{activated:?}") };
    assert!(error.to_string().contains("`/x`"), "{error}");
}
