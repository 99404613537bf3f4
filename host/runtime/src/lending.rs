//! Filters that lend the plugin something for its turn: what is too large to be an argument.
//!
//! The loan belongs to one call. The guest reaches it through functions of the platform, which
//! find it in [`crate::Caller::lent`]; calls that the plugin makes from there carry none, and when
//! the call is over it is gone.

use std::{any::Any, fmt, sync::Arc};

use wasmoat_model::PluginContext;

use crate::{CallContext, Hook, Placed, Platform, Refusal, Rejection, Runtime, Step};

/// Something of the platform that a plugin may use during one call.
#[derive(Clone)]
pub struct Lent(Arc<dyn Any + Send + Sync>);

impl Lent {
    /// Lends it.
    #[must_use]
    pub fn new<L: Any + Send + Sync>(what: Arc<L>) -> Self {
        Self(what)
    }

    /// What was lent, where it is of this type.
    #[must_use]
    pub fn get<L: Any + Send + Sync>(&self) -> Option<&L> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Lent")
    }
}

/// Who lends in a round.
pub trait Lender<T>: Send {
    /// The next plugin's turn begins.
    fn lend(&mut self) -> Lent;

    /// Its turn is over and it let the subject pass: what became of the subject by what the plugin
    /// did with the loan. After a fault or a refusal this is not called, and the next
    /// [`Lender::lend`] begins from where the last one began.
    fn settle(&mut self, subject: T) -> impl Future<Output = T> + Send;
}

impl<P: Platform> Runtime<P> {
    /// Like [`Runtime::filter`], with a loan for each plugin's turn.
    ///
    /// # Errors
    ///
    /// The refusal, or the fault of a plugin that fails closed.
    pub async fn filter_lending<H, T, V>(
        &self,
        context: &CallContext,
        subject: T,
        lender: &mut impl Lender<T>,
        args: impl Fn(Arc<PluginContext>, Arc<T>) -> H::Args + Send + Sync,
    ) -> Result<T, Rejection>
    where
        H: Hook<Output = (V,)>,
        V: Into<Step<T>> + Send + 'static,
        T: Placed + Clone + Send + Sync + 'static,
    {
        if !self.implements::<H>() {
            return Ok(subject);
        }
        let registry = self.inner().registry().clone();
        let mut subject = Arc::new(subject);
        for plugin in registry.implementers::<H>() {
            let context = CallContext { lent: Some(lender.lend()), ..context.clone() };
            let called = plugin.call::<H>(&context, |plugin_context| args(plugin_context, Arc::clone(&subject))).await;
            let next = match called.map(|shown| shown.map(|(verdict,)| verdict.into())) {
                Ok(Some(Step::Keep)) => Arc::unwrap_or_clone(subject),
                Ok(Some(Step::Replace(other))) if plugin.may_put(&other).await => other,
                Ok(Some(Step::Replace(_))) => continue,
                Ok(Some(Step::Stop(refusal))) => return Err(refused(&plugin.info.id, refusal)),
                Err(fault) if plugin.fails_closed::<H>() => return Err(Rejection::Fault(fault)),
                Ok(None) | Err(_) => continue,
            };
            subject = Arc::new(lender.settle(next).await);
        }
        Ok(Arc::unwrap_or_clone(subject))
    }
}

fn refused(plugin: &str, refusal: Refusal) -> Rejection {
    Rejection::Refused { plugin: plugin.to_owned(), refusal }
}
