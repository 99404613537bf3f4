//! Pictures as small as they can be.

use serde_json::Value;

/// A bitmap of three by two pixels of one colour: blue, green, red.
pub(crate) fn bmp(colour: [u8; 3]) -> Vec<u8> {
    const ROW: usize = 12;
    let mut bytes = b"BM".to_vec();
    let mut number = |value: u32| bytes.extend(value.to_le_bytes());
    // Size of the file, nothing, where the pixels begin; size of the head, width, height.
    for value in [54 + 2 * 12, 0, 54, 40, 3, 2] {
        number(value);
    }
    // One plane of 24 bits, not compressed.
    for value in [24 << 16 | 1, 0, 0, 0, 0, 0, 0] {
        number(value);
    }
    for _ in 0..2 {
        let mut row = colour.repeat(3);
        row.resize(ROW, 0);
        bytes.extend(row);
    }
    bytes
}

/// Whether an answer is the bytes of a PNG.
pub(crate) fn is_png(answer: &Value) -> bool {
    let bytes = answer.as_array().into_iter().flatten().take(8).filter_map(Value::as_u64);
    bytes.eq(b"\x89PNG\r\n\x1a\n".iter().copied().map(u64::from))
}
