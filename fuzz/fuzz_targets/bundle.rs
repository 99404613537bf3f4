//! Unpacking what an admin uploads. Nothing panics, nothing gets out of the folder, nothing is left.
//!
//! The input is an upload; `T` and a tar, which is compressed first, since no mutation survives the
//! checksum of gzip; or `E` and entries of an archive in the form of `arbitrary`.
#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use wasmoat_fuzz::{Entry, check_manifest, gzip, read_upload, tar};

fuzz_target!(|data: &[u8]| {
    let upload = match data {
        [b'T', tar @ ..] => gzip(tar),
        [b'E', entries @ ..] => {
            let Ok(entries) = Unstructured::new(entries).arbitrary::<Vec<Entry<'_>>>() else { return };
            gzip(&tar(&entries))
        }
        upload => upload.to_vec(),
    };
    if let Some((manifest, component)) = read_upload(upload, "moat.wasm") {
        check_manifest(&manifest);
        assert!(!component.is_empty() || data.starts_with(b"T") || data.starts_with(b"E"));
    }
});
