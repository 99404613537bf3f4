//! How large an image is, from its first bytes. Nothing is decoded.

/// Width and height in pixels of a PNG, GIF or JPEG.
pub(super) fn size(data: &[u8]) -> Option<(i32, i32)> {
    png(data).or_else(|| gif(data)).or_else(|| jpeg(data))
}

fn big(data: &[u8], at: usize) -> Option<i32> {
    let bytes = data.get(at..at + 2)?;
    Some(i32::from(u16::from_be_bytes(bytes.try_into().ok()?)))
}

fn little(data: &[u8], at: usize) -> Option<i32> {
    let bytes = data.get(at..at + 2)?;
    Some(i32::from(u16::from_le_bytes(bytes.try_into().ok()?)))
}

fn png(data: &[u8]) -> Option<(i32, i32)> {
    data.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let number = |at: usize| i32::try_from(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?)).ok();
    Some((number(16)?, number(20)?))
}

fn gif(data: &[u8]) -> Option<(i32, i32)> {
    if data.starts_with(b"GIF87a") || data.starts_with(b"GIF89a") {
        Some((little(data, 6)?, little(data, 8)?))
    } else {
        None
    }
}

/// A JPEG is a row of segments; the one that starts a frame has the size.
fn jpeg(data: &[u8]) -> Option<(i32, i32)> {
    data.strip_prefix(b"\xff\xd8")?;
    let mut at = 2;
    loop {
        if *data.get(at)? != 0xff {
            return None;
        }
        let marker = *data.get(at + 1)?;
        let frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if frame {
            return Some((big(data, at + 7)?, big(data, at + 5)?));
        }
        at += 2 + usize::try_from(big(data, at + 2)?).ok()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_stands_in_the_head() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 0, 3, 0, 0, 0, 2]);
        assert_eq!(size(&png), Some((3, 2)));
        assert_eq!(size(b"GIF89a\x05\x00\x04\x00"), Some((5, 4)));
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x07\x00\x09\x03";
        assert_eq!(size(jpeg), Some((9, 7)));
    }

    #[test]
    fn a_broken_image_has_no_size() {
        for broken in [&b""[..], b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0\x00\x00"] {
            assert_eq!(size(broken), None);
        }
    }
}
