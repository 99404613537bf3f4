//! TLS of outgoing connections.

/// Chooses the TLS of this process: its first user chooses, and all choose the same.
pub(crate) fn install() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // Somebody else may have been faster.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
