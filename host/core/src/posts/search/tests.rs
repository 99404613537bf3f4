use wasmoat_model::{Channel, ChannelType, PostPatch, SearchParameter, SearchParams, User};

use crate::channels::tests::World;

impl World {
    async fn find(&self, user: &User, terms: &str) -> Vec<String> {
        let asked = SearchParameter { terms: Some(terms.into()), ..SearchParameter::default() };
        let list = self.search_posts_for_user(&self.team.id, &user.id, &asked).await.unwrap();
        list.posts.into_iter().map(|post| post.message).collect()
    }

    async fn told(&self, channel: &Channel) {
        for message in ["the quick brown fox", "a quick reply #release", "brown bears, released"] {
            self.say(&self.ann, channel, message).await;
        }
    }
}

#[tokio::test]
async fn words_phrases_endings_and_hashtags_are_found() {
    let world = World::new().await;
    world.told(&world.square).await;
    for (terms, found) in [
        ("quick", &["a quick reply #release", "the quick brown fox"][..]),
        ("quick fox", &["the quick brown fox"]),
        ("QUICK, -fox", &["a quick reply #release"]),
        ("\"quick brown\"", &["the quick brown fox"]),
        ("\"brown quick\"", &[]),
        ("bro*", &["brown bears, released", "the quick brown fox"]),
        ("#release", &["a quick reply #release"]),
        ("#rele", &[]),
        ("-quick from:ann", &["brown bears, released"]),
        ("*", &[]),
        ("(((", &[]),
        ("", &[]),
    ] {
        assert_eq!(world.find(&world.bob, terms).await, found, "{terms}");
    }
    let asked = SearchParameter {
        terms: Some("fox bears".into()),
        is_or_search: Some(true),
        per_page: Some(1),
        page: Some(1),
        ..SearchParameter::default()
    };
    let second = world.search_posts_for_user("", &world.bob.id, &asked).await.unwrap();
    assert_eq!(second.posts[0].message, "the quick brown fox");
}

#[tokio::test]
async fn filters_narrow_a_search() {
    let world = World::new().await;
    let plans = world.channel("plans", ChannelType::Private).await;
    world.told(&world.square).await;
    world.say(&world.ann, &plans, "a secret fox").await;
    world.say(&world.bob, &world.square, "my fox").await;
    let direct = world.get_direct_channel(&world.cx, &world.ann.id, &world.bob.id).await.unwrap();
    world.say(&world.bob, &direct, "fox, psst").await;
    for (terms, found) in [
        ("fox", &["fox, psst", "my fox", "a secret fox", "the quick brown fox"][..]),
        ("fox from:@bob", &["fox, psst", "my fox"]),
        ("fox -from:bob", &["a secret fox", "the quick brown fox"]),
        ("fox in:plans", &["a secret fox"]),
        ("fox in:~town-square -from:ann", &["my fox"]),
        ("fox -in:plans from:ann", &["the quick brown fox"]),
        ("in:@bob", &["fox, psst"]),
        ("fox in:nowhere", &[]),
        ("fox from:nobody", &[]),
        ("fox on:2001-01-01", &[]),
        ("fox before:2001-01-01", &[]),
        ("fox after:tomorrow", &[]),
        ("a secret after:2001-01-01", &["a secret fox"]),
    ] {
        assert_eq!(world.find(&world.ann, terms).await, found, "{terms}");
    }
    assert!(!world.find(&world.bob, "fox").await.contains(&"a secret fox".to_owned()), "Bob is not in that channel");
    assert_eq!(world.find(&world.eve, "psst").await, [""; 0]);
    let params = SearchParams { terms: "fox".into(), ..SearchParams::default() };
    let found = world.search_posts_in_team(&world.team.id, vec![params]).await.unwrap();
    assert_eq!(found.len(), 3, "private channels too, direct messages not");
}

#[tokio::test]
async fn what_is_changed_or_gone_is_found_as_it_is() {
    let world = World::new().await;
    let post = world.say(&world.ann, &world.square, "frist post").await;
    let patch = PostPatch { message: Some("first post".into()), ..PostPatch::default() };
    world.patch_post(&world.cx, &post.id, patch).await.unwrap();
    assert_eq!(world.find(&world.ann, "frist").await, [""; 0]);
    assert_eq!(world.find(&world.ann, "first").await, ["first post"]);
    world.delete_post(&world.cx, &post.id, &world.ann.id).await.unwrap();
    assert_eq!(world.find(&world.ann, "post").await, [""; 0]);
}

#[tokio::test]
async fn nothing_that_is_typed_is_syntax() {
    let world = World::new().await;
    world.told(&world.square).await;
    for hostile in [
        "\"",
        "\"\"",
        "a\" OR \"b",
        "NEAR(quick fox, 5)",
        "message:quick",
        "^quick",
        "{message}: quick",
        "quick\0fox",
        "(quick",
        "quick)",
        "a + b",
        "'; DROP TABLE posts; --",
        "quick*fox*",
        "**",
        "\\\"quick",
        "NOT quick",
        "$1 ?1 :a @a",
        "%_",
        "#\"tag\"",
        "-",
        "- quick",
        "-\"",
        "in: from:",
        "on:\"2024-01-01\"",
        "\u{202e}\u{feff}",
    ] {
        world.find(&world.ann, hostile).await;
        for or_terms in [true, false] {
            let params = |is_hashtag| SearchParams {
                terms: hostile.into(),
                excluded_terms: hostile.into(),
                in_channels: vec![hostile.into()],
                from_users: vec![hostile.into()],
                is_hashtag,
                or_terms,
                ..SearchParams::default()
            };
            world.search_posts_in_team(&world.team.id, vec![params(true), params(false)]).await.unwrap();
        }
    }
    world.find(&world.ann, &"a OR \"".repeat(5_000)).await;
    assert_eq!(world.find(&world.ann, "fox").await, ["the quick brown fox"]);
}

#[tokio::test]
async fn a_search_is_off_or_too_much() {
    let world = World::new().await;
    let many = vec![SearchParams { terms: "a".into(), ..SearchParams::default() }; 21];
    assert_eq!(world.search_posts_in_team(&world.team.id, many).await.unwrap_err().status_code, 400);
    let off = serde_json::json!({"ServiceSettings": {"EnablePostSearch": false}});
    world.patch_config(&world.cx, &off).await.unwrap();
    let error = world.search_posts_in_team(&world.team.id, Vec::new()).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("store.sql_post.search.disabled", 501));
}
