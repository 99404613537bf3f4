use wasmoat_model::{Channel, ChannelType, Draft};

use crate::channels::tests::{World, inner};

impl World {
    fn draft(&self, channel: &Channel, root_id: &str, message: &str) -> Draft {
        Draft {
            user_id: self.bob.id.clone(),
            channel_id: channel.id.clone(),
            root_id: root_id.into(),
            message: message.into(),
            ..Draft::default()
        }
    }

    async fn drafts(&self) -> Vec<String> {
        let drafts = self.get_drafts_for_user(&self.bob.id, &self.team.id).await.unwrap();
        drafts.into_iter().map(|draft| draft.message).collect()
    }
}

#[tokio::test]
async fn a_draft_is_kept_until_it_is_empty() {
    let world = World::new().await;
    let mut bob = world.listen(&world.bob).await;
    let first = world.upsert_draft(&world.cx, world.draft(&world.square, "", "dear all")).await.unwrap().unwrap();
    assert_eq!(inner(&bob.hear("draft_created").await, "draft")["message"], "dear all");
    let second = world.upsert_draft(&world.cx, world.draft(&world.square, "", "dear Ann")).await.unwrap().unwrap();
    assert_eq!(second.create_at, first.create_at);
    assert_eq!(world.drafts().await, ["dear Ann"]);
    assert_eq!(world.upsert_draft(&world.cx, world.draft(&world.square, "", "")).await.unwrap(), None);
    bob.hear("draft_deleted").await;
    assert!(world.drafts().await.is_empty());
    assert!(!world.delete_draft(&world.cx, &world.bob.id, &world.square.id, "").await.unwrap());
}

#[tokio::test]
async fn drafts_go_with_their_thread_and_their_membership() {
    let world = World::new().await;
    let root = world.say(&world.ann, &world.square, "root").await;
    world.upsert_draft(&world.cx, world.draft(&world.square, &root.id, "a reply")).await.unwrap();
    assert_eq!(world.drafts().await, ["a reply"]);
    world.delete_post(&world.cx, &root.id, &world.ann.id).await.unwrap();
    assert!(world.drafts().await.is_empty());
    let plans = world.channel("plans", ChannelType::Private).await;
    world.upsert_draft(&world.cx, world.draft(&plans, "", "not for me")).await.unwrap();
    assert!(world.drafts().await.is_empty(), "Bob is not in that channel");
}

#[tokio::test]
async fn drafts_are_refused_where_nothing_is_posted() {
    let world = World::new().await;
    let nowhere = Draft { channel_id: wasmoat_model::new_id(), ..world.draft(&world.square, "", "x") };
    assert_eq!(world.upsert_draft(&world.cx, nowhere).await.unwrap_err().status_code, 400);
    let long = world.draft(&world.square, "", &"x".repeat(16_384));
    let error = world.upsert_draft(&world.cx, long).await.unwrap_err();
    assert_eq!(error.id, "model.draft.is_valid.message_length.app_error");
    let off = serde_json::json!({"ServiceSettings": {"AllowSyncedDrafts": false}});
    world.patch_config(&world.cx, &off).await.unwrap();
    let error = world.upsert_draft(&world.cx, world.draft(&world.square, "", "x")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.draft.feature_disabled", 501));
}
