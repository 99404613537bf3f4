//! `log`: lines of the guest.

use crate::{Platform, State, bindings::log::Host, log::LogLevel};

impl<P: Platform> Host for State<P> {
    async fn log_debug(&mut self, msg: String, key_value_pairs: Vec<(String, String)>) {
        self.plugin.log.guest(LogLevel::Debug, &msg, &key_value_pairs);
    }

    async fn log_info(&mut self, msg: String, key_value_pairs: Vec<(String, String)>) {
        self.plugin.log.guest(LogLevel::Info, &msg, &key_value_pairs);
    }

    async fn log_warn(&mut self, msg: String, key_value_pairs: Vec<(String, String)>) {
        self.plugin.log.guest(LogLevel::Warn, &msg, &key_value_pairs);
    }

    async fn log_error(&mut self, msg: String, key_value_pairs: Vec<(String, String)>) {
        self.plugin.log.guest(LogLevel::Error, &msg, &key_value_pairs);
    }
}
