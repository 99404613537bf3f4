//! The interfaces of the contract that the runtime itself answers: `log`, `sandbox`, `http` and
//! `http-client`, and `bridge`, which has a room of its own; beside the contract WASI. The platform
//! answers the rest.

mod http;
mod http_client;
mod log;
mod sandbox;
mod wasi;

pub use self::http_client::{RequestBody, Response};
pub(crate) use self::wasi::{Wasi, add_to_linker as add_wasi_to_linker};

use wasmtime::component::{HasSelf, Linker};

use crate::{Platform, State, bindings};

/// Adds the runtime's part of the contract.
pub(crate) fn add_to_linker<P: Platform>(linker: &mut Linker<State<P>>) -> wasmtime::Result<()> {
    fn entered<P>(state: &mut State<P>) -> &mut State<P> {
        state.count_host_call();
        state
    }
    bindings::log::add_to_linker::<_, HasSelf<State<P>>>(linker, entered)?;
    bindings::sandbox::add_to_linker::<_, HasSelf<State<P>>>(linker, entered)?;
    bindings::http_client::add_to_linker::<_, HasSelf<State<P>>>(linker, entered)?;
    // These count where they ask who calls.
    bindings::http::add_to_linker::<_, HasSelf<State<P>>>(linker, |state| state)?;
    bindings::bridge::add_to_linker::<_, HasSelf<State<P>>>(linker, |state| state)?;
    bindings::response_stream::add_to_linker::<_, HasSelf<State<P>>>(linker, |state| state)?;
    bindings::body_stream::add_to_linker::<_, HasSelf<State<P>>>(linker, |state| state)
}
