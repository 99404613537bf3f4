use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use wasmoat_model::{FileInfo, GetFileInfosOptions};

use super::{FileSearch, Upload, kind, plain_name};
use crate::channels::tests::World;

pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

async fn upload(world: &World, name: &str, data: &[u8]) -> FileInfo {
    let upload = Upload {
        user_id: world.ann.id.clone(),
        channel_id: world.square.id.clone(),
        name: name.into(),
        content: world.spool("Test", data).await.unwrap(),
        id: String::new(),
        remote_id: None,
    };
    world.upload_file(&world.cx, upload).await.unwrap()
}

async fn attach(world: &World, info: &FileInfo) {
    let post = wasmoat_model::Post {
        user_id: world.ann.id.clone(),
        channel_id: world.square.id.clone(),
        file_ids: vec![info.id.clone()],
        ..Default::default()
    };
    world.create_post(&world.cx, post).await.unwrap();
}

#[test]
fn a_name_is_a_name_and_no_path() {
    assert_eq!(plain_name("../../etc/passwd"), "passwd");
    assert_eq!(plain_name(r"C:\temp\a.png"), "a.png");
    assert_eq!(plain_name(".."), "file");
    assert_eq!(plain_name("a\u{0}b\n.txt"), "ab.txt");
    assert_eq!(plain_name(&"ä".repeat(300)).len(), 254);
}

#[test]
fn the_extension_says_what_it_is() {
    assert_eq!(kind::of("a.PNG"), ("png".into(), "image/png".into()));
    assert_eq!(kind::of("Makefile"), (String::new(), "application/octet-stream".into()));
}

#[tokio::test]
async fn an_image_gets_pictures_and_a_bomb_does_not_get_in() {
    let world = World::new().await;
    let name = format!("{}.png", "long ".repeat(48));
    let info = upload(&world, &name, &picture(400, 200, ImageFormat::Png)).await;
    assert_eq!((info.width, info.height, info.has_preview_image), (400, 200, true));
    let thumbnail = world.files.read(&info.thumbnail_path).await.unwrap();
    let thumbnail = image::load_from_memory(&thumbnail).unwrap();
    assert_eq!((thumbnail.width(), thumbnail.height()), (120, 60));
    assert!(info.preview_path.ends_with("_preview.jpg") && info.mini_preview.is_some());

    let animation = {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        let frame = || image::Frame::new(image::RgbaImage::new(8, 8));
        encoder.encode_frames([frame(), frame()]).unwrap();
        drop(encoder);
        bytes
    };
    let info = upload(&world, "a.gif", &animation).await;
    assert!(!info.has_preview_image && !info.thumbnail_path.is_empty(), "an animation is shown itself");

    let info = upload(&world, "broken.png", b"\x89PNG\r\n\x1a\n and nothing more").await;
    assert!(info.thumbnail_path.is_empty(), "a file like any other");

    // The head claims 60 000 × 60 000 pixels.
    let mut bomb = picture(1, 1, ImageFormat::Bmp);
    bomb[18..22].copy_from_slice(&60_000_u32.to_le_bytes());
    bomb[22..26].copy_from_slice(&60_000_u32.to_le_bytes());
    let content = world.spool("Test", &bomb).await.unwrap();
    let upload = Upload {
        user_id: "nouser".into(),
        channel_id: String::new(),
        name: "b.bmp".into(),
        content,
        id: String::new(),
        remote_id: None,
    };
    let error = world.upload_file(&world.cx, upload).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.file.upload_file.large_image_detailed.app_error", 400));
}

#[tokio::test]
async fn records_are_listed_by_time_or_size() {
    let world = World::new().await;
    let large = upload(&world, "large.bin", &[0; 50]).await;
    let small = upload(&world, "small.bin", &[0; 5]).await;
    let list = async |page, size, options: GetFileInfosOptions| {
        let infos = world.get_file_infos(page, size, &options).await?;
        Ok::<_, wasmoat_model::AppError>(infos.into_iter().map(|info| info.id).collect::<Vec<_>>())
    };
    let by = |sort_by: &str, sort_descending| GetFileInfosOptions {
        sort_by: sort_by.into(),
        sort_descending,
        user_ids: vec![world.ann.id.clone()],
        channel_ids: vec![world.square.id.clone()],
        ..Default::default()
    };
    assert_eq!(list(0, 10, by("Size", false)).await.unwrap(), [small.id.clone(), large.id.clone()]);
    assert_eq!(list(1, 1, by("Size", true)).await.unwrap(), std::slice::from_ref(&small.id));
    assert!(list(0, 0, by("", false)).await.unwrap().is_empty());
    let options = GetFileInfosOptions { user_ids: vec![world.bob.id.clone()], ..Default::default() };
    assert!(list(0, 10, options).await.unwrap().is_empty());
    for (page, size, options) in [(-1, 1, by("", false)), (0, -1, by("", false)), (0, 1, by("Name", false))] {
        assert_eq!(list(page, size, options).await.unwrap_err().status_code, 400);
    }
}

#[tokio::test]
async fn a_copy_shares_the_bytes_and_not_the_post() {
    let world = World::new().await;
    let info = upload(&world, "note.txt", b"hello").await;
    attach(&world, &info).await;
    let copies = world.copy_file_infos(&world.bob.id, std::slice::from_ref(&info.id)).await.unwrap();
    let copy = world.get_file_info_with_text(&copies[0]).await.unwrap();
    assert_eq!((copy.user_id.as_str(), copy.post_id.as_str()), (world.bob.id.as_str(), ""));
    assert_eq!((copy.path.as_str(), copy.content.as_str()), (info.path.as_str(), "hello"));
    let error = world.copy_file_infos(&world.bob.id, &["unknown".into()]).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.file_info.get.app_error", 404));
}

#[tokio::test]
async fn a_link_is_signed_and_its_salt_can_be_changed() {
    let world = World::new().await;
    let info = upload(&world, "note.txt", b"hello").await;
    let refused = async || world.get_file_link(&info.id).await.unwrap_err().status_code;
    assert_eq!(refused().await, 501);
    let patch = serde_json::json!({"FileSettings": {"EnablePublicLink": true}});
    world.patch_config(&world.cx, &patch).await.unwrap();
    assert_eq!(refused().await, 400, "no post has it");
    attach(&world, &info).await;
    let link = world.get_file_link(&info.id).await.unwrap();
    let hash = link.split_once("?h=").unwrap().1.to_owned();
    assert_eq!(world.file_of_public_link(&info.id, &hash).await.unwrap().id, info.id);
    assert_eq!(world.file_of_public_link(&info.id, "guess").await.unwrap_err().status_code, 400);
    let patch = serde_json::json!({"FileSettings": {"PublicLinkSalt": "another-salt-of-thirty-two-chars"}});
    world.patch_config(&world.cx, &patch).await.unwrap();
    assert!(world.file_of_public_link(&info.id, &hash).await.is_err());
}

#[tokio::test]
async fn files_are_found_by_name_text_and_filters() {
    let world = World::new().await;
    let info = upload(&world, "Quarter_Report.txt", b"The numbers are 100% good").await;
    let other = upload(&world, "photo.png", b"no text").await;
    for info in [&info, &other] {
        attach(&world, info).await;
    }
    let find = async |user: &wasmoat_model::User, terms: &str| {
        let search = FileSearch { terms: terms.into(), per_page: 60, ..FileSearch::default() };
        let found = world.search_files(&user.id, &search).await.unwrap();
        found.into_iter().map(|info| info.name).collect::<Vec<_>>()
    };
    for terms in [
        "report",
        "quarter_",
        "NUMBERS good",
        "100%",
        "numbers -photo",
        "from:ann ext:txt in:town-square",
        "\"are 100\"",
    ] {
        assert_eq!(find(&world.ann, terms).await, ["Quarter_Report.txt"], "{terms}");
    }
    for terms in ["report -numbers", "from:bob", "in:off-topic", "xquarter", "before:2001-01-01", "repo%t"] {
        assert!(find(&world.ann, terms).await.is_empty(), "{terms}");
    }
    world.set_file_searchable_content(&other.id, "a cat on a mat").await.unwrap();
    assert_eq!(find(&world.ann, "mat").await, ["photo.png"]);
    let carl = world.new_user("carl").await;
    assert!(find(&carl, "mat").await.is_empty(), "no channel of his");
}
