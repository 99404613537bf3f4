use wasmoat_model::{ScheduledPost, now_ms};

use crate::{
    channels::tests::{World, inner},
    store::{Queries as _, args},
};

impl World {
    fn later(&self, message: &str, delay: i64) -> ScheduledPost {
        ScheduledPost {
            user_id: self.bob.id.clone(),
            channel_id: self.square.id.clone(),
            message: message.into(),
            scheduled_at: now_ms() + delay,
            ..ScheduledPost::default()
        }
    }

    async fn scheduled(&self) -> Vec<ScheduledPost> {
        self.get_user_team_scheduled_posts(&self.bob.id, &self.team.id).await.unwrap()
    }

    /// As if the time had gone on.
    async fn bring_forward(&self, scheduled: &ScheduledPost, time: i64) {
        let sql = "UPDATE scheduled_posts SET scheduled_at = $2 WHERE id = $1";
        self.store.read().await.unwrap().run(sql, args![scheduled.id, time]).await.unwrap();
    }
}

#[tokio::test]
async fn a_scheduled_post_is_sent_at_its_time_and_once() {
    let world = World::new().await;
    let mut bob = world.listen(&world.bob).await;
    let scheduled = world.save_scheduled_post(&world.cx, world.later("good morning", 700)).await.unwrap();
    assert_eq!(inner(&bob.hear("scheduled_post_created").await, "scheduledPost")["id"], scheduled.id.as_str());
    assert!(!world.said(&world.square).await.contains(&"good morning".to_owned()), "it is not its time");
    let posted = bob.hear("posted").await;
    assert_eq!(inner(&posted, "post")["message"], "good morning");
    assert_eq!(inner(&bob.hear("scheduled_post_deleted").await, "scheduledPost")["id"], scheduled.id.as_str());
    assert!(world.scheduled().await.is_empty());
    let again = world.create_scheduled(&world.cx, &scheduled).await.unwrap_err();
    assert_eq!(again.status_code, 404);
    assert_eq!(world.said(&world.square).await.iter().filter(|said| *said == "good morning").count(), 1);
}

#[tokio::test]
async fn what_cannot_be_sent_says_why_and_can_be_mended() {
    let world = World::new().await;
    let post = world.save_scheduled_post(&world.cx, world.later("into the void", 60_000)).await.unwrap();
    let root = world.say(&world.ann, &world.square, "root").await;
    let reply = ScheduledPost { root_id: root.id.clone(), ..world.later("a reply", 60_000) };
    let reply = world.save_scheduled_post(&world.cx, reply).await.unwrap();
    world.delete_post(&world.cx, &root.id, &world.ann.id).await.unwrap();
    world.bring_forward(&post, now_ms() - 25 * 60 * 60 * 1000).await;
    world.bring_forward(&reply, now_ms() - 1).await;
    world.send_scheduled_posts().await.unwrap();
    let codes: Vec<String> = world.scheduled().await.into_iter().map(|post| post.error_code).collect();
    assert_eq!(codes, ["unable_to_send", "thread_deleted"]);
    let mended = ScheduledPost { scheduled_at: now_ms() + 60_000, ..post };
    let mended = world.update_scheduled_post(&world.cx, &world.bob.id, mended).await.unwrap();
    assert_eq!((mended.error_code.as_str(), mended.processed_at), ("", 0));
}

#[tokio::test]
async fn a_scheduled_post_is_its_authors() {
    let world = World::new().await;
    let post = world.save_scheduled_post(&world.cx, world.later("mine", 60_000)).await.unwrap();
    let elsewhere = ScheduledPost { channel_id: "x".into(), message: "still mine".into(), ..post.clone() };
    let error = world.update_scheduled_post(&world.cx, &world.ann.id, elsewhere.clone()).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.update_scheduled_post.update_permission.error", 403));
    let updated = world.update_scheduled_post(&world.cx, &world.bob.id, elsewhere).await.unwrap();
    assert_eq!((updated.message.as_str(), &updated.channel_id), ("still mine", &world.square.id));
    assert_eq!(world.delete_scheduled_post(&world.cx, &world.ann.id, &post.id).await.unwrap_err().status_code, 403);
    world.delete_scheduled_post(&world.cx, &world.bob.id, &post.id).await.unwrap();
    let error = world.delete_scheduled_post(&world.cx, &world.bob.id, &post.id).await.unwrap_err();
    assert_eq!(error.id, "app.delete_scheduled_post.existing_scheduled_post.not_exist");
    let past = world.save_scheduled_post(&world.cx, world.later("late", -10_000)).await.unwrap_err();
    assert_eq!(past.id, "model.scheduled_post.is_valid.scheduled_at.app_error");
}
