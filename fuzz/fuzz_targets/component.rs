//! Inspecting a component, which is all that is done with one before it is compiled.
//!
//! The input is a component, or `S` and what wasm-smith makes a valid one of.
#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use wasm_smith::{Component, Config};
use wasmoat_runtime::{HOOKS, inspect, manifest_section};

fuzz_target!(|data: &[u8]| {
    let bytes = match data {
        [b'S', seed @ ..] => match Component::new(Config::default(), &mut Unstructured::new(seed)) {
            Ok(component) => component.to_bytes(),
            Err(_) => return,
        },
        bytes => bytes.to_vec(),
    };
    let _ = manifest_section(&bytes);
    let Ok(inspection) = inspect(&bytes) else { return };
    assert_eq!(inspection.digest, blake3::hash(&bytes).to_hex().as_str());
    assert!(!inspection.hooks.is_empty(), "a plugin without a hook is none");
    assert!(inspection.hooks.iter().all(|name| HOOKS.iter().any(|hook| hook.name == name)));
    assert!(inspection.permissions.iter().all(|(name, functions)| !name.is_empty() && !functions.is_empty()));
    assert_eq!(inspect(&bytes).ok(), Some(inspection), "the same bytes are the same plugin");
});
