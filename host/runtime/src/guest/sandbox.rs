//! `sandbox`: clock, randomness and the last words of a panic.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use rand::Rng as _;
use wasmoat_model::now_ms;

use crate::{Platform, State, bindings::sandbox::Host};

/// Most random bytes of one call.
const RANDOM_BYTES: u32 = 64 << 10;

/// Most bytes of a panic's text.
const PANIC_BYTES: usize = 4 << 10;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl<P: Platform> Host for State<P> {
    async fn now(&mut self) -> i64 {
        now_ms()
    }

    async fn monotonic_now(&mut self) -> u64 {
        u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    async fn random_bytes(&mut self, len: u32) -> Vec<u8> {
        let len = usize::try_from(len.min(RANDOM_BYTES)).unwrap_or_default();
        let mut bytes = vec![0; len];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }

    async fn plugin_id(&mut self) -> String {
        self.plugin.id.to_string()
    }

    async fn remaining_time(&mut self) -> u64 {
        u64::try_from(self.call.remaining().as_millis()).unwrap_or(u64::MAX)
    }

    async fn sleep(&mut self, milliseconds: u64) {
        // Up to the deadline: the call is stopped there, and not by the nap.
        tokio::time::sleep(Duration::from_millis(milliseconds).min(self.call.remaining())).await;
    }

    async fn report_panic(&mut self, mut message: String) {
        message.truncate(message.floor_char_boundary(PANIC_BYTES));
        self.call.panic = Some(message);
    }
}
