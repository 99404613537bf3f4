//! Guards of `wit/channels.wit`. These cases run alone: they take the guest out of the way, which
//! is what a guard is there for.

use serde_json::{Value, json};
use wasmoat_tests::{Reply, guest};

use crate::{
    Case,
    case::Plan,
    error, success,
    world::{NOBODY, id},
};

const INACTIVE: &str = "app.plugin.inactive_guard.app_error";
const FAILED: &str = "app.plugin.guard_hook_failed.app_error";
const BAD_ID: &str = "model.channel_guard.is_valid.channel_id.app_error";

/// Settings that change nothing.
fn alone(plan: Plan) -> Plan {
    plan.settings(json!({"TeamSettings": {"MaxUsersPerTeam": 10_000}}))
}

fn of(channel: &Value) -> Value {
    json!({"channel_id": id(channel)})
}

async fn say(case: &Case, channel: &Value, message: &str) -> Reply {
    case.bob.rest.post("/api/v4/posts", &json!({"channel_id": id(channel), "message": message})).await
}

fn assert_refused(reply: &Reply, id: &str) {
    assert_eq!((reply.text("id"), reply.status.as_u16()), (id, 503), "{}", reply.body);
}

async fn switch(case: &Case, plugin: &str, to: &str) {
    case.admin.post(&format!("/api/v4/plugins/{plugin}/{to}"), &json!({})).await.ok();
}

#[test]
fn register_channel_guard_closes_the_channel_while_the_guard_is_away() {
    alone(success("channels.register-channel-guard")).run(async |case| {
        let (guarded, other, user) = (case.channel().await, case.channel().await, case.user().await);
        let post = id(&case.say(&guarded, "before").await);
        case.call(of(&guarded)).await;
        case.call(of(&guarded)).await;
        say(case, &guarded, "a guard without the hook has no say").await.ok();
        switch(case, "conformance", "disable").await;
        assert_refused(&say(case, &guarded, "hello").await, INACTIVE);
        let edit = json!({"message": "changed"});
        assert_refused(&case.bob.rest.put(&format!("/api/v4/posts/{post}/patch"), &edit).await, INACTIVE);
        let path = format!("/api/v4/channels/{}", id(&guarded));
        assert_refused(&case.admin.post(&format!("{path}/members"), &json!({"user_id": user.id})).await, INACTIVE);
        assert_refused(&case.admin.put(&format!("{path}/patch"), &json!({"header": "h"})).await, INACTIVE);
        let draft = json!({"channel_id": id(&guarded), "user_id": case.bob.id, "message": "soon"});
        assert_refused(&case.bob.rest.post("/api/v4/drafts", &draft).await, INACTIVE);
        let scheduled = json!({
            "channel_id": id(&guarded), "user_id": case.bob.id, "message": "later", "scheduled_at": 4_000_000_000_000_i64,
        });
        assert_refused(&case.bob.rest.post("/api/v4/posts/schedule", &scheduled).await, INACTIVE);
        say(case, &other, "other channels are open").await.ok();
        switch(case, "conformance", "enable").await;
        say(case, &guarded, "the guard is back").await.ok();
        let private = json!({"privacy": "P"});
        let refused = case.admin.put(&format!("{path}/privacy"), &private).await;
        assert_eq!(refused.text("id"), "api.channel.update_channel.typechange.app_error");
        case.call_other("channels.delete-channel", of(&guarded)).await;
        switch(case, "conformance", "disable").await;
        assert_refused(&case.admin.post(&format!("{path}/restore"), &json!({})).await, INACTIVE);
        switch(case, "conformance", "enable").await;
        case.call_other("channels.unregister-channel-guard", of(&guarded)).await;
    });
}

#[test]
fn register_channel_guard_makes_a_fault_a_refusal() {
    alone(success("channels.register-channel-guard")).run(async |case| {
        let channel = case.channel().await;
        case.admin.install("guest", "guest.wasm", guest("panics")).await;
        say(case, &channel, "panic passes where nobody guards").await.ok();
        // The guest claims nothing itself; the next claim makes the server read them anew.
        let claim = format!("INSERT INTO channel_guards VALUES ('{}', 'guest', 1)", id(&channel));
        case.sql(&claim).await;
        case.call(of(&channel)).await;
        assert_refused(&say(case, &channel, "panic").await, FAILED);
        say(case, &channel, "well").await.ok();
        case.sql("DELETE FROM channel_guards").await;
        case.call_other("channels.unregister-channel-guard", of(&channel)).await;
        say(case, &channel, "panic passes again").await.ok();
        case.admin.delete("/api/v4/plugins/guest").await.ok();
    });
}

#[test]
fn register_channel_guard_wants_an_id() {
    error("channels.register-channel-guard").run(async |case| {
        for bad in ["", "short"] {
            case.refused(json!({"channel_id": bad})).await.is(BAD_ID, 400);
        }
    });
}

#[test]
fn unregister_channel_guard_opens_the_channel() {
    alone(success("channels.unregister-channel-guard")).run(async |case| {
        let channel = case.channel().await;
        case.call_other("channels.register-channel-guard", of(&channel)).await;
        case.call(of(&channel)).await;
        case.call(json!({"channel_id": NOBODY})).await;
        switch(case, "conformance", "disable").await;
        let said = say(case, &channel, "nobody guards it").await;
        switch(case, "conformance", "enable").await;
        said.ok();
    });
}

#[test]
fn unregister_channel_guard_wants_an_id() {
    error("channels.unregister-channel-guard").run(async |case| {
        case.refused(json!({"channel_id": ""})).await.is(BAD_ID, 400);
    });
}
