//! An image of any size, made a square of [`SIDE`].

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, imageops::FilterType,
    metadata::Orientation,
};

use super::SIDE;

/// Bytes that a decoder may take for a pixel: four colours of 16 bits.
const BYTES_PER_PIXEL: u64 = 8;
/// What a decoder needs beside the pixels.
const DECODER_BYTES: u64 = 16 << 20;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("too many pixels")]
    TooLarge,
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Failed(String),
}

fn unreadable(error: impl std::fmt::Display) -> Trouble {
    Trouble::Unreadable(error.to_string())
}

/// Decodes an image of at most `pixels`, turns it upright, cuts its middle out, scales it, and
/// writes it as PNG.
pub(super) fn square(data: &[u8], pixels: u64) -> Result<Vec<u8>, Trouble> {
    let image = upright(data, pixels)?;
    let (width, height) = (image.width(), image.height());
    let side = width.min(height);
    // Cut before it is scaled: a line of a million pixels must not be scaled to its own square.
    let image = image.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    let image = if side == SIDE { image } else { image.resize_exact(SIDE, SIDE, FilterType::Lanczos3) };
    png(&DynamicImage::ImageRgba8(image.into_rgba8()))
}

fn upright(data: &[u8], pixels: u64) -> Result<DynamicImage, Trouble> {
    let mut reader = ImageReader::new(Cursor::new(data)).with_guessed_format().map_err(unreadable)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(pixels.saturating_mul(BYTES_PER_PIXEL).saturating_add(DECODER_BYTES));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Trouble::Unreadable("there are no pixels".to_owned()));
    }
    if u64::from(width) * u64::from(height) > pixels {
        return Err(Trouble::TooLarge);
    }
    // A camera's note that cannot be read is no reason to refuse its picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        ImageError::Limits(_) => Trouble::TooLarge,
        error => unreadable(error),
    })?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The image as PNG.
pub(super) fn png(image: &DynamicImage) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).map_err(|error| Trouble::Failed(error.to_string()))?;
    Ok(bytes.into_inner())
}
