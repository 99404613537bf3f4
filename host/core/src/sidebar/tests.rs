use wasmoat_model::{ChannelType, Preference, SidebarCategoryWithChannels, json};

use crate::channels::tests::World;

impl World {
    /// What Ann sees: each category's name, and the names of its channels.
    async fn sidebar_of_ann(&self) -> Vec<(String, Vec<String>)> {
        let mut seen = Vec::new();
        for category in self.get_sidebar_categories(&self.ann.id, &self.team.id).await.unwrap().categories {
            let channels = self.get_channels(&category.channel_ids).await.unwrap();
            seen.push((category.display_name, channels.into_iter().map(|channel| channel.name).collect()));
        }
        seen
    }

    async fn category(&self, display_name: &str, channel_ids: &[&str]) -> SidebarCategoryWithChannels {
        let new = SidebarCategoryWithChannels {
            display_name: display_name.into(),
            channel_ids: channel_ids.iter().map(|id| (*id).to_owned()).collect(),
            ..SidebarCategoryWithChannels::default()
        };
        self.create_sidebar_category(&self.ann.id, &self.team.id, new).await.unwrap()
    }

    async fn favorite(&self, channel_id: &str, value: &str) {
        let preference = Preference {
            user_id: self.ann.id.clone(),
            category: "favorite_channel".into(),
            name: channel_id.into(),
            value: value.into(),
        };
        self.update_preferences(&self.cx, &self.ann.id, vec![preference]).await.unwrap();
    }
}

fn row(name: &str, channels: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), channels.iter().map(|channel| (*channel).to_owned()).collect())
}

#[tokio::test]
async fn everybody_has_three_categories_that_follow_memberships() {
    let world = World::new().await;
    let early = world.channel("early", ChannelType::Open).await;
    world.favorite(&early.id, "true").await;
    let defaults =
        [row("Favorites", &["early"]), row("Channels", &["off-topic", "town-square"]), row("Direct Messages", &[])];
    assert_eq!(world.sidebar_of_ann().await, defaults);
    let late = world.channel("late", ChannelType::Private).await;
    assert_eq!(world.sidebar_of_ann().await[1], row("Channels", &["late", "off-topic", "town-square"]));
    world.remove_user_from_channel(&world.cx, &world.ann.id, &world.ann.id, &late).await.unwrap();
    world.favorite(&early.id, "false").await;
    assert_eq!(
        world.sidebar_of_ann().await[..2],
        [row("Favorites", &[]), row("Channels", &["early", "off-topic", "town-square"])]
    );
}

#[tokio::test]
async fn an_own_category_takes_its_channels_from_the_others() {
    let world = World::new().await;
    let new = SidebarCategoryWithChannels::default();
    let error = world.create_sidebar_category(&world.ann.id, &world.team.id, new).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.channel.sidebar_categories.app_error", 404));
    world.sidebar_of_ann().await;
    let plans = world.channel("plans", ChannelType::Open).await;
    let work = world.category("Work", &[&plans.id, "nothing"]).await;
    assert_eq!((work.sort_order, work.channel_ids.as_slice()), (10, [plans.id.clone()].as_slice()));
    assert_eq!(
        world.sidebar_of_ann().await[1..3],
        [row("Work", &["plans"]), row("Channels", &["off-topic", "town-square"])]
    );
    world.delete_sidebar_category(&world.ann.id, &world.team.id, &work.id).await.unwrap();
    assert_eq!(world.sidebar_of_ann().await[1], row("Channels", &["off-topic", "plans", "town-square"]));
    let favorites = format!("favorites_{}_{}", world.ann.id, world.team.id);
    let error = world.delete_sidebar_category(&world.ann.id, &world.team.id, &favorites).await.unwrap_err();
    assert_eq!(error.status_code, 400);
}

#[tokio::test]
async fn moving_into_favorites_is_a_preference_and_muting_reaches_the_channels() {
    let world = World::new().await;
    world.sidebar_of_ann().await;
    let plans = world.channel("plans", ChannelType::Open).await;
    let work = world.category("Work", &[&plans.id]).await;
    let muted = SidebarCategoryWithChannels { muted: true, display_name: "Play".into(), ..work.clone() };
    let updated = world.update_sidebar_categories(&world.ann.id, &world.team.id, &[muted]).await.unwrap();
    assert_eq!((updated[0].display_name.as_str(), updated[0].muted), ("Play", true));
    let member = world.get_channel_member(&plans.id, &world.ann.id).await.unwrap();
    assert_eq!(json::get(&member.notify_props, "mark_unread"), Some("mention"));
    let mut categories = world.get_sidebar_categories(&world.ann.id, &world.team.id).await.unwrap().categories;
    categories[1].channel_ids.clear();
    categories[0].channel_ids.push(plans.id.clone());
    categories[0].display_name = "Loved".into();
    world.update_sidebar_categories(&world.ann.id, &world.team.id, &categories[..2]).await.unwrap();
    assert_eq!(world.sidebar_of_ann().await[0], row("Favorites", &["plans"]));
    let preference = world.get_preference(&world.ann.id, "favorite_channel", &plans.id).await.unwrap();
    assert_eq!(preference.value, "true");
    let member = world.get_channel_member(&plans.id, &world.ann.id).await.unwrap();
    assert_eq!(json::get(&member.notify_props, "mark_unread"), Some("all"), "favorites are not muted");
}

#[tokio::test]
async fn an_order_names_each_category_once() {
    let world = World::new().await;
    let mut order = world.get_sidebar_categories(&world.ann.id, &world.team.id).await.unwrap().order;
    order.reverse();
    world.update_sidebar_category_order(&world.ann.id, &world.team.id, &order).await.unwrap();
    assert_eq!(world.get_sidebar_categories(&world.ann.id, &world.team.id).await.unwrap().order, order);
    let error = world.update_sidebar_category_order(&world.ann.id, &world.team.id, &order[1..]).await.unwrap_err();
    assert_eq!(error.status_code, 400);
}
