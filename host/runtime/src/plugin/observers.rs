//! Observers run off the request's path: a bounded queue per plugin, in order.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::mpsc, task::JoinHandle};

use super::Plugin;
use crate::{CallContext, Hook, Limits, Platform, log::LogLevel};

type Event = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The queue of one plugin and the task that empties it.
#[derive(Debug)]
pub(crate) struct Observers {
    queue: Mutex<Option<mpsc::Sender<Event>>>,
    worker: Mutex<Option<JoinHandle<()>>>,
    dropped: AtomicU64,
    lost: metrics::Counter,
}

impl Observers {
    pub(crate) fn new(plugin_id: &str, limits: &Limits) -> Self {
        let (queue, mut events) = mpsc::channel::<Event>(usize::try_from(limits.observer_queue).unwrap_or(usize::MAX));
        let worker = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                event.await;
            }
        });
        Self {
            queue: Mutex::new(Some(queue)),
            worker: Mutex::new(Some(worker)),
            dropped: AtomicU64::new(0),
            lost: metrics::counter!("plugin_events_dropped_total", "plugin_id" => plugin_id.to_owned()),
        }
    }

    /// Queues an event; false when there is no room.
    fn push(&self, event: Event) -> bool {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().is_some_and(|queue| queue.try_send(event).is_ok())
    }

    /// Takes no more events and waits for those that are there, at most so long.
    pub(crate) async fn finish(&self, patience: Duration) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(worker) = worker else { return };
        let abort = worker.abort_handle();
        if tokio::time::timeout(patience, worker).await.is_err() {
            abort.abort();
        }
    }
}

impl<P: Platform> Plugin<P> {
    /// Tells the plugin of something that has happened. Never waits; what does not fit in the
    /// queue is counted, and said once until there is room again.
    pub(crate) fn observe<H: Hook>(self: &Arc<Self>, context: &CallContext, args: H::Args) {
        let (plugin, context) = (Arc::clone(self), context.clone());
        let event = Box::pin(async move {
            // The chain that caused the event has its answer: it sets no deadline for the observer,
            // and what the observer calls is no way back into it.
            let context = CallContext { deadline: None, hops: context.hops.detached(), ..context };
            // Nobody waits for an observer, so it can wait for its next minute.
            plugin.info.fuel.filled().await;
            // A fault has been logged and counted where it happened.
            let _ = plugin.call::<H>(&context, |_| args).await;
        });
        let observers = &self.observers;
        if observers.push(event) {
            let dropped = observers.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                let text = format!("{dropped} events dropped: the queue was full (setting `observer_queue`)");
                self.info.log.host(LogLevel::Warn, &text);
            }
        } else {
            observers.lost.increment(1);
            if observers.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
                let text = format!("`{}` dropped: the queue is full (setting `observer_queue`)", H::NAME);
                self.info.log.host(LogLevel::Warn, &text);
            }
        }
    }
}
