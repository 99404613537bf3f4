use bytes::Bytes;
use image::ImageFormat;
use wasmoat_model::{Emoji, Reaction};

use crate::{
    channels::tests::{World, inner},
    files::tests::picture,
};

fn emoji(world: &World, name: &str) -> Emoji {
    Emoji { name: name.into(), creator_id: world.ann.id.clone(), ..Emoji::default() }
}

async fn create(world: &World, name: &str, picture: Vec<u8>) -> Result<Emoji, wasmoat_model::AppError> {
    world.create_emoji(&world.ann.id, emoji(world, name), picture.into()).await
}

#[tokio::test]
async fn an_emoji_lives_until_it_is_deleted() {
    let world = World::new().await;
    let mut bob = world.listen(&world.bob).await;
    let parrot = create(&world, "party_parrot", picture(300, 200, ImageFormat::Jpeg)).await.unwrap();
    assert_eq!(inner(&bob.hear("emoji_added").await, "emoji")["name"], "party_parrot");
    let (kept, format) = world.get_emoji_image(&parrot.id).await.unwrap();
    let kept = image::load_from_memory(&kept).unwrap();
    assert_eq!((kept.width(), kept.height(), format), (128, 85, "png"));
    let post = world.say(&world.ann, &world.square, "good news").await;
    let reaction = Reaction {
        user_id: world.bob.id.clone(),
        post_id: post.id.clone(),
        emoji_name: "party_parrot".into(),
        ..Reaction::default()
    };
    world.save_reaction_for_post(&world.cx, reaction).await.unwrap();
    assert_eq!(world.search_emoji("PARR", false).await.unwrap(), std::slice::from_ref(&parrot));
    assert!(world.autocomplete_emoji("parr").await.unwrap().is_empty());
    assert!(world.search_emoji("partyXparrot", true).await.unwrap().is_empty());

    world.delete_emoji(&parrot).await.unwrap();
    assert_eq!(world.get_emoji(&parrot.id).await.unwrap_err().id, "app.emoji.get.no_result");
    assert!(world.get_reactions_for_post(&post.id).await.unwrap().is_empty());
    assert!(!world.get_post(&post.id).await.unwrap().has_reactions);
    create(&world, "party_parrot", picture(8, 8, ImageFormat::Png)).await.unwrap();
}

#[tokio::test]
async fn what_is_no_emoji_is_refused() {
    let world = World::new().await;
    let small = || picture(8, 8, ImageFormat::Png);
    create(&world, "taken", small()).await.unwrap();
    for (name, picture, id, status) in [
        ("taken", small(), "api.emoji.create.duplicate.app_error", 400),
        ("smile", small(), "model.emoji.system_emoji_name.app_error", 400),
        ("no spaces", small(), "model.emoji.name.app_error", 400),
        ("text", b"not a picture".to_vec(), "api.emoji.upload.image.app_error", 400),
        ("bitmap", picture(8, 8, ImageFormat::Bmp), "api.emoji.upload.image.app_error", 400),
        ("broken", small()[..20].to_vec(), "api.emoji.upload.image.app_error", 400),
        ("wide", picture(1_029, 1, ImageFormat::Png), "api.emoji.upload.large_image.too_large.app_error", 400),
        ("heavy", vec![0; (512 << 10) + 1], "api.emoji.create.too_large.app_error", 413),
    ] {
        let error = create(&world, name, picture).await.unwrap_err();
        assert_eq!((error.id.as_str(), error.status_code), (id, status), "{name}");
    }
    let error = world.create_emoji(&world.bob.id, emoji(&world, "mine"), Bytes::from(small())).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.emoji.create.other_user.app_error", 403));
}

#[tokio::test]
async fn a_large_animation_stays_one() {
    let world = World::new().await;
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    let frame = || image::Frame::new(image::RgbaImage::new(256, 256));
    encoder.encode_frames([frame(), frame(), frame()]).unwrap();
    drop(encoder);
    let emoji = create(&world, "moving", bytes).await.unwrap();
    let (kept, format) = world.get_emoji_image(&emoji.id).await.unwrap();
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(kept)).unwrap();
    let frames = image::AnimationDecoder::into_frames(decoder).collect_frames().unwrap();
    assert_eq!((frames.len(), frames[0].buffer().width(), format), (3, 128, "gif"));
}
