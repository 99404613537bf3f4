//! Pictures of emoji: small, whatever was sent.

use std::io::Cursor;

use bytes::Bytes;
use image::{
    AnimationDecoder as _, DynamicImage, Frame, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits,
    codecs::gif::{GifDecoder, GifEncoder, Repeat},
};

use crate::files::image::{png, within};

/// Mattermost's sizes, in pixels: of what is sent, and of what is kept.
const SENT: u32 = 1_028;
const KEPT: (u32, u32) = (128, 128);

/// Frames of an animation that are kept: some seconds.
const FRAMES: usize = 256;

/// Bytes that decoding may take: a few images of the largest size.
const MEMORY: u64 = 32 << 20;

/// Why a picture is none for an emoji.
#[derive(Debug)]
pub(super) enum Unfit {
    /// More pixels on a side than this.
    TooLarge(u32),
    /// No PNG, GIF or JPEG.
    Unreadable(ImageError),
}

impl From<ImageError> for Unfit {
    fn from(error: ImageError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<std::io::Error> for Unfit {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(ImageError::IoError(error))
    }
}

/// Mattermost's name of the format that bytes are in.
pub(super) fn format(picture: &[u8]) -> Option<&'static str> {
    match image::guess_format(picture).ok()? {
        ImageFormat::Png => Some("png"),
        ImageFormat::Gif => Some("gif"),
        ImageFormat::Jpeg => Some("jpeg"),
        _ => None,
    }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MEMORY);
    limits
}

/// The picture itself where it is small enough, else a smaller one.
pub(super) fn fitted(picture: Bytes) -> Result<Bytes, Unfit> {
    let unknown = || Unfit::from(std::io::Error::other("not a PNG, GIF or JPEG"));
    format(&picture).ok_or_else(unknown)?;
    let reader = || ImageReader::new(Cursor::new(&picture)).with_guessed_format();
    let (width, height) = reader()?.into_dimensions()?;
    if width > SENT || height > SENT {
        return Err(Unfit::TooLarge(SENT));
    }
    if image::guess_format(&picture)? == ImageFormat::Gif {
        return animation(picture, width <= KEPT.0 && height <= KEPT.1);
    }
    let mut reader = reader()?;
    reader.limits(limits());
    // Decoded in any case: the head alone proves nothing.
    let image = reader.decode()?;
    if width <= KEPT.0 && height <= KEPT.1 {
        return Ok(picture);
    }
    Ok(png(&within(&image, KEPT))?.into())
}

fn animation(picture: Bytes, small: bool) -> Result<Bytes, Unfit> {
    let mut decoder = GifDecoder::new(Cursor::new(picture.clone()))?;
    decoder.set_limits(limits())?;
    let mut frames = decoder.into_frames().take(FRAMES);
    if small {
        frames.next().ok_or_else(|| std::io::Error::other("no frame"))??;
        return Ok(picture);
    }
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    encoder.set_repeat(Repeat::Infinite)?;
    for frame in frames {
        let frame = frame?;
        let delay = frame.delay();
        let image = within(&DynamicImage::ImageRgba8(frame.into_buffer()), KEPT).into_rgba8();
        encoder.encode_frame(Frame::from_parts(image, 0, 0, delay))?;
    }
    drop(encoder);
    Ok(bytes.into())
}
