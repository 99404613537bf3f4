//! Posts that a client sends twice.
//!
//! A client that got no answer sends its post again, with the same `pending_post_id`. For 30 s
//! the first post is the answer to the second request too.

use std::time::Duration;

use wasmoat_model::{AppError, Post};

/// How long a post is the answer to its repetition.
const MEMORY: Duration = Duration::from_secs(30);

/// Posts remembered at once.
const CAPACITY: u64 = 25_000;

/// Posts by author and `pending_post_id`: an id, or nothing while the first request is under way.
#[derive(Debug)]
pub(crate) struct Pending(moka::sync::Cache<String, Option<String>>);

impl Default for Pending {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(CAPACITY).time_to_live(MEMORY).build())
    }
}

/// What is known of a post that a client sends.
pub(super) enum Claim<'a> {
    /// It is the first of its kind: say how it ended.
    First(Guard<'a>),
    /// It was stored under this id.
    Stored(String),
}

/// Forgets a claim that came to nothing, however its request ended.
pub(super) struct Guard<'a> {
    pending: &'a Pending,
    key: Option<String>,
}

impl Guard<'_> {
    pub(super) fn stored(mut self, post_id: &str) {
        if let Some(key) = self.key.take() {
            self.pending.0.insert(key, Some(post_id.to_owned()));
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.pending.0.invalidate(&key);
        }
    }
}

impl Pending {
    pub(super) fn claim(&self, post: &Post) -> Result<Claim<'_>, AppError> {
        if post.pending_post_id.is_empty() {
            return Ok(Claim::First(Guard { pending: self, key: None }));
        }
        let key = format!("{} {}", post.user_id, post.pending_post_id);
        let entry = self.0.entry(key.clone()).or_insert(None);
        if entry.is_fresh() {
            return Ok(Claim::First(Guard { pending: self, key: Some(key) }));
        }
        entry.into_value().map(Claim::Stored).ok_or_else(|| {
            let text = "The same post is being stored for another request.";
            AppError::new("DeduplicateCreatePost", "api.post.deduplicate_create_post.pending", 500, text)
        })
    }
}
