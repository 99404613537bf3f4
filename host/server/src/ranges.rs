//! Byte ranges of a file, as a client asks for them.

/// What a `Range` header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteRange {
    /// First and last byte.
    Part(u64, u64),
    /// Begins behind the end.
    Beyond,
    /// Several ranges, or none that can be read: the whole file is a right answer.
    Whole,
}

/// Reads a `Range` header for a file of this size.
pub(crate) fn byte_range(text: &str, size: u64) -> ByteRange {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return ByteRange::Whole;
    };
    let end = size.saturating_sub(1);
    let (first, last) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(end)),
        (Ok(first), Err(_)) if last.is_empty() => (first, end),
        (Err(_), Ok(length)) if first.is_empty() => (size.saturating_sub(length), end),
        _ => return ByteRange::Whole,
    };
    if first < size { ByteRange::Part(first, last) } else { ByteRange::Beyond }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_at_the_end_of_the_file() {
        assert_eq!(byte_range("bytes=0-3", 10), ByteRange::Part(0, 3));
        assert_eq!(byte_range("bytes=5-", 10), ByteRange::Part(5, 9));
        assert_eq!(byte_range("bytes=-4", 10), ByteRange::Part(6, 9));
        assert_eq!(byte_range("bytes=2-99", 10), ByteRange::Part(2, 9));
        assert_eq!(byte_range("bytes=10-", 10), ByteRange::Beyond);
        assert_eq!(byte_range("bytes=-0", 10), ByteRange::Beyond);
        assert_eq!(byte_range("bytes=0-", 0), ByteRange::Beyond);
        for whole in ["bytes=3-1", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b"] {
            assert_eq!(byte_range(whole, 10), ByteRange::Whole, "{whole}");
        }
    }
}
