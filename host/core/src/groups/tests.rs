use wasmoat_model::{
    Channel, ChannelType, CreateDefaultMembershipParams, Group, GroupSearchOpts, GroupSyncable, GroupSyncableType,
    Team, User,
};

use crate::{
    channel_members::Added,
    channels::tests::{World, inner},
};

impl World {
    async fn group(&self, name: &str, members: &[&User]) -> Group {
        let group = Group {
            name: Some(name.into()),
            display_name: name.to_uppercase(),
            source: "plugin_people".into(),
            remote_id: Some(format!("remote-{name}")),
            ..Group::default()
        };
        let group = self.create_group(group).await.unwrap();
        let ids: Vec<String> = members.iter().map(|user| user.id.clone()).collect();
        self.upsert_group_members(&group.id, &ids).await.unwrap();
        group
    }

    async fn link(&self, group: &Group, channel: &Channel) -> GroupSyncable {
        let link = GroupSyncable {
            group_id: group.id.clone(),
            syncable_id: channel.id.clone(),
            auto_add: true,
            r#type: GroupSyncableType::Channel,
            ..GroupSyncable::default()
        };
        self.upsert_group_syncable(link).await.unwrap()
    }

    async fn constrain(&self, channel: &Channel) -> Channel {
        self.update_channel(&self.cx, Channel { group_constrained: Some(true), ..channel.clone() }).await.unwrap()
    }
}

#[tokio::test]
async fn a_name_is_of_one_group_or_of_a_user() {
    let world = World::new().await;
    let group = world.group("devs", &[]).await;
    let again = Group { id: String::new(), remote_id: Some("other".into()), ..group.clone() };
    assert_eq!(world.create_group(again).await.unwrap_err().id, "app.custom_group.unique_name");
    let bob = Group { name: Some("bob".into()), ..group };
    assert_eq!(world.update_group(bob).await.unwrap_err().id, "app.group.username_conflict");
}

#[tokio::test]
async fn who_comes_into_a_group_and_goes_is_told() {
    let world = World::new().await;
    let mut bob = world.listen(&world.bob).await;
    let group = world.group("devs", &[&world.bob]).await;
    assert_eq!(inner(&bob.hear("group_member_add").await, "group_member")["group_id"], group.id.as_str());
    assert_eq!(world.get_group_member_users(&group.id, 0, 10).await.unwrap()[0].id, world.bob.id);
    world.delete_group_members(&group.id, std::slice::from_ref(&world.bob.id)).await.unwrap();
    bob.hear("group_member_deleted").await;
    let error = world.delete_group_members(&group.id, std::slice::from_ref(&world.bob.id)).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.group.no_rows", 404));
}

#[tokio::test]
async fn a_link_brings_its_people_into_channel_and_team() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Private).await;
    let outsider = world.new_user("outsider").await;
    let group = world.group("devs", &[&world.bob, &outsider]).await;
    world.link(&group, &channel).await;
    let team = world.get_group_syncable(&group.id, &world.team.id, GroupSyncableType::Team).await.unwrap();
    assert!(team.auto_add, "the channel's link brought one to its team");
    let params = CreateDefaultMembershipParams::default();
    world.create_default_memberships(&world.cx, &params).await.unwrap();
    for user in [&world.bob, &outsider] {
        world.get_channel_member(&channel.id, &user.id).await.unwrap();
    }
    world.remove_user_from_channel(&world.cx, &world.bob.id, "", &channel).await.unwrap();
    world.create_default_memberships(&world.cx, &params).await.unwrap();
    assert!(world.get_channel_member(&channel.id, &world.bob.id).await.is_err(), "who left stays away");
    let again = CreateDefaultMembershipParams { re_add_removed_members: true, ..params };
    world.create_default_memberships(&world.cx, &again).await.unwrap();
    world.get_channel_member(&channel.id, &world.bob.id).await.unwrap();
}

#[tokio::test]
async fn a_constrained_channel_is_for_members_of_its_groups() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Private).await;
    world.join(&channel, &world.eve).await;
    let group = world.group("devs", &[&world.ann, &world.bob]).await;
    world.link(&group, &channel).await;
    let channel = world.constrain(&channel).await;
    let stranger = world.new_user("stranger").await;
    world.add_team_member(&world.cx, &world.team.id, &stranger.id, "").await.unwrap();
    let error = world.add_channel_member(&world.cx, &stranger.id, &channel, Added::default()).await.unwrap_err();
    assert_eq!(error.id, "api.channel.add_members.user_denied");
    world.join(&channel, &world.bob).await;
    world.delete_group_constrained_memberships(&world.cx).await.unwrap();
    assert!(world.get_channel_member(&channel.id, &world.eve.id).await.is_err());
    world.get_channel_member(&channel.id, &world.bob.id).await.unwrap();
}

#[tokio::test]
async fn a_constrained_team_decides_on_links_to_its_channels() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Private).await;
    world.update_team(Team { group_constrained: Some(true), ..world.team.clone() }).await.unwrap();
    let group = world.group("devs", &[]).await;
    let link = GroupSyncable {
        group_id: group.id,
        syncable_id: channel.id,
        r#type: GroupSyncableType::Channel,
        ..GroupSyncable::default()
    };
    let error = world.upsert_group_syncable(link).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("group_not_associated_to_synced_team", 400));
}

#[tokio::test]
async fn a_team_s_link_takes_those_to_its_channels_along() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Open).await;
    let group = world.group("devs", &[]).await;
    world.link(&group, &channel).await;
    world.delete_group_syncable(&group.id, &world.team.id, GroupSyncableType::Team).await.unwrap();
    assert!(world.get_group_syncables(&group.id, GroupSyncableType::Channel).await.unwrap().is_empty());
    let error = world.delete_group_syncable(&group.id, &channel.id, GroupSyncableType::Channel).await.unwrap_err();
    assert_eq!(error.id, "app.group.group_syncable_already_deleted");
}

#[tokio::test]
async fn groups_are_found_by_what_is_asked_for() {
    let world = World::new().await;
    let devs = world.group("devs", &[&world.ann, &world.bob]).await;
    let ops = world.group("ops", &[&world.eve]).await;
    let gone = world.group("gone", &[]).await;
    world.delete_group(&gone.id).await.unwrap();
    let channel = world.channel("plans", ChannelType::Open).await;
    world.link(&devs, &channel).await;
    let find = async |opts: GroupSearchOpts| {
        let groups = world.get_groups(0, 60, &opts, None).await.unwrap();
        groups.into_iter().map(|group| group.display_name).collect::<Vec<_>>()
    };
    let opts = GroupSearchOpts::default;
    assert_eq!(find(opts()).await, ["DEVS", "OPS"]);
    assert_eq!(find(GroupSearchOpts { q: "EV".into(), ..opts() }).await, ["DEVS"]);
    assert_eq!(find(GroupSearchOpts { filter_has_member: world.eve.id.clone(), ..opts() }).await, ["OPS"]);
    assert_eq!(find(GroupSearchOpts { not_associated_to_channel: channel.id.clone(), ..opts() }).await, ["OPS"]);
    assert_eq!(find(GroupSearchOpts { filter_archived: true, ..opts() }).await, ["GONE"]);
    let counted = GroupSearchOpts {
        include_member_count: true,
        include_member_ids: true,
        include_channel_member_count: channel.id,
        include_timezones: true,
        ..opts()
    };
    let groups = world.get_groups(0, 1, &counted, None).await.unwrap();
    let [devs] = groups.as_slice() else { panic!("{groups:?}") };
    assert_eq!((devs.member_count, devs.channel_member_count, devs.member_ids.len()), (Some(2), Some(1), 2));
    assert!(devs.has_syncables && !world.get_group(&ops.id).await.unwrap().has_syncables);
}
