//! The ten traps of Mattermost's plugin system: what surprises authors there, and what this server
//! makes of it. One test per trap.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

use std::{pin::pin, time::Duration};

use futures::future::join_all;
use reqwest::{
    Method, StatusCode,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tokio::time::timeout;
use wasmoat_tests::{
    Bundle, Call, Events, Recorder, Rest, guest,
    scene::{Scene, id, on_a_stage_of_its_own, on_stage, text},
};

const POSTED: &str = "message-will-be-posted";
const EDITED: &str = "message-will-be-updated";
const CONFIGURATION: &str = "on-configuration-change";

/// States of a plugin's status.
const RUNNING: i64 = 2;
const FAILED_TO_START: i64 = 3;
const FAILED_TO_STAY_RUNNING: i64 = 4;

async fn answer(recorder: &Recorder, hook: &str, answer: Value) {
    recorder.program(hook, json!({"then": {"answer": answer}})).await;
}

async fn api(recorder: &Recorder, function: &str, arguments: Value) -> Value {
    recorder.api(function, arguments).await.ok()
}

fn bytes(text: &str) -> Value {
    text.bytes().collect()
}

/// In Go a null post keeps a new post and rejects an edit. Here both filters say what they mean:
/// `keep` keeps either, and a refusal refuses either, with an empty reason too.
#[test]
fn trap_1_null_means_the_same_in_both_post_filters() {
    on_stage(async |scene| {
        let edit = async |post: &Value, message: &str| {
            let path = format!("/api/v4/posts/{}/patch", id(post));
            scene.ada.rest.put(&path, &json!({"message": message})).await
        };
        for hook in [POSTED, EDITED] {
            answer(&scene.first, hook, json!("keep")).await;
        }
        let post = scene.post("new").await;
        assert_eq!(edit(&post, "edited").await.ok()["message"], "edited");
        for hook in [POSTED, EDITED] {
            answer(&scene.first, hook, json!({"reject": ""})).await;
        }
        assert_eq!(scene.ada.rest.say(&scene.channel, "refused").await.status, 400);
        assert_eq!(edit(&post, "refused").await.status, 400);
        let stored = scene.ada.rest.get(&format!("/api/v4/posts/{}", id(&post))).await.ok();
        assert_eq!(stored["message"], "edited", "the stored post stays as it was");
    });
}

#[test]
fn trap_2_edge_cases_of_the_key_value_store() {
    on_stage(async |scene| {
        let kv =
            async |function: &str, arguments: Value| api(&scene.first, &format!("kv.kv-{function}"), arguments).await;
        let get = async |key: &str| kv("get", json!({"key": key})).await;
        let set = async |key: &str, value: Value| kv("set", json!({"key": key, "value": value})).await;
        assert!(get("missing").await.is_null(), "a missing key is an absent value, not a 404");
        for deleted in [Value::Null, json!([])] {
            set("k", bytes("1")).await;
            assert_eq!(get("k").await, bytes("1"));
            set("k", deleted.clone()).await;
            assert!(get("k").await.is_null(), "{deleted} deletes");
        }
        let compare = async |old: Value, new: &str| {
            kv("compare-and-set", json!({"key": "k", "old_value": old, "new_value": bytes(new)})).await
        };
        assert_eq!(compare(Value::Null, "1").await, true, "an absent old value inserts");
        assert_eq!(compare(Value::Null, "2").await, false, "only");
        assert_eq!(compare(bytes("other"), "2").await, false, "a failed compare is no error");
        assert_eq!(get("k").await, bytes("1"));
        let long = "ü".repeat(150);
        set(&long, bytes("1")).await;
        assert_eq!(get(&long).await, bytes("1"), "150 characters, whatever their bytes");
        let refused = scene.first.api("kv.kv-set", json!({"key": format!("{long}ü"), "value": bytes("1")})).await;
        let refused = &refused.body["refused"];
        assert_eq!(refused["id"], "model.plugin_key_value.is_valid.key.app_error");
        assert_eq!(refused["status"], 400);
        kv("set-with-expiry", json!({"key": "lives", "value": bytes("1"), "expire_in_seconds": 1})).await;
        kv("set-with-expiry", json!({"key": "dies", "value": bytes("1"), "expire_in_seconds": 1})).await;
        set("lives", bytes("2")).await;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert!(get("dies").await.is_null());
        assert_eq!(get("lives").await, bytes("2"), "a plain set clears the expiry");
        for key in ["k", &long, "lives"] {
            kv("delete", json!({"key": key})).await;
        }
    });
}

/// A recorder whose manifest has settings.
async fn with_settings(scene: &Scene, plugin: &str) -> Recorder {
    let schema = json!({
        "settings": [
            {"key": "MixedCase", "type": "text", "default": "by default"},
            {"key": "ApiToken", "type": "text", "secret": true},
        ],
        "sections": [{"key": "more", "settings": [{"key": "InSection", "type": "number", "default": 7}]}],
    });
    let manifest = json!({
        "id": plugin, "name": plugin, "version": "1.0.0", "server": {"executable": "plugin.wasm"},
        "settings_schema": schema,
    });
    let bundle = Bundle::default().file("plugin.json", manifest.to_string().as_bytes());
    let bundle = bundle.file("plugin.wasm", &guest("recorder")).finish();
    Recorder::install_bundle(&scene.ada.rest, plugin, bundle).await
}

#[test]
fn trap_3_two_ways_to_read_settings() {
    on_a_stage_of_its_own(async |scene| {
        let recorder = with_settings(scene, "with-settings").await;
        scene.ada.rest.configure("with-settings", json!({"MixedCase": "set", "ApiToken": "secret"})).await;
        let read = async |function: &str| -> Value {
            let text = api(&recorder, function, json!({})).await;
            serde_json::from_str(text.as_str().unwrap()).unwrap()
        };
        let loaded = json!({"mixedcase": "set", "apitoken": "secret", "insection": 7});
        assert_eq!(read("config.load-plugin-configuration").await, loaded, "lower case, in clear, with defaults");
        let stored = json!({"MixedCase": "set", "ApiToken": "*".repeat(32)});
        assert_eq!(read("config.get-plugin-config").await, stored, "as stored, masked, without defaults");
    });
}

#[test]
fn trap_4_a_configuration_change_comes_twice_and_revives() {
    on_a_stage_of_its_own(async |scene| {
        let first = &scene.first;
        let change = async |name: &str| {
            scene.ada.rest.put("/api/v4/config/patch", &json!({"TeamSettings": {"SiteName": name}})).await.ok();
        };
        first.disable().await;
        first.enable().await;
        let calls = first.calls("").await;
        let hooks: Vec<_> = calls.iter().map(|call| call.hook.as_str()).collect();
        let activated = hooks.iter().rposition(|hook| *hook == "on_activate").unwrap();
        let told = |hooks: &[&str]| hooks.iter().filter(|hook| **hook == "on_configuration_change").count();
        let deactivated = hooks.iter().rposition(|hook| *hook == "on_deactivate").unwrap();
        assert_eq!(told(&hooks[deactivated..activated]), 1, "before on-activate: {hooks:?}");
        assert_eq!(told(&hooks[activated..]), 1, "and by the save that enabled it: {hooks:?}");

        let before = first.calls(CONFIGURATION).await.len();
        change("Somebody else's").await;
        assert_eq!(first.calls(CONFIGURATION).await.len(), before + 1, "any change, before the save returns");

        first.program("on-activate", json!({"once": true, "then": "trap"})).await;
        first.disable().await;
        first.enable().await;
        assert_eq!(first.status().await.0, FAILED_TO_START);
        change("Again").await;
        assert_eq!(first.status().await.0, RUNNING, "any save tries it again");

        let limits = json!({"PluginSettings": {"Wasmoat": {"Plugins": {"recorder-a": {"faults_until_disabled": 1}}}}});
        scene.ada.rest.put("/api/v4/config/patch", &limits).await.ok();
        first.program(POSTED, json!({"once": true, "then": "trap"})).await;
        scene.post("too much").await;
        assert_eq!(first.status().await.0, FAILED_TO_STAY_RUNNING);
        change("And again").await;
        assert_eq!(first.status().await.0, RUNNING, "and this one too");
    });
}

/// The headers of the one request that the first recorder has seen since the last look.
async fn seen(scene: &Scene) -> Call {
    let mut calls = scene.first.calls("serve-http").await;
    assert_eq!(calls.len(), 1, "forwarded, not refused: {calls:?}");
    scene.first.forget().await;
    calls.remove(0)
}

fn header(call: &Call, name: &str) -> Option<String> {
    let headers = call.get("request/headers").as_array().into_iter().flatten();
    let mut values = headers.filter(|header| text(header, "name").eq_ignore_ascii_case(name));
    values.next().map(|header| text(header, "value").to_owned())
}

#[test]
fn trap_5_a_bad_login_is_forwarded_as_nobody() {
    on_stage(async |scene| {
        let stranger = scene.server.stranger();
        let token = scene.bob.rest.token();
        let send = async |method: Method, query: &str, headers: &[(&str, &str)]| {
            let mut request = stranger.request(method, &scene.first.path(&format!("/x{query}")));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            assert_eq!(Rest::send(request).await.status, StatusCode::OK);
            let call = seen(scene).await;
            (header(&call, "Mattermost-User-Id"), call)
        };
        let (user, call) = send(Method::GET, "", &[("Authorization", "Bearer no-such-token")]).await;
        assert_eq!((user, call.text("context/session_id")), (None, ""), "a bad token is nobody");
        assert_eq!(header(&call, "Authorization").as_deref(), Some("Bearer no-such-token"), "and stays");
        let (user, call) = send(Method::GET, "", &[("Authorization", &format!("BEARER {token}"))]).await;
        assert_eq!((user.as_ref(), header(&call, "Authorization")), (Some(&scene.bob.id), None), "a good one goes");

        let cookie = format!("MMAUTHTOKEN={token}; other=1");
        let (user, call) = send(Method::GET, "", &[("Cookie", &cookie), ("Referer", "http://x/")]).await;
        assert_eq!(user.as_ref(), Some(&scene.bob.id), "a cookie is enough to read");
        assert_eq!(header(&call, "Cookie").as_deref(), Some("other=1"));
        assert_eq!(header(&call, "Referer"), None);
        for method in [Method::POST, Method::HEAD, Method::OPTIONS, Method::DELETE] {
            let (user, _) = send(method.clone(), "", &[("Cookie", &cookie)]).await;
            assert_eq!(user, None, "{method} by a foreign page is nobody's");
            let proof = ("X-Requested-With", "XMLHttpRequest");
            let (user, _) = send(method.clone(), "", &[("Cookie", &cookie), proof]).await;
            assert_eq!(user.as_ref(), Some(&scene.bob.id), "{method} by the application");
        }
        let (user, _) = send(Method::POST, "", &[("Authorization", &format!("Bearer {token}"))]).await;
        assert_eq!(user.as_ref(), Some(&scene.bob.id), "no page can set this header");
        let (user, call) = send(Method::GET, &format!("?a=1&access_token={token}"), &[]).await;
        assert_eq!((user.as_ref(), call.text("request/url")), (Some(&scene.bob.id), "/x?a=1"));

        let mfa = json!({"ServiceSettings": {
            "EnableMultifactorAuthentication": true, "EnforceMultifactorAuthentication": true,
        }});
        scene.server.running.core().patch_config(&wasmoat_runtime::CallContext::core(), &mfa).await.unwrap();
        scene.first.forget().await;
        let (user, call) = send(Method::GET, "", &[("Authorization", &format!("Bearer {token}"))]).await;
        assert_eq!((user, header(&call, "Authorization")), (None, None), "without the second factor nobody");
        let mfa = json!({"ServiceSettings": {"EnforceMultifactorAuthentication": false}});
        scene.server.running.core().patch_config(&wasmoat_runtime::CallContext::core(), &mfa).await.unwrap();
    });
}

#[test]
fn trap_6_what_a_plugins_request_carries() {
    on_stage(async |scene| {
        let line = |name: &str, value: &str| json!({"name": name, "value": value});
        let headers = json!([
            line("Mattermost-Plugin-ID", "somebody-else"),
            line("Mattermost-User-Id", &scene.ada.id),
            line("Authorization", "Bearer of something"),
            line("Cookie", "MMAUTHTOKEN=kept; other=1"),
        ]);
        let request = json!({"method": "POST", "url": "/recorder-a/rest?q=1", "headers": headers, "body": bytes("b")});
        let response = api(&scene.second, "http.plugin-http", json!({"request": request})).await;
        assert_eq!(response["status"], 200);
        let call = seen(scene).await;
        assert_eq!(call.text("request/url"), "/rest?q=1");
        assert_eq!(header(&call, "Mattermost-Plugin-ID").as_deref(), Some("recorder-b"), "the host says who asks");
        assert_eq!(header(&call, "Mattermost-User-Id").as_deref(), Some(""), "present but empty");
        assert_eq!(header(&call, "Authorization").as_deref(), Some("Bearer of something"), "others pass");
        assert_eq!(header(&call, "Cookie").as_deref(), Some("MMAUTHTOKEN=kept; other=1"));
        for member in ["session_id", "ip_address", "user_id"] {
            assert_eq!(call.text(&format!("context/{member}")), "", "{member}");
        }
        let status = async |url: &str| {
            let request = json!({"request": {"method": "GET", "url": url}});
            api(&scene.second, "http.plugin-http", request).await["status"].clone()
        };
        assert_eq!((status("/recorder-a").await, status("/nobody/x").await), (json!(400), json!(404)));
    });
}

#[test]
fn trap_7_faults_fail_open_and_hooks_run_at_once() {
    on_stage(async |scene| {
        for fault in ["trap", "loop"] {
            scene.forget().await;
            scene.first.program(POSTED, json!({"then": fault})).await;
            scene.post("goes through").await;
            assert_eq!(scene.second.calls(POSTED).await.len(), 1, "{fault}: the next one is asked");
        }
        // The order is that of the ids, for every event.
        scene.forget().await;
        let posts = join_all((0..10).map(|_| scene.post("at once"))).await;
        assert_eq!(posts.len(), 10);
        let [first, second] = [scene.first.calls(POSTED).await, scene.second.calls(POSTED).await];
        assert_eq!((first.len(), second.len()), (10, 10));
        assert!(first.iter().zip(&second).all(|(first, second)| first.at < second.at));
        // One plugin is in several calls at once.
        scene.first.program(POSTED, json!({"then": "loop"})).await;
        let mut posts = pin!(join_all((0..4).map(|_| scene.post("at once"))));
        let mut most = 0;
        while timeout(Duration::from_millis(2), &mut posts).await.is_err() {
            let (in_use, _) = scene.server.running.core().runtime.instances("recorder-a").unwrap();
            most = most.max(in_use);
        }
        assert!(most > 1, "{most} calls at once");
    });
}

/// The exception: who guards a channel is asked last there, and must answer.
#[test]
fn trap_7_except_for_channel_guards() {
    on_a_stage_of_its_own(async |scene| {
        let channel = id(&scene.new_channel().await);
        let say =
            async || scene.ada.rest.post("/api/v4/posts", &json!({"channel_id": channel, "message": "hello"})).await;
        let guard = json!({"channel_id": channel});
        api(&scene.first, "channels.register-channel-guard", guard).await;
        scene.forget().await;
        assert_eq!(say().await.status, 201, "the guard has no opinion");
        let [first, second] = [scene.first.calls(POSTED).await, scene.second.calls(POSTED).await];
        assert!(second[0].at < first[0].at, "the guard is asked last");
        for fault in ["trap", "loop"] {
            scene.first.program(POSTED, json!({"once": true, "then": fault})).await;
            let reply = say().await;
            assert_eq!(
                (reply.status.as_u16(), reply.text("id")),
                (503, "app.plugin.guard_hook_failed.app_error"),
                "{fault}: {}",
                reply.body
            );
        }
        scene.second.program(POSTED, json!({"once": true, "then": "trap"})).await;
        assert_eq!(say().await.status, 201, "others are passed over there too");
        scene.first.disable().await;
        let reply = say().await;
        assert_eq!((reply.status.as_u16(), reply.text("id")), (503, "app.plugin.inactive_guard.app_error"));
    });
}

/// The other one: plugins that take too long over a download have not agreed to it.
#[test]
fn trap_7_and_for_the_time_limit_of_a_download() {
    const HOOK: &str = "file-will-be-downloaded";
    on_stage(async |scene| {
        let part = Part::bytes(&b"kept back"[..]).file_name("a.txt");
        let form = Form::new().text("channel_id", scene.channel.id.clone()).part("files", part);
        let files = Rest::send(scene.ada.rest.request(Method::POST, "/api/v4/files").multipart(form)).await.ok();
        let path = format!("/api/v4/files/{}", id(&files["file_infos"][0]));
        scene.first.program(HOOK, json!({"once": true, "then": "loop"})).await;
        assert_eq!(scene.ada.rest.get(&path).await.status, 200, "out of fuel is a fault like any other");
        // The loop must not run out of fuel before its time is over.
        let settings = json!({"PluginSettings": {"Wasmoat": {
            "DownloadMilliseconds": 300, "Defaults": {"fuel_per_call": 1_000_000_000_000_u64},
        }}});
        scene.ada.rest.put("/api/v4/config/patch", &settings).await.ok();
        scene.first.program(HOOK, json!({"once": true, "then": "loop"})).await;
        let reply = scene.ada.rest.get(&path).await;
        assert_eq!((reply.status.as_u16(), reply.text("id")), (403, "api.file.get_file.rejected_by_plugin"));
    });
}

#[test]
fn trap_8_the_api_asks_for_no_permission() {
    on_stage(async |scene| {
        let name = Scene::name("secret");
        let channel = json!({"team_id": scene.channel.team_id, "name": name, "display_name": name, "type": "P"});
        let channel = id(&scene.ada.rest.post("/api/v4/channels", &channel).await.ok());
        let post = json!({"channel_id": channel, "user_id": scene.bob.id, "message": "where I am not"});
        assert_eq!(scene.bob.rest.post("/api/v4/posts", &post).await.status, 403, "a user may not");
        let stored = api(&scene.first, "posts.create-post", json!({"post": post})).await;
        assert_eq!(text(&stored, "user_id"), scene.bob.id, "a plugin acts as the system");
        // The plugin hears of its own post, and knows it by the prop.
        let is_meant = |call: &Call| call.text("post/id") == text(&stored, "id");
        let told = scene.first.wait_for("message-has-been-posted", is_meant).await;
        assert!(told.text("post/props").contains("from_plugin"));
        assert_eq!(told.text("context/source_plugin_id"), "recorder-a");
        // Privacy settings do not hold for it; secrets never leave the server.
        let privacy = json!({"PrivacySettings": {"ShowEmailAddress": false, "ShowFullName": false}});
        scene.ada.rest.put("/api/v4/config/patch", &privacy).await.ok();
        let path = format!("/api/v4/users/{}", scene.ada.id);
        assert_eq!(text(&scene.bob.rest.get(&path).await.ok(), "email"), "");
        let user = api(&scene.first, "users.get-user", json!({"user_id": scene.ada.id})).await;
        assert_eq!((text(&user, "email"), text(&user, "password")), ("ada@example.org", ""));
        assert_ne!(user["notify_props"], json!([]));
    });
}

#[test]
fn trap_9_who_answers_a_slash_command_and_only_its_owner_takes_it_away() {
    on_a_stage_of_its_own(async |scene| {
        const HOOK: &str = "execute-command";
        let register = async |recorder: &Recorder| {
            let command = json!({"command": {"trigger": "Shrug"}});
            api(recorder, "commands.register-command", command).await;
        };
        let run = async || scene.command(&scene.channel.id, "/shrug x").await;
        let responds = |text: &str| json!({"ok": {"respond": {"response_type": "ephemeral", "text": text}}});
        for recorder in scene.recorders() {
            register(recorder).await;
            answer(recorder, HOOK, responds(&recorder.id)).await;
        }
        assert_eq!(run().await.ok()["text"], "recorder-a", "the first registration wins, and hides the built-in");
        answer(&scene.first, HOOK, json!({"ok": "not_handled"})).await;
        assert!(text(&run().await.ok(), "text").contains('ツ'), "what is not handled falls through to the server's");

        // In Go anybody may take a command away. Here the owner is checked.
        answer(&scene.first, HOOK, responds("recorder-a")).await;
        let unregister = json!({"team_id": "", "trigger": "SHRUG"});
        api(&scene.second, "commands.unregister-command", unregister.clone()).await;
        assert_eq!(run().await.ok()["text"], "recorder-a", "the second has taken back its own");
        let refused = scene.second.api("commands.unregister-command", unregister.clone()).await;
        assert_eq!(refused.body["refused"]["status"], 403);
        assert_eq!(run().await.ok()["text"], "recorder-a");
        api(&scene.first, "commands.unregister-command", unregister).await;
        assert!(text(&run().await.ok(), "text").contains('ツ'), "both have taken back theirs");

        register(&scene.first).await;
        scene.first.disable().await;
        scene.first.enable().await;
        assert!(text(&run().await.ok(), "text").contains('ツ'), "each activation registers anew");
        let command = json!({"once": true, "call": {
            "function": "commands.register-command", "arguments": {"command": {"trigger": "shrug"}},
        }});
        scene.first.program("on-activate", command).await;
        scene.first.disable().await;
        scene.first.enable().await;
        assert_eq!(run().await.ok()["text"], "recorder-a");
    });
}

#[test]
fn trap_10_life_and_property() {
    on_a_stage_of_its_own(async |scene| {
        let first = &scene.first;
        // A bot that has the name of an ordinary account is that account.
        let ensure = async |name: &str| {
            let bot = json!({"bot": {"username": name, "display_name": "Robot", "description": ""}});
            api(first, "bots.ensure-bot-user", bot).await
        };
        let key = async || api(first, "kv.kv-get", json!({"key": "mmi_botid"})).await;
        assert_eq!(ensure("bob").await, *scene.bob.id);
        api(first, "kv.kv-delete-all", json!({})).await;
        assert!(key().await.is_null(), "the key of the bot goes with all others");
        let bot = ensure("robot").await;
        assert_eq!(key().await, bytes(bot.as_str().unwrap()));
        api(first, "kv.kv-delete-all", json!({})).await;
        assert_eq!(ensure("robot").await, bot, "found again by its name");

        let person = scene.stranger().await;
        api(first, "users.delete-user", json!({"user_id": person.id})).await;
        let user = api(first, "users.get-user", json!({"user_id": person.id})).await;
        assert_eq!(text(&user, "username"), person.name, "deleted users are there");
        assert_ne!(user["delete_at"], 0, "deactivated");

        api(first, "kv.kv-set", json!({"key": "mine", "value": bytes("kept")})).await;
        scene.ada.rest.delete("/api/v4/plugins/recorder-a").await.ok();
        let again = Recorder::install(&scene.ada.rest, "recorder-a").await;
        let kept = api(&again, "kv.kv-get", json!({"key": "mine"})).await;
        assert_eq!(kept, bytes("kept"), "what a removed plugin stored is there when it comes back");
        assert!(again.calls("on-install").await.is_empty(), "an upload is no first-run onboarding");

        // An empty broadcast reaches everybody; there is no absent one.
        let mut events = Events::of(&scene.bob.rest).await;
        let event = json!({"event": "hello", "payload": json!({"a": 1}).to_string(), "broadcast": {}});
        api(&again, "websocket.publish-web-socket-event", event).await;
        assert_eq!(events.next("custom_recorder-a_hello").await["data"]["a"], 1);
        // Plugins see what is not theirs.
        events.send(json!({"seq": 1, "action": "user_typing", "data": {"channel_id": scene.channel.id}})).await;
        let is_meant = |call: &Call| call.text("request/action") == "user_typing";
        again.wait_for("web-socket-message-has-been-posted", is_meant).await;
    });
}
