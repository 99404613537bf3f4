//! Hook dispatch: who is asked, in which order, and what becomes of the answers.
//!
//! Plugins are asked in the order of their ids. A hook that no active plugin exports costs one
//! atomic load and a look at an empty slice. A fault in one plugin never keeps the others from
//! being asked, and never reaches the user, unless that plugin is set to fail closed.
//!
//! Guards are plugins that claimed the subject. They are asked last, in the order given, and must
//! answer: a guard that is not active or faults ends the round. A guard that does not export the
//! hook has no say. What a fault does is decided in one place, [`Turn::fault`].

use std::sync::Arc;

use wasmoat_model::PluginContext;

use crate::{
    CallContext, CallError, Fault, Hook, Permit, Placed, Platform, Refusal, Runtime, Step, log::LogLevel,
    plugin::Plugin, runtime::Registry,
};

/// Why a filter or reject round ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A plugin refused.
    #[error("plugin `{plugin}` refused")]
    Refused {
        /// The plugin.
        plugin: String,
        /// Its reason.
        refusal: Refusal,
    },
    /// A plugin that must not be passed over failed.
    #[error(transparent)]
    Fault(Fault),
    /// A guard is not active.
    #[error("guard `{plugin}` is not active")]
    GuardInactive {
        /// The plugin.
        plugin: String,
    },
    /// A guard failed.
    #[error("guard: {0}")]
    GuardFailed(Fault),
}

/// One who is asked in a round.
enum Turn<'a, P: 'static> {
    /// A plugin that exports the hook.
    Plugin(&'a Arc<Plugin<P>>),
    /// The same, and the subject is its to guard.
    Guard(&'a Arc<Plugin<P>>),
    /// A guard that cannot be asked.
    Inactive(&'a str),
}

impl<'a, P: Platform> Turn<'a, P> {
    /// Who is asked, in order: the plugins that export the hook, then the guards among them.
    fn round<H: Hook>(registry: &'a Registry<P>, guards: &'a [String]) -> impl Iterator<Item = Self> + Send {
        let is_guard = |plugin: &Arc<Plugin<P>>| guards.iter().any(|guard| **guard == *plugin.info.id);
        let others = registry.implementers::<H>().iter().filter(move |plugin| !is_guard(plugin)).map(Turn::Plugin);
        let guards = guards.iter().filter_map(|guard| match registry.get(guard) {
            None => Some(Turn::Inactive(guard)),
            Some(plugin) => plugin.implements(H::INDEX).then_some(Turn::Guard(plugin)),
        });
        others.chain(guards)
    }

    /// The plugin to ask, or why the round ends before it is asked.
    fn plugin(&self) -> Result<&'a Arc<Plugin<P>>, Rejection> {
        match self {
            Self::Plugin(plugin) | Self::Guard(plugin) => Ok(plugin),
            Self::Inactive(plugin) => Err(Rejection::GuardInactive { plugin: (*plugin).to_owned() }),
        }
    }

    /// What was not shown to a plugin has its consent; a guard must have seen what it guards.
    fn not_shown<H: Hook>(&self) -> Result<(), Rejection> {
        match self {
            Self::Guard(plugin) => Err(Rejection::GuardFailed(plugin.out_of_scope::<H>())),
            Self::Plugin(_) | Self::Inactive(_) => Ok(()),
        }
    }

    /// The fail policy: a fault ends the round, or counts as consent.
    fn fault<H: Hook>(&self, fault: Fault) -> Result<(), Rejection> {
        match self {
            Self::Guard(_) => Err(Rejection::GuardFailed(fault)),
            Self::Plugin(plugin) if plugin.fails_closed::<H>() => Err(Rejection::Fault(fault)),
            Self::Plugin(_) | Self::Inactive(_) => Ok(()),
        }
    }
}

impl<P: Platform> Plugin<P> {
    /// Whether something may take the place of what the plugin was shown. It must not move it to
    /// where the plugin may not go.
    pub(crate) async fn may_put(&self, what: &(impl Placed + Sync)) -> bool {
        let may = self.may_see(what).await;
        if !may {
            let text = "a replacement lies outside the plugin's teams and channels and was dropped";
            self.info.log.host(LogLevel::Warn, text);
        }
        may
    }

    /// The items that are for the plugin's eyes, and which are not. What it changes in the others
    /// has no place to go.
    async fn show<T: Placed + Clone + Send + Sync>(&self, items: &Arc<Vec<T>>) -> (Arc<Vec<T>>, Vec<bool>) {
        if !self.info.consent.is_scoped() {
            return (Arc::clone(items), Vec::new());
        }
        let (mut shown, mut hidden) = (Vec::new(), Vec::new());
        for item in items.iter() {
            let visible = self.may_see(item).await;
            shown.extend(visible.then(|| item.clone()));
            hidden.push(!visible);
        }
        (Arc::new(shown), hidden)
    }
}

/// What was shown, in the places between what was not; `hidden` is empty where all was shown.
fn merge<T: Clone>(items: Arc<Vec<T>>, shown: Arc<Vec<T>>, hidden: &[bool]) -> Arc<Vec<T>> {
    if hidden.is_empty() {
        return shown;
    }
    let mut shown = Arc::unwrap_or_clone(shown).into_iter();
    let mut items = Arc::unwrap_or_clone(items);
    for (item, _) in items.iter_mut().zip(hidden).filter(|(_, hidden)| !**hidden) {
        if let Some(changed) = shown.next() {
            *item = changed;
        }
    }
    Arc::new(items)
}

impl<P: Platform> Runtime<P> {
    /// Whether any active plugin exports the hook.
    #[must_use]
    pub fn implements<H: Hook>(&self) -> bool {
        !self.inner().registry().implementers::<H>().is_empty()
    }

    /// Ids of the active plugins that export the hook, in order.
    #[must_use]
    pub fn implementers<H: Hook>(&self) -> Vec<Arc<str>> {
        self.inner().registry().implementers::<H>().iter().map(|plugin| Arc::clone(&plugin.info.id)).collect()
    }

    pub(crate) fn implementer<H: Hook>(&self, plugin_id: &str) -> Result<Arc<Plugin<P>>, CallError> {
        let plugin = self.inner().registry().get(plugin_id).cloned();
        let plugin = plugin.ok_or_else(|| CallError::NotActive(plugin_id.to_owned()))?;
        if plugin.implements(H::INDEX) {
            return Ok(plugin);
        }
        Err(CallError::NotImplemented { plugin: plugin_id.to_owned(), hook: H::NAME })
    }

    /// Tells every plugin that exports the hook. Never waits.
    pub fn observe<H: Hook>(&self, context: &CallContext, args: impl FnOnce(Arc<PluginContext>) -> H::Args) {
        let registry = self.inner().registry();
        let plugins = registry.implementers::<H>();
        if plugins.is_empty() {
            return;
        }
        let args = args(Arc::clone(&context.plugin_context));
        for plugin in plugins {
            plugin.observe::<H>(context, args.clone());
        }
    }

    /// Tells one plugin, if it is active and exports the hook. Never waits.
    pub fn observe_one<H: Hook>(
        &self,
        context: &CallContext,
        plugin_id: &str,
        args: impl FnOnce(Arc<PluginContext>) -> H::Args,
    ) {
        let registry = self.inner().registry();
        if let Some(plugin) = registry.get(plugin_id).filter(|plugin| plugin.implements(H::INDEX)) {
            plugin.observe::<H>(context, args(Arc::clone(&context.plugin_context)));
        }
    }

    /// Asks plugins in turn; each sees what the one before it made of the subject, and the first
    /// refusal ends the round.
    ///
    /// # Errors
    ///
    /// The refusal, or the fault of a plugin that fails closed.
    pub async fn filter<H, T, V>(
        &self,
        context: &CallContext,
        subject: T,
        args: impl Fn(Arc<PluginContext>, Arc<T>) -> H::Args + Send + Sync,
    ) -> Result<T, Rejection>
    where
        H: Hook<Output = (V,)>,
        V: Into<Step<T>> + Send + 'static,
        T: Placed + Clone + Send + Sync + 'static,
    {
        self.filter_guarded::<H, T, V>(context, &[], subject, args).await
    }

    /// [`Runtime::filter`] where `guards`, in order, are asked last and must answer.
    ///
    /// # Errors
    ///
    /// As [`Runtime::filter`], and a guard that is not active or fails.
    pub async fn filter_guarded<H, T, V>(
        &self,
        context: &CallContext,
        guards: &[String],
        subject: T,
        args: impl Fn(Arc<PluginContext>, Arc<T>) -> H::Args + Send + Sync,
    ) -> Result<T, Rejection>
    where
        H: Hook<Output = (V,)>,
        V: Into<Step<T>> + Send + 'static,
        T: Placed + Clone + Send + Sync + 'static,
    {
        if guards.is_empty() && !self.implements::<H>() {
            return Ok(subject);
        }
        let registry = self.inner().registry().clone();
        let mut subject = Arc::new(subject);
        for turn in Turn::round::<H>(&registry, guards) {
            let plugin = turn.plugin()?;
            let called = plugin.call::<H>(context, |plugin_context| args(plugin_context, Arc::clone(&subject))).await;
            let step = match called {
                Ok(Some((verdict,))) => verdict.into(),
                Ok(None) => turn.not_shown::<H>().map(|()| Step::Keep)?,
                Err(fault) => turn.fault::<H>(fault).map(|()| Step::Keep)?,
            };
            match step {
                Step::Keep => {}
                Step::Replace(other) if plugin.may_put(&other).await => subject = Arc::new(other),
                Step::Replace(_) => {}
                Step::Stop(refusal) => return Err(Rejection::Refused { plugin: plugin.info.id.to_string(), refusal }),
            }
        }
        Ok(Arc::unwrap_or_clone(subject))
    }

    /// Shows a list to plugins in turn. Each answers with the items that it changed, which `put`
    /// brings to their places before the next one sees the list.
    ///
    /// # Errors
    ///
    /// The fault of a plugin that fails closed.
    pub async fn rewrite<H, T>(
        &self,
        context: &CallContext,
        items: Vec<T>,
        args: impl Fn(Arc<PluginContext>, Arc<Vec<T>>) -> H::Args + Send + Sync,
        put: impl Fn(&mut [T], Vec<T>) + Send + Sync,
    ) -> Result<Vec<T>, Rejection>
    where
        H: Hook<Output = (Vec<T>,)>,
        T: Placed + Clone + Send + Sync + 'static,
    {
        if !self.implements::<H>() {
            return Ok(items);
        }
        let registry = self.inner().registry().clone();
        let mut items = Arc::new(items);
        for plugin in registry.implementers::<H>() {
            let (mut shown, hidden) = plugin.show(&items).await;
            if shown.is_empty() && !hidden.is_empty() {
                continue;
            }
            let called = plugin.call::<H>(context, |plugin_context| args(plugin_context, Arc::clone(&shown))).await;
            match called {
                Ok(Some((changed,))) if !changed.is_empty() => {
                    // Where all was shown, nothing else holds it, and it is changed in place.
                    let under = if hidden.is_empty() { Arc::default() } else { items };
                    let list: &mut Vec<T> = Arc::make_mut(&mut shown);
                    put(list, changed);
                    items = merge(under, shown, &hidden);
                }
                Err(fault) if plugin.fails_closed::<H>() => return Err(Rejection::Fault(fault)),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(Arc::unwrap_or_clone(items))
    }

    /// Asks plugins in turn for leave; the first refusal ends the round.
    ///
    /// # Errors
    ///
    /// The refusal, or the fault of a plugin that fails closed.
    pub async fn ask<H>(
        &self,
        context: &CallContext,
        args: impl FnOnce(Arc<PluginContext>) -> H::Args + Send,
    ) -> Result<(), Rejection>
    where
        H: Hook<Output = (Permit,)>,
    {
        self.ask_guarded::<H>(context, &[], args).await
    }

    /// [`Runtime::ask`] where `guards`, in order, are asked last and must answer.
    ///
    /// # Errors
    ///
    /// As [`Runtime::ask`], and a guard that is not active or fails.
    pub async fn ask_guarded<H>(
        &self,
        context: &CallContext,
        guards: &[String],
        args: impl FnOnce(Arc<PluginContext>) -> H::Args + Send,
    ) -> Result<(), Rejection>
    where
        H: Hook<Output = (Permit,)>,
    {
        if guards.is_empty() && !self.implements::<H>() {
            return Ok(());
        }
        let registry = self.inner().registry().clone();
        let args = args(Arc::clone(&context.plugin_context));
        for turn in Turn::round::<H>(&registry, guards) {
            let plugin = turn.plugin()?;
            match plugin.call::<H>(context, |_| args.clone()).await {
                Ok(Some((Permit::Reject(reason),))) => {
                    let refusal = Refusal::Reason(reason);
                    return Err(Rejection::Refused { plugin: plugin.info.id.to_string(), refusal });
                }
                Ok(Some((Permit::Allow,))) => {}
                Ok(None) => turn.not_shown::<H>()?,
                Err(fault) => turn.fault::<H>(fault)?,
            }
        }
        Ok(())
    }

    /// Asks every plugin that exports the hook, one after the other; each supplies its own part. A
    /// fault is that plugin's alone.
    pub async fn collect<H: Hook>(
        &self,
        context: &CallContext,
        args: impl FnOnce(Arc<PluginContext>) -> H::Args + Send,
    ) -> Vec<(Arc<str>, Result<H::Output, Fault>)> {
        let registry = self.inner().registry().clone();
        let args = args(Arc::clone(&context.plugin_context));
        let mut parts = Vec::new();
        for plugin in registry.implementers::<H>() {
            let part = plugin.call::<H>(context, |_| args.clone()).await.transpose();
            parts.extend(part.map(|part| (Arc::clone(&plugin.info.id), part)));
        }
        parts
    }

    /// Asks one plugin, which alone supplies the outcome.
    ///
    /// # Errors
    ///
    /// Where it is not active, does not export the hook, or faults.
    pub async fn provide<H: Hook>(
        &self,
        context: &CallContext,
        plugin_id: &str,
        args: impl FnOnce(Arc<PluginContext>) -> H::Args + Send,
    ) -> Result<H::Output, CallError> {
        let plugin = self.implementer::<H>(plugin_id)?;
        Ok(plugin.provide::<H>(context, args).await?)
    }
}
