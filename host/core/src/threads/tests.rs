use super::ThreadOptions;
use crate::channels::tests::{World, inner};

#[tokio::test]
async fn who_writes_or_is_named_follows_the_thread() {
    let world = World::new().await;
    let root = world.say(&world.ann, &world.square, "root").await;
    let mut ann = world.listen(&world.ann).await;
    world.reply(&world.bob, &world.square, "what about @eve?", &root.id).await;
    let updated = ann.hear("thread_updated").await;
    let thread = inner(&updated, "thread");
    assert_eq!((&thread["reply_count"], &thread["unread_replies"]), (&1.into(), &1.into()));
    let options = ThreadOptions::default();
    let anns = world.get_threads_for_user(&world.cx, &world.ann.id, &world.team.id, &options).await.unwrap();
    assert_eq!((anns.total, anns.total_unread_threads, anns.total_unread_mentions), (1, 1, 0));
    let eves = world.get_thread_for_user(&world.cx, &world.eve.id, &root.id, false).await.unwrap();
    assert_eq!((eves.unread_mentions, eves.unread_replies), (1, 1));
    let bobs = world.get_thread_for_user(&world.cx, &world.bob.id, &root.id, true).await.unwrap();
    assert_eq!((bobs.unread_replies, bobs.participants[0].username.as_str()), (0, "bob"));
}

#[tokio::test]
async fn a_thread_is_read_and_left() {
    let world = World::new().await;
    let root = world.say(&world.ann, &world.square, "root").await;
    let reply = world.reply(&world.bob, &world.square, "@ann", &root.id).await;
    let team = &world.team.id;
    let read =
        world.update_thread_read_for_user(&world.cx, &world.ann.id, team, &root.id, reply.create_at).await.unwrap();
    assert_eq!((read.unread_replies, read.unread_mentions), (0, 0));
    let again = world.set_thread_unread_by_post_id(&world.cx, &world.ann.id, team, &root.id, &reply.id).await.unwrap();
    assert_eq!((again.unread_replies, again.unread_mentions), (1, 1));
    world.update_threads_read_for_user(&world.ann.id, team).await.unwrap();
    let options = ThreadOptions { unread: true, ..ThreadOptions::default() };
    assert!(world.get_threads_for_user(&world.cx, &world.ann.id, team, &options).await.unwrap().threads.is_empty());
    world.update_thread_follow_for_user(&world.ann.id, team, &root.id, false).await.unwrap();
    assert_eq!(
        world.get_thread_for_user(&world.cx, &world.ann.id, &root.id, false).await.unwrap_err().status_code,
        404
    );
    world.reply(&world.bob, &world.square, "still there?", &root.id).await;
    assert!(
        world.get_thread_for_user(&world.cx, &world.ann.id, &root.id, false).await.is_err(),
        "a reply does not bring her back"
    );
}
