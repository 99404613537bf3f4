//! Pictures of images: how large they are, and the small ones that clients show instead.
//!
//! Decoding is the one thing here that a small upload can make expensive, so it is bounded three
//! times: pixels before anything is decoded, memory while it is, and images at once.

use std::{
    fs::File,
    io::{self, BufReader, Cursor, Seek as _},
};

use image::{
    AnimationDecoder as _, DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, codecs::gif::GifDecoder,
    codecs::jpeg::JpegEncoder, imageops::FilterType,
};

/// Bytes that decoding one image may take, for each pixel that is allowed: four channels of 16 bits.
const BYTES_PER_PIXEL: u64 = 8;

/// Mattermost's sizes, in pixels.
const THUMBNAIL: (u32, u32) = (120, 100);
const PREVIEW: (u32, u32) = (1_920, 1_080);
const MINI: u32 = 16;

/// Quality of the pictures, as in Mattermost.
const QUALITY: u8 = 90;
const MINI_QUALITY: u8 = 80;

/// Images at once: as many as the setting says, or as there are processors where it is not above 0.
pub(crate) fn at_once(setting: i64) -> usize {
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    usize::try_from(setting).ok().filter(|number| *number > 0).unwrap_or_else(processors)
}

/// What the head of an image says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) format: ImageFormat,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Head {
    pub(crate) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// The small pictures of an image.
#[derive(Clone, Debug)]
pub(crate) struct Pictures {
    /// Of the image as it is shown: turned by its orientation.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) thumbnail: Vec<u8>,
    /// An animation is shown itself.
    pub(crate) preview: Option<Vec<u8>>,
    pub(crate) mini: Vec<u8>,
    /// `png` where the image is transparent somewhere, else `jpg`.
    pub(crate) extension: &'static str,
}

fn reader(file: &mut File) -> io::Result<ImageReader<BufReader<&mut File>>> {
    file.rewind()?;
    ImageReader::new(BufReader::new(file)).with_guessed_format()
}

/// Reads the head; `None` where it is no image that can be decoded here.
pub(crate) fn head(file: &mut File) -> io::Result<Option<Head>> {
    let reader = reader(file)?;
    let Some(format) = reader.format() else { return Ok(None) };
    Ok(reader.into_dimensions().ok().map(|(width, height)| Head { format, width, height }))
}

fn limits(pixels: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(pixels.saturating_mul(BYTES_PER_PIXEL).max(1 << 20));
    limits
}

/// Decodes an image of at most so many pixels, the right way up.
pub(crate) fn decode(file: &mut File, pixels: u64) -> io::Result<DynamicImage> {
    let mut reader = reader(file)?;
    reader.limits(limits(pixels));
    let mut decoder = reader.into_decoder().map_err(io::Error::other)?;
    let orientation = decoder.orientation().map_err(io::Error::other)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(io::Error::other)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Makes the small pictures.
pub(crate) fn pictures(file: &mut File, head: Head, pixels: u64) -> io::Result<Pictures> {
    let animated = head.format == ImageFormat::Gif && is_animated(file, pixels)?;
    let image = decode(file, pixels)?;
    let transparent = image.color().has_alpha() && image.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX);
    let (width, height) = (image.width(), image.height());
    let write = |image: &DynamicImage| if transparent { png(image) } else { jpeg(image, QUALITY) };
    Ok(Pictures {
        width,
        height,
        thumbnail: write(&within(&image, THUMBNAIL))?,
        preview: if animated { None } else { Some(write(&within(&image, PREVIEW))?) },
        mini: jpeg(&image.resize_exact(MINI, MINI, FilterType::Triangle), MINI_QUALITY)?,
        extension: if transparent { "png" } else { "jpg" },
    })
}

/// Whether a GIF has more than one frame.
fn is_animated(file: &mut File, pixels: u64) -> io::Result<bool> {
    file.rewind()?;
    let mut decoder = GifDecoder::new(BufReader::new(file)).map_err(io::Error::other)?;
    decoder.set_limits(limits(pixels)).map_err(io::Error::other)?;
    Ok(decoder.into_frames().take(2).filter(Result::is_ok).count() > 1)
}

/// An image in this size or smaller, its proportions kept.
pub(crate) fn within(image: &DynamicImage, (width, height): (u32, u32)) -> DynamicImage {
    if image.width() <= width && image.height() <= height {
        return image.clone();
    }
    // As good as the eye wants, and a tenth of the work of Lanczos.
    image.resize(width, height, FilterType::Triangle)
}

pub(crate) fn png(image: &DynamicImage) -> io::Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

fn jpeg(image: &DynamicImage, quality: u8) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    image.to_rgb8().write_with_encoder(encoder).map_err(io::Error::other)?;
    Ok(bytes)
}
