//! Message search.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{Post, PostList, json};

/// A parsed search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct SearchParams {
    /// Words; a phrase in quotes, and a `*` at the end of a word for any ending.
    #[serde(skip_serializing_if = "json::is_default")]
    pub terms: String,
    /// Words that a post must not have.
    #[component(name = "excluded-terms")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub excluded_terms: String,
    /// The terms are hashtags.
    #[component(name = "is-hashtag")]
    #[serde(rename = "ishashtag", skip_serializing_if = "json::is_default")]
    pub is_hashtag: bool,
    /// Only these channels, by id or name.
    #[component(name = "in-channels")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub in_channels: Vec<String>,
    /// Not these channels.
    #[component(name = "excluded-channels")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub excluded_channels: Vec<String>,
    /// Only these authors, by id or username.
    #[component(name = "from-users")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub from_users: Vec<String>,
    /// Not these authors.
    #[component(name = "excluded-users")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub excluded_users: Vec<String>,
    /// Later than this day, `YYYY-MM-DD`; empty for none.
    #[component(name = "after-date")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub after_date: String,
    /// Not later than this day.
    #[component(name = "excluded-after-date")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub excluded_after_date: String,
    /// Earlier than this day.
    #[component(name = "before-date")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub before_date: String,
    /// Not earlier than this day.
    #[component(name = "excluded-before-date")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub excluded_before_date: String,
    /// Only used by file search.
    #[serde(skip_serializing_if = "json::is_default")]
    pub extensions: Vec<String>,
    /// Only used by file search.
    #[component(name = "excluded-extensions")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub excluded_extensions: Vec<String>,
    /// On this day; the other dates do not count then.
    #[component(name = "on-date")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub on_date: String,
    /// Not on this day.
    #[component(name = "excluded-date")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub excluded_date: String,
    /// Any of the words, instead of all.
    #[component(name = "or-terms")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub or_terms: bool,
    /// Archived channels too, where the server lets people see them.
    #[component(name = "include-deleted-channels")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub include_deleted_channels: bool,
    /// Seconds east of UTC: where a day begins.
    #[component(name = "timezone-offset")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub timezone_offset: i32,
    /// Set by the plugin call: no membership is asked for.
    #[component(name = "search-without-user-id")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub search_without_user_id: bool,
    /// A free marker: empty, `messages` or `files`.
    pub modifier: String,
}

/// A search as a client asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct SearchParameter {
    /// What the user typed, with `from:`, `in:`, `before:` and so on.
    pub terms: Option<String>,
    /// Any of the words, instead of all.
    #[component(name = "is-or-search")]
    pub is_or_search: Option<bool>,
    /// Seconds east of UTC.
    #[component(name = "time-zone-offset")]
    pub time_zone_offset: Option<i32>,
    /// Page, from 0.
    pub page: Option<i32>,
    /// Posts of a page.
    #[component(name = "per-page")]
    pub per_page: Option<i32>,
    /// Archived channels too; absent is as the server is set.
    #[component(name = "include-deleted-channels")]
    pub include_deleted_channels: Option<bool>,
}

/// What was found: a [`PostList`], flat in JSON, and where the words are in the posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct PostSearchResults {
    /// Ids of the page, newest first.
    pub order: Vec<String>,
    /// The posts.
    #[serde(with = "crate::post::by_id")]
    pub posts: Vec<Post>,
    /// Always empty: a search has no neighbours.
    #[component(name = "next-post-id")]
    pub next_post_id: String,
    /// Always empty.
    #[component(name = "prev-post-id")]
    pub prev_post_id: String,
    /// Always absent.
    #[component(name = "has-next")]
    #[serde(skip_serializing_if = "json::is_default")]
    pub has_next: Option<bool>,
    /// 0, or the time before which a plan limit hides posts.
    #[component(name = "first-inaccessible-post-time")]
    pub first_inaccessible_post_time: i64,
    /// Words found, by post id; null in JSON where the search engine does not tell them.
    #[serde(with = "matches")]
    pub matches: Vec<(String, Vec<String>)>,
}

impl From<PostList> for PostSearchResults {
    fn from(list: PostList) -> Self {
        let PostList { order, posts, next_post_id, prev_post_id, has_next, first_inaccessible_post_time } = list;
        let matches = Vec::new();
        Self { order, posts, next_post_id, prev_post_id, has_next, first_inaccessible_post_time, matches }
    }
}

/// In JSON the matches are an object, or null.
mod matches {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    type Matches = [(String, Vec<String>)];

    pub fn serialize<S: Serializer>(matches: &Matches, serializer: S) -> Result<S::Ok, S::Error> {
        if matches.is_empty() {
            return serializer.serialize_none();
        }
        serializer.collect_map(matches.iter().map(|(id, words)| (id, words)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, Vec<String>)>, D::Error> {
        let matches = Option::<BTreeMap<String, Vec<String>>>::deserialize(deserializer)?;
        Ok(matches.unwrap_or_default().into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_a_flat_list_of_posts() {
        let post = Post { id: "a".into(), message: "found".into(), ..Post::default() };
        let json = serde_json::to_value(PostSearchResults::from(PostList::of(vec![post]))).unwrap();
        assert_eq!(json["order"], serde_json::json!(["a"]));
        assert_eq!((&json["posts"]["a"]["message"], &json["matches"]), (&"found".into(), &serde_json::Value::Null));
    }
}
