//! Hook dispatch: who is asked, in which order, and what becomes of the answers.
//!
//! Plugins are asked in the order of their ids. A hook that no active plugin exports costs one
//! atomic load and a look at an empty slice. A fault in one plugin never keeps the others from
//! being asked, and never reaches the user, unless that plugin is set to fail closed.

use std::sync::Arc;

use wasmoat_model::PluginContext;

use crate::{CallContext, CallError, Fault, Hook, Permit, Platform, Refusal, Runtime, Step};

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
}

impl<P: Platform> Runtime<P> {
    /// Whether any active plugin exports the hook.
    #[must_use]
    pub fn implements<H: Hook>(&self) -> bool {
        !self.inner().registry().implementers::<H>().is_empty()
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
        T: Clone + Send + Sync + 'static,
    {
        if !self.implements::<H>() {
            return Ok(subject);
        }
        let registry = self.inner().registry().clone();
        let mut subject = Arc::new(subject);
        for plugin in registry.implementers::<H>() {
            let called = plugin.call::<H>(context, |plugin_context| args(plugin_context, Arc::clone(&subject))).await;
            let step = match called {
                Ok((verdict,)) => verdict.into(),
                Err(fault) if plugin.fails_closed::<H>() => return Err(Rejection::Fault(fault)),
                Err(_) => Step::Keep,
            };
            match step {
                Step::Keep => {}
                Step::Replace(other) => subject = Arc::new(other),
                Step::Stop(refusal) => return Err(Rejection::Refused { plugin: plugin.info.id.to_string(), refusal }),
            }
        }
        Ok(Arc::unwrap_or_clone(subject))
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
        if !self.implements::<H>() {
            return Ok(());
        }
        let registry = self.inner().registry().clone();
        let args = args(Arc::clone(&context.plugin_context));
        for plugin in registry.implementers::<H>() {
            match plugin.call::<H>(context, |_| args.clone()).await {
                Ok((Permit::Reject(reason),)) => {
                    let refusal = Refusal::Reason(reason);
                    return Err(Rejection::Refused { plugin: plugin.info.id.to_string(), refusal });
                }
                Err(fault) if plugin.fails_closed::<H>() => return Err(Rejection::Fault(fault)),
                Ok((Permit::Allow,)) | Err(_) => {}
            }
        }
        Ok(())
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
        let plugin = self.inner().registry().get(plugin_id).cloned();
        let plugin = plugin.ok_or_else(|| CallError::NotActive(plugin_id.to_owned()))?;
        if !plugin.implements(H::INDEX) {
            return Err(CallError::NotImplemented { plugin: plugin_id.to_owned(), hook: H::NAME });
        }
        Ok(plugin.call::<H>(context, args).await?)
    }
}
