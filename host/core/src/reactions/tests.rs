use wasmoat_model::Reaction;

use crate::channels::tests::{World, inner};

#[tokio::test]
async fn a_reaction_is_there_once_until_it_is_removed() {
    let world = World::new().await;
    let post = world.say(&world.ann, &world.square, "good news").await;
    let reaction = Reaction {
        user_id: world.bob.id.clone(),
        post_id: post.id.clone(),
        emoji_name: "+1".into(),
        ..Reaction::default()
    };
    let mut ann = world.listen(&world.ann).await;
    for _ in 0..2 {
        world.save_reaction_for_post(&world.cx, reaction.clone()).await.unwrap();
    }
    assert_eq!(inner(&ann.hear("reaction_added").await, "reaction")["emoji_name"], "+1");
    assert_eq!(world.get_reactions_for_post(&post.id).await.unwrap().len(), 1);
    assert!(world.get_post(&post.id).await.unwrap().has_reactions);
    for _ in 0..2 {
        world.delete_reaction_for_post(&world.cx, &reaction).await.unwrap();
    }
    ann.hear("reaction_removed").await;
    assert!(world.get_reactions_for_post(&post.id).await.unwrap().is_empty());
    assert!(!world.get_post(&post.id).await.unwrap().has_reactions);
}

#[tokio::test]
async fn a_post_bears_only_so_many_emoji() {
    let world = World::new().await;
    let post = world.say(&world.ann, &world.square, "party").await;
    let reaction = |name: String| Reaction {
        user_id: world.bob.id.clone(),
        post_id: post.id.clone(),
        emoji_name: name,
        ..Reaction::default()
    };
    let unknown = world.save_reaction_for_post(&world.cx, reaction("no_such".into())).await.unwrap_err();
    assert_eq!((unknown.id.as_str(), unknown.status_code), ("app.emoji.get_by_name.no_result", 404));
    let countries = ["a", "b", "c", "g", "i", "k", "l", "m", "n", "s"].iter().flat_map(|first| {
        let flag = move |second| format!("flag-{first}{second}");
        ('a'..='z').map(flag).filter(|name| wasmoat_model::is_system_emoji(name))
    });
    for name in countries.take(50) {
        world.save_reaction_for_post(&world.cx, reaction(name)).await.unwrap();
    }
    let error = world.save_reaction_for_post(&world.cx, reaction("rocket".into())).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.reaction.save.save.too_many_reactions", 400));
    let error = world.save_reaction_for_post(&world.cx, reaction("no spaces".into())).await.unwrap_err();
    assert_eq!(error.id, "model.reaction.is_valid.emoji_name.app_error");
}
