//! The attributes `#[wasmoat::plugin]` and `#[wasmoat::bridge]`. Their documentation is in the crate
//! `wasmoat`, which re-exports them.

mod bridge;
mod expand;
mod hooks;
mod manifest;

use proc_macro::TokenStream;

/// Makes a component of an `impl Plugin for …` block: see `wasmoat::plugin`.
#[proc_macro_attribute]
pub fn plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::plugin(&arguments.into(), item.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}

/// Makes a client and a handler of a trait of endpoints: see `wasmoat::bridge`.
#[proc_macro_attribute]
pub fn bridge(arguments: TokenStream, item: TokenStream) -> TokenStream {
    bridge::bridge(arguments.into(), item.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}
