//! `wit/posts.wit`: searching.

use serde_json::{Value, json};

use crate::{Case, error, success, world::id};

/// A private channel in which the admin said something with a word that nobody else says.
async fn secret(case: &Case) -> (Value, String) {
    let name = case.name("secret");
    let channel = json!({"team_id": case.team_id, "name": name, "display_name": name, "type": "P"});
    let channel = case.admin.post("/api/v4/channels", &channel).await.ok();
    let word = name.replace('-', "x");
    let post = json!({"channel_id": id(&channel), "message": format!("the {word} of success #{word}")});
    case.admin.post("/api/v4/posts", &post).await.ok();
    (channel, word)
}

fn switched_off() -> Value {
    json!({"ServiceSettings": {"EnablePostSearch": false}})
}

#[test]
fn search_posts_in_team_finds_in_private_channels_too() {
    success("posts.search-posts-in-team").run(async |case| {
        let (channel, word) = secret(case).await;
        let find = async |params: Value| case.call(json!({"team_id": case.team_id, "params_list": [params]})).await;
        for found in [
            json!({"terms": word}),
            json!({"terms": format!("\"the {word}\"")}),
            json!({"terms": format!("{}*", &word[..word.len() - 1]), "in_channels": [id(&channel)]}),
            json!({"terms": format!("#{word}"), "is_hashtag": true, "from_users": [case.admin_id]}),
            json!({"terms": format!("{word} unsaid"), "or_terms": true}),
        ] {
            let posts = find(found.clone()).await;
            assert_eq!(posts[0]["channel_id"], channel["id"], "{found}");
        }
        for nothing in [
            json!({"terms": format!("{word} unsaid")}),
            json!({"terms": word, "excluded_terms": "success"}),
            json!({"terms": word, "excluded_users": [case.admin_id]}),
            json!({"terms": word, "before_date": "2001-01-01"}),
            json!({"terms": "*"}),
            json!({"terms": "\" OR \"* NEAR("}),
        ] {
            assert_eq!(find(nothing.clone()).await, json!([]), "{nothing}");
        }
    });
}

#[test]
fn search_posts_in_team_is_switched_off_or_too_much() {
    error("posts.search-posts-in-team").settings(switched_off()).run(async |case| {
        let asked = json!({"team_id": case.team_id, "params_list": [{"terms": "x"}]});
        case.refused(asked).await.is("store.sql_post.search.disabled", 501);
        let rest = format!("/api/v4/teams/{}/posts/search", case.team_id);
        assert_eq!(case.bob.rest.post(&rest, &json!({"terms": "x"})).await.status, 501);
    });
}

#[test]
fn search_posts_in_team_for_user_finds_what_the_user_may_read() {
    success("posts.search-posts-in-team-for-user").run(async |case| {
        let (channel, word) = secret(case).await;
        let find = async |user_id: &str, terms: &str| {
            let asked = json!({"terms": terms, "per_page": 10});
            case.call(json!({"team_id": case.team_id, "user_id": user_id, "search_params": asked})).await["order"]
                .as_array()
                .map(Vec::len)
        };
        let everything = format!("{word} #{word} in:{} from:ada -unsaid", channel["name"].as_str().unwrap());
        assert_eq!(find(&case.admin_id, &everything).await, Some(1));
        assert_eq!(find(&case.bob.id, &word).await, Some(0), "bob is not in that channel");
        for rest in ["/api/v4/posts/search".to_owned(), format!("/api/v4/teams/{}/posts/search", case.team_id)] {
            let asked = json!({"terms": word});
            assert_eq!(case.admin.post(&rest, &asked).await.ok()["order"].as_array().map(Vec::len), Some(1));
            assert_eq!(case.bob.rest.post(&rest, &asked).await.ok()["order"], json!([]));
            assert_eq!(case.bob.rest.post(&rest, &json!({})).await.status, 400);
        }
        case.join(&channel, &case.bob).await;
        assert_eq!(find(&case.bob.id, &word).await, Some(1));
    });
}

#[test]
fn search_posts_in_team_for_user_is_switched_off() {
    error("posts.search-posts-in-team-for-user").settings(switched_off()).run(async |case| {
        let asked = json!({"team_id": case.team_id, "user_id": case.bob.id, "search_params": {"terms": "x"}});
        case.refused(asked).await.is("store.sql_post.search.disabled", 501);
    });
}
