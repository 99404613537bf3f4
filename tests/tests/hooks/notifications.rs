//! Mail and push about posts: `email-notification-will-be-sent` and `notification-will-be-pushed`.

use serde_json::{Value, json};
use wasmoat_tests::{Call, sink};

use crate::{
    observers::until_logged,
    scene::{FAULTS, Person, Scene, id, on_a_stage_of_its_own, shown, text},
};

const MAIL: &str = "email-notification-will-be-sent";
const PUSH: &str = "notification-will-be-pushed";

const REJECT: &str = "not on a Sunday";

async fn set(scene: &Scene, settings: Value) {
    scene.ada.rest.put("/api/v4/config/patch", &json!({"EmailSettings": settings})).await.ok();
}

/// A channel with somebody who is not connected, and what ada says to that person there.
struct Place {
    channel: Value,
    ann: Person,
}

impl Place {
    async fn new(scene: &Scene) -> Self {
        let (channel, ann) = (scene.new_channel().await, scene.member().await);
        scene.join(&id(&channel), &ann).await.ok();
        Self { channel, ann }
    }

    async fn say(&self, scene: &Scene, message: &str) -> Value {
        let message = format!("@{} {message}", self.ann.name);
        scene.ada.rest.post("/api/v4/posts", &json!({"channel_id": id(&self.channel), "message": message})).await.ok()
    }
}

fn calls_about<'a>(calls: &'a [Call], post: &Value) -> Vec<&'a Call> {
    calls.iter().filter(|call| call.text("notification/post_id") == text(post, "id")).collect()
}

#[test]
fn plugins_are_asked_about_a_mail() {
    on_a_stage_of_its_own(async |scene| {
        let mails = sink::mail_server();
        let server = json!({
            "SendEmailNotifications": true, "SMTPServer": "127.0.0.1", "SMTPPort": mails.port().to_string(),
        });
        set(scene, server).await;
        let place = Place::new(scene).await;

        let post = place.say(scene, "one").await;
        let letter = mails.next();
        assert_eq!(letter.to, [format!("{}@example.org", place.ann.name)]);
        assert!(letter.data.contains("one"), "{}", letter.data);
        for recorder in scene.recorders() {
            let calls = recorder.calls(MAIL).await;
            let [call] = calls_about(&calls, &post)[..] else { panic!("{calls:?}") };
            assert_eq!(call.text("notification/recipient_id"), place.ann.id);
            assert_eq!(call.text("notification/sender_username"), "ada");
            assert_eq!(call.text("notification/channel_type"), "O");
            assert!(call.text("notification/content/message_text").contains("one"), "{call:?}");
        }

        let content = json!({"subject": "first", "title": "T", "message_html": "<i>two</i>", "message_text": "2"});
        scene.first.program(MAIL, json!({"once": true, "then": {"answer": {"replace": content}}})).await;
        let post = place.say(scene, "two").await;
        let letter = mails.next();
        assert!(letter.data.contains("Subject: first") && letter.data.contains("<i>two</i>"), "{}", letter.data);
        let calls = scene.second.calls(MAIL).await;
        assert_eq!(calls_about(&calls, &post)[0].text("notification/content/subject"), "first", "{calls:?}");

        scene.first.program(MAIL, json!({"once": true, "then": {"answer": {"reject": REJECT}}})).await;
        let post = place.say(scene, "three").await;
        mails.stays_empty();
        assert!(calls_about(&scene.second.calls(MAIL).await, &post).is_empty(), "a refusal ends the round");

        for (fault, logged) in FAULTS {
            scene.first.program(MAIL, json!({"once": true, "then": fault})).await;
            place.say(scene, "four").await;
            assert!(mails.next().data.contains("four"), "{fault}: passed over");
            until_logged(scene, MAIL, logged).await;
        }
        shown(MAIL, &["fired", "payload", "chain", "outcomes", "fault", "success"]);
    });
}

#[test]
fn plugins_are_asked_about_a_push() {
    on_a_stage_of_its_own(async |scene| {
        let proxy = sink::service(&json!({"status": "OK"}));
        let server = format!("http://127.0.0.1:{}", proxy.port());
        set(scene, json!({"SendPushNotifications": true, "PushNotificationServer": server})).await;
        let place = Place::new(scene).await;
        let device = json!({"device_id": "android_rn:token"});
        place.ann.rest.put("/api/v4/users/sessions/device", &device).await.ok();

        let post = place.say(scene, "one").await;
        let push = proxy.next().body;
        assert_eq!((&push["post_id"], &push["platform"]), (&post["id"], &json!("android_rn")));
        for recorder in scene.recorders() {
            let calls = recorder.calls(PUSH).await;
            let [call] = calls_about(&calls, &post)[..] else { panic!("{calls:?}") };
            assert_eq!((call.text("user_id"), call.text("notification/channel_type")), (&*place.ann.id, "O"));
            assert!(call.text("notification/message").contains("one"), "{call:?}");
            assert_eq!(call.text("notification/device_id"), "", "once for a user, not for a device");
        }

        scene.first.program(PUSH, json!({"once": true, "then": {"patch": {"message": "changed"}}})).await;
        let post = place.say(scene, "two").await;
        assert_eq!(proxy.next().body["message"], "changed");
        let calls = scene.second.calls(PUSH).await;
        assert_eq!(calls_about(&calls, &post)[0].text("notification/message"), "changed");

        scene.first.program(PUSH, json!({"once": true, "then": {"answer": {"reject": REJECT}}})).await;
        let mine = json!({"notification": {"message": "mine", "post_id": "mine"}, "user_id": place.ann.id});
        let reply = scene.second.api("notify.send-push-notification", mine.clone()).await;
        assert_eq!(reply.status, 200, "a veto is no error: {}", reply.body);
        proxy.stays_empty();

        // The plugin's own push inside the hook is asked about too.
        let call = json!({"function": "notify.send-push-notification", "arguments": mine});
        scene.first.program(PUSH, json!({"once": true, "call": call})).await;
        place.say(scene, "three").await;
        scene.first.wait_for(PUSH, |call| call.text("notification/post_id") == "mine").await;
        let pushed = [proxy.next().body, proxy.next().body];
        assert!(pushed.iter().any(|push| push["message"] == "mine"), "{pushed:?}");

        for (fault, logged) in FAULTS {
            scene.first.program(PUSH, json!({"once": true, "then": fault})).await;
            place.say(scene, "four").await;
            proxy.next();
            until_logged(scene, PUSH, logged).await;
        }
        shown(PUSH, &["fired", "payload", "chain", "outcomes", "fault", "reentry", "success"]);
    });
}
