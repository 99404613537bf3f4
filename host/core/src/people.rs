//! What the services of people keep in memory beside the store.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;
use wasmoat_model::{Session, Status, TeamMember, User};

use crate::{cache::Cache, permissions::RoleMap, pictures};

/// Accounts, memberships and sessions kept at most.
const CAPACITY: u64 = 20_000;

/// How long they are kept at most.
const LIFE: Duration = Duration::from_secs(60);

/// A password hash takes 19 MiB and a core for tens of milliseconds: a flood of logins must not
/// take more of either.
const HASHES_AT_ONCE: usize = 4;

/// Caches and bounds of users, sessions, teams, presence and roles.
#[derive(Debug)]
pub(crate) struct People {
    pub users: Cache<Arc<User>>,
    pub sessions: Cache<Arc<Session>>,
    pub team_members: Cache<Arc<TeamMember>>,
    pub statuses: Cache<Status>,
    pub roles: Cache<Arc<RoleMap>>,
    pub hashing: Arc<Semaphore>,
    pub pictures: Arc<Semaphore>,
}

impl Default for People {
    fn default() -> Self {
        Self {
            users: Cache::new(CAPACITY, LIFE),
            sessions: Cache::new(CAPACITY, LIFE),
            team_members: Cache::new(CAPACITY, LIFE),
            statuses: Cache::new(CAPACITY, LIFE),
            roles: Cache::new(1, LIFE),
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            pictures: Arc::new(Semaphore::new(pictures::AT_ONCE)),
        }
    }
}
