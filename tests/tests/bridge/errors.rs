//! One error of each kind, from both forms of a target: the caller cannot tell them apart.

use serde_json::{Value, json};
use wasmoat_model::Consent;
use wasmoat_runtime::{Activation, Limits, Policy};
use wasmoat_tests::guest;

use crate::{FORMS, call, house, in_time, is, short, told};

#[tokio::test]
async fn an_answer_is_the_targets_bytes() {
    let house = house().await;
    for form in FORMS {
        assert_eq!(told(&house, &call(form, "/echo", r#"{"a": "ä"}"#)).await, json!({ "ok": r#"{"a": "ä"}"# }));
    }
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_an_invalid_request() {
    let house = house().await;
    for endpoint in
        ["echo", "", "/a b", "/a\r\nMattermost-User-Id: admin", "/a#b", "/x?a=\n", &format!("/{}", "x".repeat(2_000))]
    {
        is(&told(&house, &call("echo", endpoint, "")).await, "invalid-request", &["endpoint"]);
    }
    let unusable = json!({ "target": "echo", "endpoint": "/echo", "schema": r##"{"$ref": "#"}"## });
    is(&told(&house, &unusable).await, "invalid-request", &["response schema", "leads back"]);
}

#[tokio::test]
async fn a_plugin_that_is_not_installed_is_told_from_one_that_is_not_active() {
    let house = house().await;
    house.platform.install("sleeping");
    is(&told(&house, &call("nobody", "/echo", "")).await, "not-found", &["`nobody`"]);
    is(&told(&house, &call("sleeping", "/echo", "")).await, "not-active", &["`sleeping`"]);
    house.runtime.deactivate("echo").await;
    is(&told(&house, &call("echo", "/echo", "")).await, "not-found", &["`echo`"]);
}

#[tokio::test]
async fn while_plugins_are_switched_off_no_plugin_is_there() {
    let house = house().await;
    house.platform.install("echo");
    house.platform.switch_off();
    house.runtime.deactivate("echo").await;
    is(&told(&house, &call("echo", "/echo", "")).await, "not-initialised", &[]);
}

#[tokio::test]
async fn a_target_that_knows_no_such_endpoint_and_one_that_refuses_are_told_apart() {
    let house = house().await;
    for form in FORMS {
        is(&told(&house, &call(form, "/nowhere", "")).await, "no-endpoint", &[form, "status 404"]);
        is(&told(&house, &call(form, "/status/403", "")).await, "unauthorised", &[form, "status 403"]);
    }
    // Neither of the two forms.
    house.activate("filter", guest("counter"), Limits::default()).await.unwrap();
    is(&told(&house, &call("filter", "/x", "")).await, "no-endpoint", &["execute-bridge-call"]);
}

#[tokio::test]
async fn a_plugin_reaches_only_those_that_the_admin_allowed() {
    let house = house().await;
    let artifact = house.runtime.compile(guest("bridge-caller")).await.unwrap();
    let permissions = artifact.inspection().permissions.keys().cloned().collect();
    let consent = Consent { permissions, plugins: ["echo".to_owned()].into(), ..Consent::default() };
    let (limits, policy) = (Limits::default(), Policy::default());
    let activation = Activation { id: "caller".into(), artifact, limits, policy, consent, bridge: Vec::new() };
    house.runtime.activate(house.platform.clone(), activation).await.unwrap();
    assert_eq!(told(&house, &call("echo", "/echo", "1")).await["ok"], "1");
    for door in ["call", "stream", "open"] {
        let asked = json!({ "by": door, "target": "echo-direct", "endpoint": "/echo", "request": "1" });
        is(&told(&house, &asked).await, "unauthorised", &["was not allowed to call plugin `echo-direct`"]);
    }
    let asked = json!({ "by": "http", "target": "echo-direct", "endpoint": "/echo" });
    assert_eq!(told(&house, &asked).await["status"], 403);
}

#[tokio::test]
async fn any_other_answer_comes_with_its_status_and_body() {
    let house = house().await;
    let mut bodies: Vec<Value> = Vec::new();
    for form in FORMS {
        let told = told(&house, &call(form, "/status/418", "")).await;
        is(&told, "http", &["418", "echo.refused"]);
        assert_eq!(told["status"], 418);
        bodies.push(told["text"].clone());
    }
    assert_eq!(bodies[0], bodies[1], "the caller cannot tell the forms apart");
}

#[tokio::test]
async fn an_answer_that_is_not_what_was_asked_for_does_not_arrive() {
    let house = house().await;
    for form in FORMS {
        let asked = |schema: &str, request: &str| json!({ "target": form, "endpoint": "/echo", "request": request, "schema": schema });
        let schema = r#"{"type": "object", "properties": {"votes": {"type": "array", "items": {"type": "integer"}}}}"#;
        assert_eq!(told(&house, &asked(schema, r#"{"votes": [1]}"#)).await["ok"], r#"{"votes": [1]}"#);
        is(
            &told(&house, &asked(schema, r#"{"votes": [1, "2"]}"#)).await,
            "schema-violation",
            &["`/votes/1`", "integer"],
        );
        let example = r#"{"title": "A poll", "votes": [0]}"#;
        assert!(told(&house, &asked(example, r#"{"title": "x", "votes": []}"#)).await["ok"].is_string());
        is(&told(&house, &asked(example, r#"{"title": 1, "votes": []}"#)).await, "schema-violation", &["`/title`"]);
        let no_json = json!({ "target": form, "endpoint": "/text", "schema": "true" });
        is(&told(&house, &no_json).await, "schema-violation", &["no JSON"]);
    }
}

#[tokio::test]
async fn a_fault_in_the_target_is_named_and_the_caller_lives_on() {
    in_time(async {
        let house = house().await;
        for form in FORMS {
            is(&told(&house, &call(form, "/trap", "")).await, "fault", &[form, "told to trap"]);
            is(&told(&house, &call(form, "/loop", "")).await, "fault", &[form, "out of fuel", "fuel_per_call"]);
            assert_eq!(told(&house, &call(form, "/echo", "1")).await["ok"], "1");
        }
    })
    .await;
}

#[tokio::test]
async fn a_target_that_takes_too_long_is_a_timeout() {
    in_time(async {
        let house = house().await;
        for form in FORMS {
            house.activate(form, guest(form), Limits { provide_ms: 50, ..short() }).await.unwrap();
            is(&told(&house, &call(form, "/sleep", "")).await, "timeout", &[form, "deadline"]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_caller_keeps_enough_of_its_time_to_hear_of_a_timeout() {
    in_time(async {
        let house = house().await;
        let limits = Limits { provide_ms: 4_000, ..Limits::default() };
        house.activate("caller", guest("bridge-caller"), limits).await.unwrap();
        is(&told(&house, &call("echo", "/sleep", "")).await, "timeout", &["the caller's remaining time"]);
    })
    .await;
}
