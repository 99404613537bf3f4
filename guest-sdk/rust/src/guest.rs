//! The way from an export to the author's value.

use crate::hooks::Plugin;

/// What `#[wasmoat::plugin]` adds to a [`Plugin`]: its manifest and its value in this instance.
pub trait Component: Plugin {
    /// The text of `plugin.json`.
    const MANIFEST: &'static str;

    /// Calls with the value of this instance, which is made at the first call.
    fn with_instance<R>(call: impl FnOnce(&Self) -> R) -> R;
}

/// Runs a hook. Where the guest panics, the host learns why: a trap alone says nothing.
pub(crate) fn enter<P: Component, R>(call: impl FnOnce(&P) -> R) -> R {
    #[cfg(target_arch = "wasm32")]
    report_panics();
    P::with_instance(call)
}

#[cfg(target_arch = "wasm32")]
fn report_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            crate::sandbox::report_panic(&info.to_string());
        }));
    });
}
