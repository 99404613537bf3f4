//! Notifications outside the client: mail and mobile push.
//!
//! A post is put into a bounded queue and its author's request goes on; a few workers find out who
//! is to hear of it, ask the plugins, and talk to the mail server and the push proxy. What does
//! not fit is counted and said once until there is room again.

mod api;
mod email;
mod jwt;
mod mail;
mod push;
mod recipients;

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Semaphore, mpsc};
use wasmoat_model::{AppError, Channel, Post, User};

pub(crate) use self::jwt::new_push_key;
pub use self::mail::Mail;
use self::recipients::Recipient;
use crate::{Core, config::Config, tls};

/// Most posts that wait, whatever is set.
const QUEUE: i64 = 100_000;
/// Posts whose notifications are on their way at once.
const WORKERS: usize = 8;
/// How long the notifications of one post may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long the push proxy or the licence service may take.
const SERVICE: Duration = Duration::from_secs(10);

/// A post that somebody may have to hear of.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) post: Post,
    pub(crate) channel: Channel,
    pub(crate) author: User,
    /// Whom it names.
    pub(crate) mentions: Vec<String>,
    /// Who follows its thread.
    pub(crate) followers: Vec<String>,
}

/// The queue.
pub(crate) struct Notifications {
    queue: mpsc::Sender<Notice>,
    /// Taken by the worker when it starts.
    waiting: Mutex<Option<mpsc::Receiver<Notice>>>,
    dropped: AtomicU64,
    /// Talks to services that the operator names.
    client: OnceLock<reqwest::Client>,
}

impl Notifications {
    pub(crate) fn new(config: &Config) -> Self {
        let size = config.number("EmailSettings.PushNotificationBuffer").clamp(1, QUEUE);
        let (queue, waiting) = mpsc::channel(usize::try_from(size).unwrap_or(WORKERS));
        Self { queue, waiting: Mutex::new(Some(waiting)), dropped: AtomicU64::new(0), client: OnceLock::new() }
    }

    fn push(&self, notice: Notice) {
        if self.queue.try_send(notice).is_ok() {
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                tracing::warn!(dropped, "nobody was notified of some posts: the queue was full");
            }
            return;
        }
        metrics::counter!("notifications_dropped_total").increment(1);
        if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!("nobody is notified of a post: the queue is full (EmailSettings.PushNotificationBuffer)");
        }
    }
}

impl Core {
    /// Puts a post into the queue, where anybody can be notified at all. Never waits.
    pub(crate) fn notify_of_post(&self, notice: impl FnOnce() -> Notice) {
        let config = self.config.get();
        if config.flag("EmailSettings.SendEmailNotifications") || config.flag("EmailSettings.SendPushNotifications") {
            self.notifications.push(notice());
        }
    }

    /// Starts the worker that empties the queue.
    pub(crate) fn start_notifications(&self) {
        let waiting = self.notifications.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut waiting) = waiting else { return };
        let (core, stop) = (self.clone(), self.tasks.stopping());
        let room = Arc::new(Semaphore::new(WORKERS));
        self.tasks.spawn(async move {
            loop {
                let Some(Ok(permit)) = stop.run_until_cancelled(Arc::clone(&room).acquire_owned()).await else {
                    return;
                };
                let Some(Some(notice)) = stop.run_until_cancelled(waiting.recv()).await else { return };
                let core = core.clone();
                core.clone().tasks.spawn(async move {
                    let post_id = notice.post.id.clone();
                    match tokio::time::timeout(PATIENCE, core.notify(notice)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::warn!(post_id, %error, "notifications failed"),
                        Err(_) => tracing::warn!(post_id, "notifications took too long and were given up"),
                    }
                    drop(permit);
                });
            }
        });
    }

    async fn notify(&self, notice: Notice) -> Result<(), AppError> {
        if notice.post.is_system_message() {
            return Ok(());
        }
        for recipient in self.recipients(&notice).await? {
            if let Err(error) = self.notify_recipient(&notice, &recipient).await {
                tracing::warn!(user_id = recipient.user.id, %error, "a notification was not sent");
            }
        }
        Ok(())
    }

    async fn notify_recipient(&self, notice: &Notice, recipient: &Recipient) -> Result<(), AppError> {
        let status = self.user_status(&recipient.user.id).await?.status;
        let config = self.config.get();
        if config.flag("EmailSettings.SendPushNotifications") && recipient.wants_push(&status) {
            self.push_post(notice, recipient).await?;
        }
        let verified = recipient.user.email_verified || !config.flag("EmailSettings.RequireEmailVerification");
        if config.flag("EmailSettings.SendEmailNotifications") && verified && recipient.wants_email(&status) {
            self.mail_post(notice, recipient).await?;
        }
        Ok(())
    }

    /// A client for services that the operator names, wherever they are.
    pub(crate) fn service_client(&self) -> Result<reqwest::Client, String> {
        if let Some(client) = self.notifications.client.get() {
            return Ok(client.clone());
        }
        tls::install();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(SERVICE).build();
        let client = client.map_err(|error| error.to_string())?;
        Ok(self.notifications.client.get_or_init(|| client).clone())
    }
}
