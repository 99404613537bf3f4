//! Plugins that an admin keeps to some teams and channels.
//!
//! Both must hold where both are given: a channel is within the scope where it is one of the
//! channels and in one of the teams. A direct message is in no team. Kept to channels, a plugin may
//! look at the teams of these, and change none.
//!
//! [`table`] says for every function of the Plugin API how it is kept to a scope, or that it needs
//! none, or that it cannot be and is denied. The functions of such a plugin are linked anew when it
//! is activated, with the check before the call; other plugins never meet it. What hooks show is
//! looked at where they are dispatched, with the same [`Core::is_place_in_scope`].

mod check;
mod narrow;
mod table;

use wasmoat_model::Consent;
use wasmoat_runtime::{Place, Reach, State};
use wasmtime::component::Linker;

use crate::{
    Core,
    store::{Queries as _, StoreError, args},
};

/// Links the functions that are checked.
pub(crate) fn add_to_linker(linker: &mut Linker<State<Core>>) -> wasmtime::Result<()> {
    table::link(linker)
}

/// How a function is kept to a scope.
pub(crate) fn reach(interface: &str, function: &str) -> Reach {
    let lists = [(table::CHECKED, Reach::Checked), (table::FREE, Reach::Free)];
    let found = lists.iter().find(|(list, _)| listed(list, interface, function));
    found.map_or(Reach::Beyond, |(_, reach)| *reach)
}

fn listed(list: &[(&str, &[&str])], interface: &str, function: &str) -> bool {
    let same = |name: &str, wit: &str| name.eq(&wit.replace('-', "_"));
    let functions = list.iter().filter(|(name, _)| same(name, interface)).flat_map(|(_, functions)| *functions);
    functions.into_iter().any(|name| *name == table::ALL || same(name, function))
}

impl Core {
    /// Whether a place is within the teams and channels of a consent. What cannot be found is not.
    pub(crate) async fn is_place_in_scope(&self, consent: &Consent, place: Place<'_>) -> bool {
        if !consent.is_scoped() {
            return true;
        }
        let found = match place {
            Place::Channel(id) => self.is_channel_in_scope(consent, id).await,
            Place::Team(id) => self.is_team_in_scope(consent, id).await,
            Place::Anywhere => Ok(false),
        };
        found.unwrap_or_else(|error| {
            tracing::error!(%error, "the scope of a plugin could not be looked up");
            false
        })
    }

    async fn is_channel_in_scope(&self, consent: &Consent, id: &str) -> Result<bool, StoreError> {
        if consent.channels.as_ref().is_some_and(|channels| !channels.contains(id)) {
            return Ok(false);
        }
        let Some(teams) = &consent.teams else { return Ok(true) };
        Ok(self.team_of_channel(id).await?.is_some_and(|team| teams.contains(&team)))
    }

    async fn is_team_in_scope(&self, consent: &Consent, id: &str) -> Result<bool, StoreError> {
        if id.is_empty() || consent.teams.as_ref().is_some_and(|teams| !teams.contains(id)) {
            return Ok(false);
        }
        let Some(channels) = &consent.channels else { return Ok(true) };
        for channel in channels {
            if self.team_of_channel(channel).await?.is_some_and(|team| team == id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Empty for a direct message, absent where there is no such channel.
    async fn team_of_channel(&self, id: &str) -> Result<Option<String>, StoreError> {
        self.store.read().await?.value("SELECT team_id FROM channels WHERE id = $1", args![id]).await
    }
}

#[cfg(test)]
mod tests;
