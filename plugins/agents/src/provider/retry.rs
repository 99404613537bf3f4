//! Trying again: twice, after one second and two, or when the provider says. Never once something of
//! the answer was shown: it would be shown twice.

use std::time::Duration;

use wasmoat::{log, time};

use super::{Provider, ProviderError, Sink};
use crate::chat::{Answer, Chat};

/// Tries beside the first.
const RETRIES: u32 = 2;

/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// A provider that wants a longer wait is not waited for: the caller is told when to come back.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A provider that tries again.
#[derive(Debug)]
pub struct Patient<P>(pub P);

impl<P: Provider> Provider for Patient<P> {
    fn complete(&self, chat: &Chat) -> Result<Answer, ProviderError> {
        patiently(|| (self.0.complete(chat), false))
    }

    fn stream(&self, chat: &Chat, sink: Sink<'_>) -> Result<Answer, ProviderError> {
        patiently(|| {
            let mut shown = false;
            let answer = self.0.stream(chat, &mut |event| {
                shown = true;
                sink(event)
            });
            (answer, shown)
        })
    }
}

/// `attempt` also says whether something was shown.
fn patiently(mut attempt: impl FnMut() -> (Result<Answer, ProviderError>, bool)) -> Result<Answer, ProviderError> {
    for tried in 0.. {
        let error = match attempt() {
            (Err(error), false) if tried < RETRIES && error.is_temporary() => error,
            (ended, _) => return ended,
        };
        let wait = error.retry_after().unwrap_or(FIRST_WAIT * 2_u32.pow(tried));
        if wait > LONGEST_WAIT || wait >= time::remaining() {
            return Err(error);
        }
        log::debug!("a provider is asked again", wait_ms = wait.as_millis(), error = error);
        time::sleep(wait);
    }
    Err(ProviderError::Unreachable { detail: "it was never tried".to_owned() })
}
