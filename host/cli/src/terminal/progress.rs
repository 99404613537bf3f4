//! Progress on standard error; none where that is not a terminal.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// An upload: bytes at first, then how long the server has been compiling.
#[derive(Clone)]
pub struct Upload(ProgressBar);

impl Upload {
    /// An upload of this many bytes.
    pub fn new(size: u64) -> Self {
        let bar = ProgressBar::new(size);
        bar.set_style(style("uploading {bar:30} {bytes}/{total_bytes}"));
        Self(bar)
    }

    /// So many bytes more have gone.
    pub fn sent(&self, bytes: usize) {
        self.0.inc(u64::try_from(bytes).unwrap_or(u64::MAX));
        if self.0.length().is_some_and(|size| self.0.position() >= size) {
            self.0.reset_elapsed();
            spin(&self.0, "compiling");
        }
    }

    /// The server has answered.
    pub fn done(&self) {
        self.0.finish_and_clear();
    }
}

/// Shows what is being waited for, and for how long, until it is dropped.
pub fn waiting(for_what: &str) -> Waiting {
    let bar = ProgressBar::new_spinner();
    spin(&bar, for_what);
    Waiting(bar)
}

/// See [`waiting`].
pub struct Waiting(ProgressBar);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn spin(bar: &ProgressBar, for_what: &str) {
    bar.set_style(style("{spinner} {msg} ({seconds} s)").with_key("seconds", seconds));
    bar.set_message(for_what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
}

/// The templates are constants; a wrong one shows as a bar of the default style.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn seconds(state: &ProgressState, to: &mut dyn Write) {
    let _ = write!(to, "{}", state.elapsed().as_secs());
}
