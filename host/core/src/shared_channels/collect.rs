//! What a remote has not been told of a channel, in one batch.

use std::collections::{BTreeSet, HashSet};

use wasmoat_model::{
    AppError, MembershipChangeMsg, Post, SharedChannelRemote, StringMap, SyncMsg, User, new_id, now_ms,
};

use super::sync_store;
use crate::Core;

/// Posts, and members, of one batch.
const POSTS: i64 = 100;
const MEMBERS: i64 = 100;

/// Users of one batch: authors, reactors, members.
const USERS: i64 = 1_000;

/// A batch, and what it leads to when the remote has taken it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) msg: SyncMsg,
    /// Posts of the batch that are new to the remote, oldest first.
    pub(super) new: Vec<Post>,
    /// Older ones that changed, in the order of their changes.
    pub(super) changed: Vec<Post>,
    /// There is more than fits into one.
    pub(super) more: bool,
}

impl Core {
    /// Collects what a remote has not been told of a channel.
    pub(super) async fn collect_batch(
        &self,
        to: &SharedChannelRemote,
        statuses: &HashSet<String>,
    ) -> Result<Batch, AppError> {
        let mut store = self.store.read().await?;
        let new = sync_store::new_posts(&mut store, to, POSTS).await?;
        let changed = sync_store::changed_posts(&mut store, to, POSTS).await?;
        let again = sync_store::posts_to_retry(&mut store, to, POSTS).await?;
        let posts = in_order(new.iter().chain(&changed).chain(&again));
        let ids: Vec<String> = posts.iter().map(|post| post.id.clone()).collect();
        let all_of: HashSet<&str> = new.iter().chain(&again).map(|post| post.id.as_str()).collect();
        let mut reactions = sync_store::reactions(&mut store, &to.remote_id, &ids).await?;
        reactions.retain(|reaction| {
            all_of.contains(reaction.post_id.as_str()) || reaction.update_at > to.last_post_update_at
        });
        let acknowledgements = sync_store::acknowledgements(&mut store, &to.remote_id, &ids).await?;
        let joined = sync_store::joined(&mut store, to, MEMBERS).await?;
        let left = sync_store::left(&mut store, to, MEMBERS).await?;
        let full = |count: usize, most: i64| i64::try_from(count).is_ok_and(|count| count >= most);
        let members = full(joined.len(), MEMBERS) || full(left.len(), MEMBERS);
        let more = full(new.len(), POSTS) || full(changed.len(), POSTS) || members;
        drop(store);
        let mentions = self.mentioned(&posts).await?;
        let mut people: BTreeSet<String> = posts.iter().map(|post| post.user_id.clone()).collect();
        people.extend(reactions.iter().map(|reaction| reaction.user_id.clone()));
        people.extend(acknowledgements.iter().map(|acknowledgement| acknowledgement.user_id.clone()));
        people.extend(joined.iter().cloned());
        people.extend(mentions.iter().map(|(_, user_id)| user_id.clone()));
        let people: Vec<String> = people.into_iter().collect();
        let mut store = self.store.read().await?;
        let users = sync_store::users_to_tell(&mut store, to, &people, USERS).await?;
        let watched: Vec<String> = statuses.iter().cloned().collect();
        let watched = sync_store::known(&mut store, to, &watched).await?;
        drop(store);
        let msg = SyncMsg {
            id: new_id(),
            channel_id: to.channel_id.clone(),
            users: users.into_iter().map(|user| (user.id.clone(), presentable(user))).collect(),
            posts,
            reactions,
            statuses: self.get_user_statuses_by_ids(&watched).await?,
            membership_changes: memberships(to, joined, left),
            acknowledgements,
            mention_transforms: mentions,
        };
        Ok(Batch { msg, new, changed, more })
    }

    /// Who is named in these posts: the name as it is written, and the user's id.
    async fn mentioned(&self, posts: &[Post]) -> Result<Vec<(String, String)>, AppError> {
        let names: BTreeSet<String> = posts.iter().flat_map(|post| names(&post.message)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let users = self.get_users_by_usernames(&names).await?;
        Ok(users.into_iter().map(|user| (user.username, user.id)).collect())
    }
}

/// Each post once, oldest first.
fn in_order<'a>(posts: impl Iterator<Item = &'a Post>) -> Vec<Post> {
    let mut seen = HashSet::new();
    let mut posts: Vec<Post> = posts.filter(|post| seen.insert(post.id.as_str())).cloned().collect();
    posts.sort_by(|one, other| (one.create_at, &one.id).cmp(&(other.create_at, &other.id)));
    posts
}

/// Names behind an `@`, with and without a full stop at the end.
fn names(message: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in message.split('@').skip(1) {
        let name: String = part
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
            .collect::<String>()
            .to_lowercase();
        let bare = name.trim_end_matches(['.', '-', '_', ':']).to_owned();
        found.extend([name, bare].into_iter().filter(|name| !name.is_empty()));
    }
    found
}

fn memberships(to: &SharedChannelRemote, joined: Vec<String>, left: Vec<String>) -> Vec<MembershipChangeMsg> {
    let now = now_ms();
    let change = |user_id, is_add| MembershipChangeMsg {
        channel_id: to.channel_id.clone(),
        user_id,
        is_add,
        remote_id: to.remote_id.clone(),
        change_time: now,
    };
    let joined = joined.into_iter().map(|user_id| change(user_id, true));
    joined.chain(left.into_iter().map(|user_id| change(user_id, false))).collect()
}

/// A user without what only this server is to know.
pub(super) fn presentable(user: User) -> User {
    User {
        password: String::new(),
        auth_data: None,
        auth_service: String::new(),
        roles: crate::users::SYSTEM_USER.to_owned(),
        allow_marketing: false,
        notify_props: StringMap::default(),
        last_password_update: 0,
        failed_attempts: 0,
        mfa_active: false,
        last_login: 0,
        ..user
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_and_without_what_ends_a_sentence() {
        assert_eq!(names("hi @Ann. and @bob:east!"), ["ann.", "ann", "bob:east", "bob:east"]);
        assert!(names("no one @ all").is_empty());
    }
}
