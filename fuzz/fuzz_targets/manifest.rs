//! Reading a manifest: from a component's custom section, and from a bundle as JSON and as YAML.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasmoat_fuzz::{COMPONENT, Entry, check_manifest, gzip, read_upload, tar};
use wasmoat_runtime::MANIFEST_SECTION;

fuzz_target!(|text: &[u8]| {
    let section = read_upload(section(text), "moat.wasm").map(|(manifest, _)| manifest);
    let json = read_upload(bundle("plugin.json", text), "moat.tar.gz").map(|(manifest, _)| manifest);
    let yaml = read_upload(bundle("plugin.yaml", text), "moat.tar.gz").map(|(manifest, _)| manifest);
    for manifest in [&section, &json, &yaml].into_iter().flatten() {
        check_manifest(manifest);
    }
    if let (Some(section), Some(json)) = (section, json) {
        assert_eq!(section, json, "the same text is the same manifest wherever it stands");
    }
});

/// A component with nothing but the section.
fn section(text: &[u8]) -> Vec<u8> {
    let name = MANIFEST_SECTION.as_bytes();
    let mut component = COMPONENT.to_vec();
    component.push(0);
    leb128(1 + name.len() + text.len(), &mut component);
    component.push(u8::try_from(name.len()).unwrap_or(0));
    component.extend_from_slice(name);
    component.extend_from_slice(text);
    component
}

fn leb128(mut number: usize, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or(0));
}

fn bundle(name: &str, text: &[u8]) -> Vec<u8> {
    let file = |name, content| Entry { kind: b'0', name, link: b"", content, claims: None };
    gzip(&tar(&[file(name.as_bytes(), text), file(b"plugin.wasm", COMPONENT)]))
}
