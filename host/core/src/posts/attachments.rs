//! Buttons and menus of message attachments, which are kept in the prop `attachments`.

use serde_json::{Map, Value};
use wasmoat_model::{Post, new_id};

/// Changes every action of a post.
fn each_action(post: &mut Post, mut change: impl FnMut(&mut Map<String, Value>)) {
    if !post.props.contains("\"actions\"") {
        return;
    }
    let mut props = post.props_map();
    let actions = props
        .get_mut("attachments")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(|attachment| attachment.get_mut("actions").and_then(Value::as_array_mut))
        .flatten()
        .filter_map(Value::as_object_mut);
    actions.for_each(&mut change);
    post.set_props(&props);
}

/// Gives an id to every action that has none, so that a client can name it.
pub(super) fn with_action_ids(mut post: Post) -> Post {
    each_action(&mut post, |action| {
        let id = action.get("id").and_then(Value::as_str).unwrap_or_default();
        if id.is_empty() {
            action.insert("id".to_owned(), new_id().into());
        }
    });
    post
}

/// Takes away what is between the server and the integration: addresses and contexts.
pub(super) fn hide_integrations(post: &mut Post) {
    each_action(post, |action| {
        action.remove("integration");
    });
}

/// The action of this id.
pub(crate) fn action(post: &Post, action_id: &str) -> Option<Map<String, Value>> {
    let mut found = None;
    each_action(&mut post.clone(), |action| {
        if action.get("id").and_then(Value::as_str) == Some(action_id) {
            found = Some(action.clone());
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_get_ids_and_lose_their_address_towards_clients() {
        let props =
            r#"{"attachments":[{"actions":[{"name":"Yes","integration":{"url":"/plugins/poll/vote"}},{"id":"no"}]}]}"#;
        let mut post = with_action_ids(Post { props: props.into(), ..Post::default() });
        let attachments = post.prop("attachments").unwrap();
        let id = attachments[0]["actions"][0]["id"].as_str().unwrap().to_owned();
        assert!(wasmoat_model::is_valid_id(&id));
        assert_eq!(attachments[0]["actions"][1]["id"], "no");
        assert_eq!(action(&post, &id).unwrap()["integration"]["url"], "/plugins/poll/vote");
        hide_integrations(&mut post);
        assert_eq!(post.prop("attachments").unwrap()[0]["actions"][0].get("integration"), None);
        assert!(action(&post, "maybe").is_none());
    }
}
