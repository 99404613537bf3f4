//! What travels with every call: hook → API → bridge → plugin.
//!
//! A [`CallContext`] begins with a request of a client or with an act of the core. Each plugin
//! that the call enters adds itself to the path; nothing on the way can move the deadline back
//! or make the path shorter.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmoat_model::{PluginContext, Session, new_id};

use crate::{Lent, bridge::Hops, fuel::FuelAccount};

/// Longest path of plugins in one call: `a → b → a → …` is cut here.
pub const MAX_DEPTH: usize = 8;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// A client, by REST or websocket.
    Client,
    /// The server itself.
    #[default]
    Core,
    /// A plugin, by an API call.
    Plugin(Arc<str>),
}

/// The plugins that a call has entered, the outermost first.
#[derive(Clone, Default)]
pub struct CallPath(Option<Arc<Step>>);

struct Step {
    plugin: Arc<str>,
    before: CallPath,
    depth: usize,
}

impl CallPath {
    /// How many plugins deep the call is.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.as_ref().map_or(0, |step| step.depth)
    }

    /// Whether the call is inside this plugin already.
    #[must_use]
    pub fn contains(&self, plugin: &str) -> bool {
        self.iter().any(|entered| &**entered == plugin)
    }

    /// This path and one plugin more.
    #[must_use]
    pub fn enter(&self, plugin: Arc<str>) -> Self {
        Self(Some(Arc::new(Step { plugin, before: self.clone(), depth: self.depth() + 1 })))
    }

    /// The plugins, the innermost first.
    fn iter(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::successors(self.0.as_deref(), |step| step.before.0.as_deref()).map(|step| &step.plugin)
    }
}

impl fmt::Display for CallPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plugins: Vec<&str> = self.iter().map(|plugin| &**plugin).collect();
        plugins.reverse();
        formatter.write_str(&plugins.join(" → "))
    }
}

impl fmt::Debug for CallPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

/// The context of one call.
#[derive(Clone, Debug, Default)]
pub struct CallContext {
    /// What plugins see of it: request id, session id, client.
    pub plugin_context: Arc<PluginContext>,
    /// The session that started the chain.
    pub session: Option<Arc<Session>>,
    /// Who asks.
    pub source: Source,
    /// When the whole chain must have ended.
    pub deadline: Option<Instant>,
    /// The plugins entered so far.
    pub path: CallPath,
    /// The calls over the bridge that it is inside of.
    pub hops: Hops,
    /// What the next plugin may use while it handles this call; nobody behind it may.
    pub lent: Option<Lent>,
    /// Who pays for what is computed from here on; the next plugin itself where nobody does.
    pub fuel: Option<Arc<FuelAccount>>,
}

impl CallContext {
    /// The server acts by itself: a new request id, no session.
    #[must_use]
    pub fn core() -> Self {
        Self::core_for(new_id())
    }

    /// The server goes on by itself with what an earlier request asked for.
    #[must_use]
    pub fn core_for(request_id: String) -> Self {
        Self::new(PluginContext { request_id, ..PluginContext::default() }, None, Source::Core)
    }

    /// A client's request.
    #[must_use]
    pub fn client(mut plugin_context: PluginContext, session: Option<Arc<Session>>) -> Self {
        if let Some(session) = &session {
            plugin_context.session_id.clone_from(&session.id);
            plugin_context.user_id.clone_from(&session.user_id);
        }
        Self::new(plugin_context, session, Source::Client)
    }

    fn new(plugin_context: PluginContext, session: Option<Arc<Session>>, source: Source) -> Self {
        Self {
            plugin_context: Arc::new(plugin_context),
            session,
            source,
            deadline: None,
            path: CallPath::default(),
            hops: Hops::default(),
            lent: None,
            fuel: None,
        }
    }

    /// This context, ending no later than `timeout` from now.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        let end = Instant::now() + timeout;
        self.deadline = Some(self.deadline.map_or(end, |deadline| deadline.min(end)));
        self
    }

    /// The context of what `plugin` does while it handles this call.
    #[must_use]
    pub fn inside(&self, plugin: &Arc<str>, deadline: Instant) -> Self {
        let mut plugin_context = (*self.plugin_context).clone();
        plugin_context.source_plugin_id = plugin.to_string();
        Self {
            plugin_context: Arc::new(plugin_context),
            session: self.session.clone(),
            source: Source::Plugin(Arc::clone(plugin)),
            deadline: Some(self.deadline.map_or(deadline, |outer| outer.min(deadline))),
            path: self.path.enter(Arc::clone(plugin)),
            hops: self.hops.clone(),
            lent: None,
            fuel: self.fuel.clone(),
        }
    }

    /// The user who started the chain; empty for none.
    #[must_use]
    pub fn user_id(&self) -> &str {
        self.session.as_ref().map_or("", |session| &session.user_id)
    }

    /// The plugin that asks, if one does.
    #[must_use]
    pub fn plugin_id(&self) -> Option<&str> {
        match &self.source {
            Source::Plugin(id) => Some(id),
            Source::Client | Source::Core => None,
        }
    }

    /// Id of the request.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.plugin_context.request_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_shows_its_plugins_from_the_outside_in() {
        let path = CallPath::default().enter("a".into()).enter("b".into()).enter("a".into());
        assert_eq!(path.to_string(), "a → b → a");
        assert_eq!(path.depth(), 3);
        assert!(path.contains("b") && !path.contains("c"));
    }

    #[test]
    fn a_nested_call_cannot_outlive_its_caller() {
        let outer = CallContext::core().within(Duration::from_millis(50));
        let inner = outer.inside(&"a".into(), Instant::now() + Duration::from_secs(30));
        assert_eq!(inner.deadline, outer.deadline);
        assert_eq!(inner.within(Duration::from_secs(9)).deadline, outer.deadline);
    }
}
