use serde_json::json;
use wasmoat_model::{Channel, ChannelType, FileInfo, Post, RetentionPolicy, RetentionPolicyPatch, now_ms};

use super::DAY;
use crate::{channels::tests::World, files::Upload};

/// A world whose operator has turned data retention on, with these settings.
async fn world(retention: serde_json::Value) -> World {
    let world = World::new().await;
    let settings = json!({
        "ServiceSettings": {"LicensedFeatures": ["data_retention"]},
        "DataRetentionSettings": retention,
    });
    world.save_config(&world.cx, &settings).await.unwrap();
    world
}

impl World {
    async fn file(&self, name: &str) -> FileInfo {
        let upload = Upload {
            user_id: self.ann.id.clone(),
            channel_id: self.square.id.clone(),
            name: name.into(),
            content: self.spool("Test", b"bytes").await.unwrap(),
            id: String::new(),
            remote_id: None,
        };
        self.upload_file(&self.cx, upload).await.unwrap()
    }

    async fn age(&self, file: &FileInfo) {
        let sql = "UPDATE file_infos SET create_at = $2 WHERE id = $1";
        let args = crate::store::args![file.id, now_ms() - DAY];
        crate::store::Queries::run(&mut *self.store.read().await.unwrap(), sql, args).await.unwrap();
    }

    async fn said_days_ago(&self, channel: &Channel, message: &str, days: i64) -> Post {
        let post = Post {
            user_id: self.ann.id.clone(),
            channel_id: channel.id.clone(),
            message: message.into(),
            create_at: now_ms() - days * DAY,
            ..Post::default()
        };
        self.create_post(&self.cx, post).await.unwrap()
    }

    async fn policy(&self, days: i64, teams: &[&str], channels: &[&str]) -> RetentionPolicy {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let policy = RetentionPolicy {
            display_name: "Short".into(),
            post_duration_days: days,
            team_ids: ids(teams),
            channel_ids: ids(channels),
            ..RetentionPolicy::default()
        };
        self.create_retention_policy(policy).await.unwrap()
    }
}

#[tokio::test]
async fn nothing_is_there_until_the_operator_turns_it_on() {
    let world = World::new().await;
    let error = world.add_channels_to_retention_policy("p", &[]).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("ent.data_retention.generic.license.error", 501));
    assert_eq!(world.run_data_retention(&world.cx).await.unwrap_err().status_code, 501);
}

#[tokio::test]
async fn a_channel_has_one_policy() {
    let world = world(json!({})).await;
    let channel = world.channel("plans", ChannelType::Open).await;
    let policy = world.policy(10, &[], &[&channel.id]).await;
    assert_eq!((policy.channel_count, policy.team_count), (1, 0));
    let ids = [channel.id.clone()];
    world.add_channels_to_retention_policy(&policy.id, &ids).await.unwrap();
    let other = world.policy(20, &[], &[]).await;
    let error = world.add_channels_to_retention_policy(&other.id, &ids).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("ent.data_retention.policies.invalid_policy", 400));
    world.remove_channels_from_retention_policy(&policy.id, &ids).await.unwrap();
    world.add_channels_to_retention_policy(&other.id, &ids).await.unwrap();
    let (policies, total) = world.get_channel_policies_for_user(&world.ann.id, 0, 10).await.unwrap();
    assert_eq!((policies[0].post_duration_days, total), (20, 1));
    let error = world.add_channels_to_retention_policy("nothing", &ids).await.unwrap_err();
    assert_eq!(error.status_code, 404);
    let patch = RetentionPolicyPatch { channel_ids: Some(Vec::new()), ..RetentionPolicyPatch::default() };
    assert_eq!(world.patch_retention_policy(&other.id, patch).await.unwrap().channel_count, 0);
}

#[tokio::test]
async fn a_channel_s_policy_beats_its_team_s_and_that_the_global_one() {
    let world = world(json!({"EnableMessageDeletion": true, "MessageRetentionDays": 30, "BatchSize": 1})).await;
    let kept = world.channel("kept", ChannelType::Open).await;
    let direct = world.get_direct_channel(&world.cx, &world.ann.id, &world.bob.id).await.unwrap();
    world.policy(-1, &[], &[&kept.id]).await;
    world.policy(5, &[&world.team.id], &[]).await;
    for channel in [&kept, &world.square, &direct] {
        for days in [40, 10, 1] {
            world.said_days_ago(channel, &format!("{days}"), days).await;
        }
    }
    let run = world.run_data_retention(&world.cx).await.unwrap();
    assert_eq!(run.posts, 3, "two in the team, one in the direct message");
    let said = async |channel| world.said(channel).await.into_iter().filter(|text| text.len() < 3).collect::<Vec<_>>();
    assert_eq!(said(&kept).await, ["1", "10", "40"]);
    assert_eq!(said(&world.square).await, ["1"]);
    assert_eq!(said(&direct).await, ["1", "10"]);
    assert_eq!(world.run_data_retention(&world.cx).await.unwrap().posts, 0);
}

#[tokio::test]
async fn old_files_go_with_their_bytes() {
    let world = world(json!({"EnableFileDeletion": true, "FileRetentionHours": 1})).await;
    let (old, new) = (world.file("old.txt").await, world.file("new.txt").await);
    world.age(&old).await;
    assert_eq!(world.run_data_retention(&world.cx).await.unwrap().files, 1);
    assert!(world.get_file(&old).await.is_err() && world.get_file_info(&old.id).await.is_err());
    world.get_file(&new).await.unwrap();
}

#[tokio::test]
async fn bytes_that_a_younger_copy_shares_stay() {
    let world = world(json!({"EnableFileDeletion": true, "FileRetentionHours": 1})).await;
    let old = world.file("old.txt").await;
    let copies = world.copy_file_infos(&world.bob.id, std::slice::from_ref(&old.id)).await.unwrap();
    let copy = world.get_file_info(&copies[0]).await.unwrap();
    world.age(&old).await;
    assert_eq!(world.run_data_retention(&world.cx).await.unwrap().files, 1);
    world.get_file(&copy).await.unwrap();
    world.age(&copy).await;
    assert_eq!(world.run_data_retention(&world.cx).await.unwrap().files, 1);
    assert!(world.get_file(&copy).await.is_err(), "the last one takes them along");
}
