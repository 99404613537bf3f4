//! `/bridge/v1`: what other plugins and the server see.

use super::*;

fn names(list: &Value, of: &str, name: &str) -> Vec<String> {
    list[of].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn agents_are_listed_by_name_with_the_ids_of_their_accounts() {
    let office = office();
    let (status, list) = office.get("/agents");
    assert_eq!(
        (status, names(&list, "agents", "username")),
        (200, vec!["helper".into(), "nobodys".into(), "private".into()])
    );
    assert_eq!(
        list["agents"][0],
        json!({"id": office.agent("helper"), "displayName": "Helper", "username": "helper", "service_id": "s1",
               "service_type": "openaicompatible", "is_default": true})
    );
}

#[test]
fn a_user_is_shown_what_the_user_may_use() {
    let office = office();
    for (user, agents, services) in [
        (&office.ann, vec!["helper", "private"], vec!["Main", "Other"]),
        (&office.carol, vec!["helper", "private"], vec!["Main", "Other"]),
        (&office.bob, vec!["helper"], vec!["Main"]),
    ] {
        let (_, list) = office.get(&format!("/agents?user_id={user}"));
        assert_eq!(names(&list, "agents", "username"), agents);
        let (_, list) = office.get(&format!("/services?user_id={user}"));
        assert_eq!(names(&list, "services", "name"), services);
    }
    let (_, list) = office.get("/services");
    assert_eq!(list["services"][0], json!({"id": "s1", "name": "Main", "type": "openaicompatible"}));
}

#[test]
fn who_has_left_the_team_is_no_member() {
    let office = office();
    let left = TeamMember { delete_at: 1, ..TeamMember::default() };
    office.platform.on(calls::team_members::GetTeamMember, move |_| Ok(left.clone()));
    let (_, list) = office.get(&format!("/agents?user_id={}", office.carol));
    assert_eq!(names(&list, "agents", "username"), ["helper"]);
}

#[test]
fn people_have_no_business_here() {
    let office = office();
    let helper = office.agent("helper");
    for (method, path) in [
        ("GET", "/agents".to_owned()),
        ("GET", "/services".to_owned()),
        ("GET", format!("/agents/{helper}/tools")),
        ("POST", format!("/completion/agent/{helper}")),
        ("POST", format!("/completion/agent/{helper}/nostream")),
        ("POST", "/completion/service/s1".to_owned()),
        ("POST", "/completion/service/s1/nostream".to_owned()),
    ] {
        let request = HttpRequest {
            method: method.into(),
            url: format!("/bridge/v1{path}"),
            headers: vec![HttpHeader { name: "Mattermost-User-Id".into(), value: office.ann.clone() }],
            body: question(&json!({})).to_string().into_bytes(),
            ..HttpRequest::default()
        };
        assert_eq!(office.plugin.serve_http(PluginContext::default(), request).status, 401, "{method} {path}");
    }
    assert!(office.provider.asked().is_empty());
}

#[test]
fn an_agent_completes_a_chat_at_its_service() {
    let office = office();
    office.provider.answers(said("Hi."));
    let (status, answer) = office.complete("helper", &json!({"max_generated_tokens": 50}));
    assert_eq!((status, answer), (200, json!({"completion": "Hi."})));
    let asked = &office.provider.asked()[0];
    assert_eq!(asked.url, "https://llm.example.org/v1/chat/completions");
    assert_eq!(asked.header("authorization"), Some("Bearer key-1"));
    assert_eq!(
        office.provider.body(),
        json!({"model": "small", "max_tokens": 50, "messages": [
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"},
        ]})
    );
}

#[test]
fn an_agent_has_a_model_of_its_own_and_openai_its_own_words() {
    let office = office();
    office.provider.answers(said("Hi."));
    let (status, _) = office.complete("private", &json!({"user_id": office.ann, "max_generated_tokens": 1_000_000}));
    assert_eq!(status, 200);
    let body = office.provider.body();
    assert_eq!((&body["model"], &body["user"]), (&json!("bigger"), &json!(office.ann)));
    assert_eq!((&body["max_completion_tokens"], &body["max_tokens"]), (&json!(8_192), &Value::Null));
}

#[test]
fn bot_is_another_word_for_assistant() {
    let office = office();
    office.provider.answers(said("Hi."));
    let posts = json!([{"role": "user", "message": "1"}, {"role": "bot", "message": "2"},
                       {"role": "assistant", "message": "3"}]);
    assert_eq!(office.complete("helper", &json!({"posts": posts})).0, 200);
    let roles: Vec<_> =
        office.provider.body()["messages"].as_array().unwrap().iter().map(|m| m["role"].clone()).collect();
    assert_eq!(roles, ["user", "assistant", "assistant"]);
}

#[test]
fn json_is_asked_for_by_schema_and_comes_without_a_fence() {
    let office = office();
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    office.provider.answers(said("```json\n{\"a\": \"b\"}\n```"));
    let (_, answer) = office.complete("helper", &json!({"json_output_format": schema}));
    assert_eq!(answer["completion"], "{\"a\": \"b\"}");
    assert_eq!(
        office.provider.body()["response_format"],
        json!({"type": "json_schema", "json_schema": {"name": "response", "strict": true, "schema": schema}})
    );
}

#[test]
fn without_a_user_nobody_is_asked_with_one_the_user_and_with_a_channel_that_too() {
    let office = office();
    let other = office.platform.add_channel(Channel::default()).id;
    for (agent, more, expected) in [
        ("nobodys", json!({}), 200),
        ("nobodys", json!({"user_id": office.ann}), 403),
        ("private", json!({"user_id": office.ann}), 200),
        ("private", json!({"user_id": office.bob}), 403),
        ("private", json!({"user_id": office.ann, "channel_id": office.channel}), 403),
        ("private", json!({"user_id": office.ann, "channel_id": other}), 200),
        ("private", json!({"channel_id": office.channel}), 200),
    ] {
        office.provider.answers(said("Hi."));
        let (status, answer) = office.complete(agent, &more);
        assert_eq!(status, expected, "{agent} {more}: {answer}");
    }
}

#[test]
fn requests_that_make_no_sense_are_refused_and_nobody_is_asked() {
    let office = office();
    let helper = office.agent("helper");
    for (path, body, status, text) in [
        ("/completion/agent/short/nostream".to_owned(), question(&json!({})), 400, "agent must be 26"),
        (format!("/completion/agent/{}/nostream", "x".repeat(26)), question(&json!({})), 404, "no agent"),
        (format!("/completion/agent/{helper}"), question(&json!({"user_id": "u"})), 400, "user_id must be 26"),
        (format!("/completion/agent/{helper}"), question(&json!({"channel_id": "c"})), 400, "channel_id must be 26"),
        (format!("/completion/agent/{helper}"), json!({"posts": []}), 400, "posts"),
        (format!("/completion/agent/{helper}"), json!({"posts": [{"role": "root", "message": ""}]}), 400, "`root`"),
        (format!("/completion/agent/{helper}"), question(&json!({"allowed_tools": ["x"]})), 400, "tools"),
        (format!("/completion/agent/{helper}"), question(&json!({"json_output_format": 1})), 400, "JSON Schema"),
        (
            format!("/completion/agent/{helper}"),
            json!({"posts": [{"role": "user", "message": "", "file_ids": ["f"]}]}),
            400,
            "file_ids",
        ),
        ("/completion/service/none/nostream".to_owned(), question(&json!({})), 404, "no service `none`"),
    ] {
        let (answered, body) = office.post(&path, &body);
        let error = body["error"].as_str().unwrap();
        assert!(answered == status && error.contains(text), "{path}: {answered} {error}");
    }
    let (status, _) = read(&office.request("POST", &format!("/completion/agent/{helper}"), &json!(1)));
    assert_eq!(status, 400);
    assert!(office.provider.asked().is_empty());
}

#[test]
fn a_service_is_asked_by_id_or_name_for_those_who_may_use_an_agent_on_it() {
    let office = office();
    for name in ["s2", "Other"] {
        office.provider.answers(said("Hi."));
        let (status, _) =
            office.post(&format!("/completion/service/{name}/nostream"), &question(&json!({"user_id": office.ann})));
        assert_eq!((status, &office.provider.body()["model"]), (200, &json!("big")));
    }
    let (status, _) = office.post("/completion/service/s2/nostream", &question(&json!({"user_id": office.bob})));
    assert_eq!(status, 403);
}

#[test]
fn a_streamed_answer_is_events_that_end_with_the_usage_and_the_end() {
    let office = office();
    office.provider.answers(streamed(&[
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"reasoning_content":"Hm."}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"He"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"llo"},"finish_reason":"stop"}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}"#,
        "[DONE]",
    ]));
    assert_eq!(
        office.stream("helper"),
        [
            json!({"Type": 4, "Value": "Hm."}),
            json!({"Type": 5, "Value": {"Text": "Hm.", "Signature": ""}}),
            json!({"Type": 0, "Value": "He"}),
            json!({"Type": 0, "Value": "llo"}),
            json!({"Type": 7, "Value": {"input_tokens": 9, "output_tokens": 3, "cached_read_tokens": 0, "reasoning_tokens": 0}}),
            json!({"Type": 1, "Value": null}),
        ]
    );
    assert_eq!(office.provider.body()["stream_options"], json!({"include_usage": true}));
}

#[test]
fn a_stream_that_fails_says_so_in_its_last_event() {
    let office = office();
    office.provider.answers(script::json(401, &json!({"error": {"message": "bad key"}})));
    let [event] = office.stream("helper").try_into().unwrap();
    assert_eq!(event["Type"], 2);
    assert!(event["Value"].as_str().unwrap().contains("bad key"));

    office.provider.answers(streamed(&[r#"{"choices":[{"delta":{"content":"He"}}]}"#]));
    let events = office.stream("helper");
    assert_eq!(events[0], json!({"Type": 0, "Value": "He"}));
    assert!(events[1]["Value"].as_str().unwrap().contains("cut off"), "{events:?}");
}

#[test]
fn a_failure_at_once_is_500_with_a_word_for_programs() {
    let office = office();
    let limited = script::json(429, &json!({"error": {"message": "slow down"}})).header("Retry-After", "30");
    office.provider.answers(limited);
    let (status, body) = office.complete("helper", &json!({}));
    assert_eq!((status, &body["code"], &body["retry_after_ms"]), (500, &json!("rate_limited"), &json!(30_000)));
    assert!(body["error"].as_str().unwrap().contains("30 s"), "{body}");
}

#[test]
fn an_agents_tools_are_none() {
    let office = office();
    let private = office.agent("private");
    assert_eq!(office.get(&format!("/agents/{private}/tools?user_id={}", office.ann)), (200, json!({"tools": []})));
    assert_eq!(office.get(&format!("/agents/{private}/tools?user_id={}", office.bob)).0, 403);
    assert_eq!(office.get(&format!("/agents/{}/tools", "x".repeat(26))).0, 404);
}
