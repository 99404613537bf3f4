//! `wit/emoji.wit`.

use reqwest::{
    Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use wasmoat_tests::{Reply, Rest};

use crate::{
    Case, error,
    files::png,
    success,
    world::{NOBODY, id},
};

async fn create(case: &Case, name: &str) -> Reply {
    let emoji = json!({"name": name, "creator_id": case.bob.id}).to_string();
    let form = Form::new().text("emoji", emoji).part("image", Part::bytes(png()).file_name("e.png"));
    Rest::send(case.bob.rest.request(Method::POST, "/api/v4/emoji").multipart(form)).await
}

/// A custom emoji of bob.
async fn emoji(case: &Case) -> Value {
    create(case, &case.name("emoji")).await.ok()
}

fn off() -> Value {
    json!({"ServiceSettings": {"EnableCustomEmoji": false}})
}

#[test]
fn get_emoji_list_pages_by_name() {
    success("emoji.get-emoji-list").run(async |case| {
        let made = emoji(case).await;
        let mut names = Vec::new();
        for page in 0.. {
            let list = case.call(json!({"sort_by": "name", "page": page, "per_page": 2})).await;
            let list = list.as_array().unwrap().clone();
            names.extend(list.iter().map(|emoji| emoji["name"].as_str().unwrap().to_owned()));
            if list.is_empty() {
                break;
            }
        }
        assert!(names.is_sorted() && names.contains(&made["name"].as_str().unwrap().to_owned()), "{names:?}");
    });
}

#[test]
fn get_emoji_list_wants_an_order_that_there_is() {
    error("emoji.get-emoji-list").run(async |case| {
        let id = "api.context.invalid_url_param.app_error";
        case.refused(json!({"sort_by": "beauty", "page": 0, "per_page": 2})).await.is(id, 400);
        case.refused(json!({"sort_by": "", "page": -1, "per_page": 2})).await.is(id, 400);
    });
}

#[test]
fn get_emoji_by_name_finds_it_until_it_is_deleted() {
    success("emoji.get-emoji-by-name").run(async |case| {
        let made = emoji(case).await;
        assert_eq!(case.call(json!({"name": made["name"]})).await, made);
        let taken = create(case, made["name"].as_str().unwrap()).await;
        assert_eq!((taken.status.as_u16(), taken.text("id")), (400, "api.emoji.create.duplicate.app_error"));
        let path = format!("/api/v4/emoji/{}", id(&made));
        assert_eq!(case.user().await.rest.delete(&path).await.status, 403, "another's");
        case.bob.rest.delete(&path).await.ok();
        case.refused(json!({"name": made["name"]})).await.is("app.emoji.get_by_name.no_result", 404);
    });
}

#[test]
fn get_emoji_by_name_wants_custom_emoji() {
    error("emoji.get-emoji-by-name").settings(off()).run(async |case| {
        case.refused(json!({"name": "parrot"})).await.is("api.emoji.disabled.app_error", 403);
    });
}

#[test]
fn get_emoji_finds_it_by_id() {
    success("emoji.get-emoji").run(async |case| {
        let made = emoji(case).await;
        assert_eq!(case.call(json!({"emoji_id": id(&made)})).await, made);
        let name = made["name"].as_str().unwrap();
        let found = case.bob.rest.post("/api/v4/emoji/search", &json!({"term": name})).await.ok();
        assert_eq!(found[0]["id"], made["id"]);
        let found = case.bob.rest.get(&format!("/api/v4/emoji/autocomplete?name={name}")).await.ok();
        assert_eq!(found[0]["id"], made["id"]);
        let found = case.bob.rest.post("/api/v4/emoji/names", &json!([name, "no_such"])).await.ok();
        assert_eq!(found.as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn get_emoji_wants_an_emoji() {
    error("emoji.get-emoji").run(async |case| {
        case.refused(json!({"emoji_id": NOBODY})).await.is("app.emoji.get.no_result", 404);
    });
}

#[test]
fn get_emoji_image_gives_the_picture_as_clients_get_it() {
    success("emoji.get-emoji-image").run(async |case| {
        let made = emoji(case).await;
        let answer = case.call(json!({"emoji_id": id(&made)})).await;
        let bytes: Vec<u8> = serde_json::from_value(answer[0].clone()).unwrap();
        let picture = image::load_from_memory(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height(), &answer[1]), (128, 96, &json!("png")));
        let reply = case.bob.rest.get(&format!("/api/v4/emoji/{}/image", id(&made))).await;
        assert_eq!((reply.status.as_u16(), &reply.headers["content-type"]), (200, &"image/png".parse().unwrap()));
    });
}

#[test]
fn get_emoji_image_wants_an_emoji() {
    error("emoji.get-emoji-image").run(async |case| {
        case.refused(json!({"emoji_id": NOBODY})).await.is("app.emoji.get.no_result", 404);
    });
}
