//! Who gets an event.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{event::Event, link::Link};
use crate::store::{Queries, Store, StoreError, args};

/// Members kept in memory, over all channels and teams.
const CACHED_MEMBERS: usize = 500_000;

/// The people an event may go to.
#[derive(Debug)]
pub(super) enum Audience {
    /// Everybody who is connected.
    Everybody,
    /// Those for whom the event has a single address: a user or a connection.
    Addressed,
    /// The members of a channel or a team.
    Members(Arc<HashSet<String>>),
}

/// Members of channels and teams, by id. Only the hub's task uses it; changes of membership come
/// through the same queue as events, so that what is read before a change is forgotten after it.
#[derive(Debug)]
pub(super) struct Members {
    store: Store,
    known: HashMap<String, Arc<HashSet<String>>>,
    size: usize,
}

impl Members {
    pub(super) fn new(store: Store) -> Self {
        Self { store, known: HashMap::new(), size: 0 }
    }

    pub(super) fn forget(&mut self, id: &str) {
        if let Some(members) = self.known.remove(id) {
            self.size -= members.len() + 1;
        }
    }

    pub(super) fn forget_all(&mut self) {
        self.known.clear();
        self.size = 0;
    }

    pub(super) async fn audience(&mut self, event: &Event) -> Result<Audience, StoreError> {
        let to = &event.broadcast;
        if !to.connection_id.is_empty() || !to.user_id.is_empty() {
            return Ok(Audience::Addressed);
        }
        if !to.channel_id.is_empty() {
            return self.members(&to.channel_id, "SELECT user_id FROM channel_members WHERE channel_id = $1").await;
        }
        if !to.team_id.is_empty() {
            let sql = "SELECT user_id FROM team_members WHERE team_id = $1 AND delete_at = 0";
            return self.members(&to.team_id, sql).await;
        }
        Ok(Audience::Everybody)
    }

    async fn members(&mut self, id: &str, sql: &str) -> Result<Audience, StoreError> {
        if let Some(members) = self.known.get(id) {
            return Ok(Audience::Members(Arc::clone(members)));
        }
        let ids: Vec<String> = self.store.read().await?.values(sql, args![id]).await?;
        let members: Arc<HashSet<String>> = Arc::new(ids.into_iter().collect());
        if self.size + members.len() > CACHED_MEMBERS {
            self.forget_all();
        }
        self.size += members.len() + 1;
        self.known.insert(id.to_owned(), Arc::clone(&members));
        Ok(Audience::Members(members))
    }

    /// The guests among `guests` who share a channel with the user that the event is about.
    pub(super) async fn guests_who_see(&self, guests: &[String], user_id: &str) -> Result<HashSet<String>, StoreError> {
        let mut connection = self.store.read().await?;
        let sql = "SELECT DISTINCT mine.user_id FROM channel_members mine
                   JOIN channel_members theirs ON theirs.channel_id = mine.channel_id
                   WHERE theirs.user_id = $1 AND mine.user_id = $2";
        let mut seen = HashSet::new();
        for guest in guests {
            seen.extend(connection.values::<String>(sql, args![user_id, guest]).await?);
        }
        Ok(seen)
    }
}

/// The user that an event to everybody is about, where guests may not know that user.
pub(super) fn subject(event: &Event) -> Option<&str> {
    match event.name() {
        "new_user" => event.data.get("user_id")?.as_str(),
        "user_updated" => event.data.get("user")?.get("id")?.as_str(),
        _ => None,
    }
}

/// The filter of one connection: the first rule that applies decides.
pub(super) fn is_for(event: &Event, audience: &Audience, link: &Link) -> bool {
    let to = &event.broadcast;
    let login = &link.login;
    if (to.contains_sanitized_data && login.is_admin) || (to.contains_sensitive_data && !login.is_admin) {
        return false;
    }
    if !to.connection_id.is_empty() {
        return to.connection_id == link.id;
    }
    if !to.omit_connection_id.is_empty() && to.omit_connection_id == link.id {
        return false;
    }
    if !to.user_id.is_empty() {
        return to.user_id == login.user_id;
    }
    if to.omit_users.contains(&login.user_id) {
        return false;
    }
    match audience {
        Audience::Everybody => true,
        Audience::Addressed => false,
        Audience::Members(members) => members.contains(&login.user_id),
    }
}
