use std::collections::HashSet;

use wasmoat_model::{
    Channel, ChannelType, GetPostsSinceForSyncCursor, MembershipChangeMsg, Post, Reaction, RegisterPluginOpts,
    SharedChannel, SharedChannelRemote, SyncMsg, SyncResponse, User, new_id, now_ms,
};

use super::{collect::Batch, store};
use crate::channels::tests::World;

const P: &str = "com.example.carrier";

/// A world with the service on, a shared room of Ann's and Bob's, and a remote that is invited.
struct Shared {
    world: World,
    room: Channel,
    remote_id: String,
}

impl Shared {
    async fn new() -> Self {
        let world = World::new().await;
        world.turn_sharing_on().await;
        let opts = opts(&world);
        let remote_id = world.register_plugin_for_shared_channels(P, opts).await.unwrap();
        let room = world.channel("room", ChannelType::Private).await;
        world.join(&room, &world.bob).await;
        world.invite_remote_to_channel(&room.id, &remote_id, &world.ann.id, true).await.unwrap();
        Self { world, room, remote_id }
    }

    async fn invitation(&self) -> SharedChannelRemote {
        let mut store = self.world.store.read().await.unwrap();
        store::invitation(&mut store, &self.room.id, &self.remote_id).await.unwrap().unwrap()
    }

    async fn batch(&self) -> Batch {
        self.world.collect_batch(&self.invitation().await, &HashSet::new()).await.unwrap()
    }

    async fn settle(&self, batch: &Batch, response: &SyncResponse) {
        self.world.settle_batch(&self.invitation().await, batch, response).await.unwrap();
    }

    async fn receive(&self, msg: SyncMsg) -> SyncResponse {
        let msg = SyncMsg { channel_id: self.room.id.clone(), ..msg };
        self.world.receive_shared_channel_sync_msg(&self.world.cx, P, &self.remote_id, &msg).await.unwrap()
    }

    /// A user of the remote, who is a member of the square.
    async fn zoe(&self) -> User {
        let user = User { id: new_id(), username: "zoe".into(), email: "zoe@east".into(), ..User::default() };
        let users = vec![(user.id.clone(), user.clone())];
        let response = self.receive(SyncMsg { users, ..SyncMsg::default() }).await;
        assert_eq!((response.users_syncd, response.user_errors), (vec![user.id.clone()], vec![]));
        self.world.get_user(&user.id).await.unwrap()
    }

    fn post_of(&self, user: &User, message: &str) -> Post {
        Post {
            id: new_id(),
            user_id: user.id.clone(),
            channel_id: self.room.id.clone(),
            message: message.to_owned(),
            create_at: now_ms() - 60_000,
            ..Post::default()
        }
    }
}

impl World {
    async fn turn_sharing_on(&self) {
        let patch = serde_json::json!({
            "ServiceSettings": { "LicensedFeatures": ["shared_channels"] },
            "ConnectedWorkspacesSettings": { "EnableSharedChannels": true, "EnableRemoteClusterService": true },
        });
        self.patch_config(&self.cx, &patch).await.unwrap();
    }
}

fn opts(world: &World) -> RegisterPluginOpts {
    RegisterPluginOpts { displayname: "East".into(), creator_id: world.ann.id.clone(), ..RegisterPluginOpts::default() }
}

fn messages(batch: &Batch) -> Vec<&str> {
    batch.msg.posts.iter().map(|post| post.message.as_str()).collect()
}

#[tokio::test]
async fn a_plugin_has_one_remote_for_each_address() {
    let world = World::new().await;
    let one = world.register_plugin_for_shared_channels(P, opts(&world)).await.unwrap();
    assert_eq!(world.register_plugin_for_shared_channels(P, opts(&world)).await.unwrap(), one);
    let there = RegisterPluginOpts { site_url: "https://there.example".into(), ..opts(&world) };
    let other = world.register_plugin_for_shared_channels(P, there).await.unwrap();
    assert_ne!(one, other);
    let error = world.unregister_plugin_remote("other.plugin", &one).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.remote_cluster.get.not_found", 404));
    world.unregister_plugin_remote(P, &other).await.unwrap();
    for _ in 0..2 {
        world.unregister_plugin_for_shared_channels(P).await.unwrap();
    }
    assert_eq!(world.unregister_plugin_for_shared_channels("never").await.unwrap_err().status_code, 404);
    // It comes back as the one it was.
    assert_eq!(world.register_plugin_for_shared_channels(P, opts(&world)).await.unwrap(), one);
    let nobody = RegisterPluginOpts { creator_id: String::new(), ..opts(&world) };
    let error = world.register_plugin_for_shared_channels(P, nobody).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("model.cluster.is_valid.creator_id.app_error", 400));
}

#[tokio::test]
async fn while_the_service_is_off_nothing_is_shared() {
    let world = World::new().await;
    let shared = SharedChannel { id: world.square.id.clone(), home: true, ..SharedChannel::default() };
    let error = world.share_channel(shared).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.command_share.service_disabled", 400));
    assert_eq!(world.sync_shared_channel(&world.square.id).await.unwrap_err().id, error.id);
}

#[tokio::test]
async fn a_channel_is_shared_once_until_its_last_remote_goes() {
    let s = Shared::new().await;
    let channel = s.world.get_channel(&s.room.id).await.unwrap();
    assert_eq!(channel.shared, Some(true));
    let shared = SharedChannel { id: channel.id.clone(), name: "other".into(), ..SharedChannel::default() };
    assert_eq!(s.world.share_channel(shared).await.unwrap().name, channel.name);
    s.world.uninvite_remote_from_channel(&channel.id, &s.remote_id).await.unwrap();
    assert_eq!(s.world.get_shared_channel(&channel.id).await.unwrap_err().status_code, 404);
    assert_eq!(s.world.get_channel(&channel.id).await.unwrap().shared, Some(false));
    assert!(!s.world.unshare_channel(&channel.id).await.unwrap());
    let error = s.world.uninvite_remote_from_channel(&channel.id, &s.remote_id).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.shared_channels.remote.not_invited.app_error", 404));
}

#[tokio::test]
async fn a_remote_is_told_once_what_happened_since_it_was_invited() {
    let s = Shared::new().await;
    let first = s.world.say(&s.world.ann, &s.room, "hello @bob").await;
    let batch = s.batch().await;
    assert_eq!(messages(&batch), ["hello @bob"]);
    assert!(batch.msg.users.iter().any(|(id, _)| *id == s.world.ann.id), "its author comes along");
    assert_eq!(batch.msg.mention_transforms, [("bob".to_owned(), s.world.bob.id.clone())]);
    let members: HashSet<&str> = batch.msg.membership_changes.iter().map(|change| change.user_id.as_str()).collect();
    assert!(members.contains(s.world.ann.id.as_str()) && batch.msg.membership_changes.iter().all(|c| c.is_add));
    s.settle(&batch, &SyncResponse::default()).await;
    assert!(s.batch().await.msg.is_empty());
    // A change of it is told again, a reaction with it.
    let mut edited = first.clone();
    edited.message = "hello all".into();
    s.world.update_post(&s.world.cx, &edited).await.unwrap();
    let reaction = Reaction {
        user_id: s.world.bob.id.clone(),
        post_id: first.id.clone(),
        emoji_name: "+1".into(),
        ..Reaction::default()
    };
    s.world.save_reaction_for_post(&s.world.cx, reaction).await.unwrap();
    let batch = s.batch().await;
    assert_eq!((messages(&batch), batch.msg.reactions.len()), (vec!["hello all"], 1));
    s.settle(&batch, &SyncResponse::default()).await;
    s.world.delete_post(&s.world.cx, &first.id, &s.world.ann.id).await.unwrap();
    let batch = s.batch().await;
    assert!(batch.msg.posts[0].delete_at > 0);
}

#[tokio::test]
async fn what_a_remote_could_not_take_is_sent_again_three_times() {
    let s = Shared::new().await;
    let post = s.world.say(&s.world.ann, &s.room, "bad").await;
    let error = SyncResponse { post_errors: vec![post.id.clone()], ..SyncResponse::default() };
    for _ in 0..3 {
        let batch = s.batch().await;
        assert_eq!(messages(&batch), ["bad"]);
        s.settle(&batch, &error).await;
    }
    assert!(s.batch().await.msg.posts.is_empty());
}

#[tokio::test]
async fn a_cursor_that_is_moved_back_sends_history() {
    let s = Shared::new().await;
    s.world.say(&s.world.ann, &s.room, "old news").await;
    let batch = s.batch().await;
    s.settle(&batch, &SyncResponse::default()).await;
    let start = GetPostsSinceForSyncCursor::default();
    s.world.update_shared_channel_cursor(&s.room.id, &s.remote_id, &start).await.unwrap();
    assert!(messages(&s.batch().await).contains(&"old news"));
    let error = s.world.update_shared_channel_cursor(&s.room.id, &new_id(), &start).await.unwrap_err();
    assert_eq!(error.status_code, 404);
}

#[tokio::test]
async fn who_leaves_is_told_as_leaving() {
    let s = Shared::new().await;
    let batch = s.batch().await;
    s.settle(&batch, &SyncResponse::default()).await;
    let zoe = s.zoe().await;
    assert!(s.batch().await.msg.membership_changes.is_empty(), "the remote knows that its user joined");
    s.world.remove_user_from_channel(&s.world.cx, &zoe.id, "", &s.room).await.unwrap();
    let [left] = &s.batch().await.msg.membership_changes[..] else { panic!("one leaves") };
    assert_eq!((left.user_id.as_str(), left.is_add), (zoe.id.as_str(), false));
}

#[tokio::test]
async fn what_a_remote_sends_is_marked_as_its_own_and_never_goes_back() {
    let s = Shared::new().await;
    let batch = s.batch().await;
    s.settle(&batch, &SyncResponse::default()).await;
    let zoe = s.zoe().await;
    assert_eq!((zoe.username.as_str(), zoe.remote_id.as_deref()), ("zoe:east", Some(s.remote_id.as_str())));
    assert!(s.world.get_channel_member(&s.room.id, &zoe.id).await.is_ok());
    let post = s.post_of(&zoe, "from afar");
    let response = s.receive(SyncMsg { posts: vec![post.clone()], ..SyncMsg::default() }).await;
    assert_eq!(response.post_errors, Vec::<String>::new());
    let stored = s.world.get_post(&post.id).await.unwrap();
    assert_eq!((stored.create_at, stored.remote_id.as_deref()), (post.create_at, Some(s.remote_id.as_str())));
    assert!(s.batch().await.msg.posts.is_empty());
    // Edited, reacted to, deleted.
    let edited = Post { message: "from very far".into(), ..post.clone() };
    let reaction = Reaction {
        user_id: zoe.id.clone(),
        post_id: post.id.clone(),
        emoji_name: "wave".into(),
        ..Reaction::default()
    };
    let msg = SyncMsg { posts: vec![edited], reactions: vec![reaction], ..SyncMsg::default() };
    assert!(s.receive(msg).await.reaction_errors.is_empty());
    assert_eq!(s.world.get_post(&post.id).await.unwrap().message, "from very far");
    assert_eq!(s.world.get_reactions_for_post(&post.id).await.unwrap().len(), 1);
    let gone = Post { delete_at: now_ms(), ..post.clone() };
    s.receive(SyncMsg { posts: vec![gone], ..SyncMsg::default() }).await;
    assert_eq!(s.world.get_post(&post.id).await.unwrap_err().status_code, 404);
}

#[tokio::test]
async fn a_remote_acts_for_its_own_users_only() {
    let s = Shared::new().await;
    let forged = s.post_of(&s.world.ann, "I am Ann");
    let ours = s.world.say(&s.world.ann, &s.room, "mine").await;
    let zoe = s.zoe().await;
    let stolen = Post { message: "not mine".into(), user_id: zoe.id.clone(), ..ours.clone() };
    let ann = User { nickname: "Owned".into(), ..s.world.ann.clone() };
    let leave = MembershipChangeMsg {
        channel_id: s.room.id.clone(),
        user_id: s.world.bob.id.clone(),
        ..MembershipChangeMsg::default()
    };
    let msg = SyncMsg {
        users: vec![(ann.id.clone(), ann)],
        posts: vec![forged.clone(), stolen],
        membership_changes: vec![leave],
        ..SyncMsg::default()
    };
    let response = s.receive(msg).await;
    assert_eq!(response.user_errors, [s.world.ann.id.as_str()]);
    assert_eq!(response.post_errors, [forged.id.as_str(), ours.id.as_str()]);
    assert_eq!(response.membership_errors, [s.world.bob.id.as_str()]);
    let msg = SyncMsg { channel_id: s.room.id.clone(), ..SyncMsg::default() };
    let error = s.world.receive_shared_channel_sync_msg(&s.world.cx, "other", &s.remote_id, &msg).await.unwrap_err();
    assert_eq!(error.status_code, 404);
}
