//! Randomness fit for secrets, from the host.

use crate::sandbox;

/// The alphabet of Mattermost's ids; each letter stands for five bits.
const ALPHABET: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";

/// Letters of an id.
const ID_LENGTH: u32 = 26;

/// Random bytes. The host cuts a request at 64 KiB.
#[must_use]
pub fn bytes(len: u32) -> Vec<u8> {
    sandbox::random_bytes(len)
}

/// A random number.
#[must_use]
pub fn u64() -> u64 {
    bytes(8).iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// A fresh id in Mattermost's form.
#[must_use]
pub fn id() -> String {
    bytes(ID_LENGTH)
        .into_iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect()
}
