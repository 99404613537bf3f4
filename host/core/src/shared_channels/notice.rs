//! When to look for changes, and at which channels.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;
use wasmoat_model::AppError;

use super::store;
use crate::{Core, websocket::Event};

/// How often remotes are looked after, whatever happens.
const TICK: Duration = Duration::from_secs(2);

/// How long changes gather before they are sent: a burst goes in one batch.
const GATHER: Duration = Duration::from_millis(200);

/// How often all shared channels are gone through: what no event told, and what failed.
const EVERYTHING: Duration = Duration::from_secs(60);

/// Presence of so many users is remembered until the next round; of more, the later are dropped.
const STATUSES: usize = 1_000;

/// First and longest pause after a remote failed.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What is known of shared channels beside the store.
#[derive(Debug, Default)]
pub(crate) struct Sharing {
    wake: Notify,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The shared channels: events of others are passed over.
    shared: HashSet<String>,
    noticed: Noticed,
    /// Remotes that failed and are left alone for a while.
    pauses: HashMap<String, Pause>,
    /// When each remote was last asked whether it is there.
    pinged: HashMap<String, Instant>,
}

#[derive(Debug)]
struct Pause {
    /// Failures in a row.
    times: u32,
    until: Instant,
    /// The look after it has been taken.
    over: bool,
}

/// What there is to send.
#[derive(Debug, Default)]
pub(super) struct Noticed {
    pub(super) everything: bool,
    pub(super) channels: HashSet<String>,
    pub(super) statuses: HashSet<String>,
}

impl Noticed {
    fn is_empty(&self) -> bool {
        !self.everything && self.channels.is_empty() && self.statuses.is_empty()
    }
}

impl Sharing {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event was published: it may be about a shared channel. Costs one look at a set.
    pub(crate) fn notice(&self, event: &Event) {
        let mut state = self.state();
        if state.shared.is_empty() {
            return;
        }
        match event.name() {
            "posted"
            | "post_edited"
            | "post_deleted"
            | "reaction_added"
            | "reaction_removed"
            | "user_added"
            | "user_removed"
            | "post_acknowledgement_added"
            | "post_acknowledgement_removed"
                if state.shared.contains(event.channel_id()) =>
            {
                state.noticed.channels.insert(event.channel_id().to_owned());
            }
            "user_updated" => state.noticed.everything = true,
            "status_change" if state.noticed.statuses.len() < STATUSES => {
                let Some(user_id) = event.text("user_id") else { return };
                state.noticed.statuses.insert(user_id.to_owned());
            }
            _ => return,
        }
        drop(state);
        self.wake.notify_one();
    }

    /// A channel is shared from now on.
    pub(super) fn shared(&self, channel_id: &str) {
        self.state().shared.insert(channel_id.to_owned());
    }

    /// A channel is shared no longer.
    pub(super) fn unshared(&self, channel_id: &str) {
        self.state().shared.remove(channel_id);
    }

    /// There may be something to send in a channel.
    pub(super) fn changed(&self, channel_id: &str) {
        self.state().noticed.channels.insert(channel_id.to_owned());
        self.wake.notify_one();
    }

    /// A remote is asked in the next round whether it is there.
    pub(super) fn ping_soon(&self, remote_id: &str) {
        self.state().pinged.remove(remote_id);
        self.wake.notify_one();
    }

    /// Whether a remote has not been asked for so long; counts as asked then.
    pub(super) fn take_ping(&self, remote_id: &str, every: Duration) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        if state.pinged.get(remote_id).is_some_and(|asked| now.duration_since(*asked) < every) {
            return false;
        }
        state.pinged.insert(remote_id.to_owned(), now);
        true
    }

    /// Everything is gone through in the next round.
    pub(super) fn look_everywhere(&self) {
        self.state().noticed.everything = true;
        self.wake.notify_one();
    }

    /// Whether a remote failed just now and is left alone.
    pub(super) fn is_paused(&self, remote_id: &str) -> bool {
        self.state().pauses.get(remote_id).is_some_and(|pause| Instant::now() < pause.until)
    }

    /// A remote failed: it is left alone, longer each time.
    pub(super) fn failed(&self, remote_id: &str) {
        let mut state = self.state();
        let times = state.pauses.get(remote_id).map_or(0, |pause| pause.times);
        let length = FIRST_PAUSE.saturating_mul(1 << times.min(10)).min(LONGEST_PAUSE);
        let pause = Pause { times: times.saturating_add(1), until: Instant::now() + length, over: false };
        state.pauses.insert(remote_id.to_owned(), pause);
    }

    pub(super) fn went_well(&self, remote_id: &str) {
        self.state().pauses.remove(remote_id);
    }

    /// What was noticed since, and remotes whose pause is over make for a look at everything.
    fn take(&self) -> Noticed {
        let mut state = self.state();
        let now = Instant::now();
        let mut noticed = std::mem::take(&mut state.noticed);
        for pause in state.pauses.values_mut().filter(|pause| pause.until <= now && !pause.over) {
            noticed.everything = true;
            pause.over = true;
        }
        noticed
    }
}

impl Core {
    /// Looks after remotes until the server stops.
    pub(crate) async fn start_shared_channels(&self) -> Result<(), AppError> {
        self.read_shared_channels().await?;
        let core = self.clone();
        self.tasks.spawn(async move {
            let stopping = core.tasks.stopping();
            let mut last = Instant::now();
            loop {
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = core.sharing.wake.notified() => tokio::time::sleep(GATHER).await,
                    () = tokio::time::sleep(TICK) => {}
                }
                if !core.shared_channels_enabled() {
                    continue;
                }
                if last.elapsed() >= EVERYTHING {
                    last = Instant::now();
                    core.sharing.look_everywhere();
                    core.read_shared_channels().await.unwrap_or_else(|error| tracing::warn!(%error, "shared channels"));
                }
                let round = core.shared_channel_round();
                if stopping.run_until_cancelled(round).await.is_none() {
                    return;
                }
            }
        });
        Ok(())
    }

    /// What another node has shared is known after a minute.
    async fn read_shared_channels(&self) -> Result<(), AppError> {
        let shared = store::shared_ids(&mut *self.store.read().await?).await?;
        self.sharing.state().shared = shared.into_iter().collect();
        Ok(())
    }

    async fn shared_channel_round(&self) {
        self.ping_remotes().await;
        let noticed = self.sharing.take();
        if !noticed.is_empty()
            && let Err(error) = self.send_changes(&noticed).await
        {
            tracing::warn!(%error, "changes of shared channels could not be sent");
        }
    }
}
