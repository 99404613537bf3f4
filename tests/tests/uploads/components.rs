//! Components made from a few lines of WIT, with bodies that do nothing.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// A component of the world `w`.
pub fn component(wit: &str) -> Vec<u8> {
    encode(wit, ManglingAndAbi::Standard32)
}

/// The same, with its exports lifted asynchronously.
pub fn async_component(wit: &str) -> Vec<u8> {
    encode(wit, ManglingAndAbi::Legacy(LiftLowerAbi::AsyncCallback))
}

fn encode(wit: &str, abi: ManglingAndAbi) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = wit_component::dummy_module(&resolve, world, abi);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}
