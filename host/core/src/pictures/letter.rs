//! An initial on a coloured square.

use font8x8::{BASIC_FONTS, UnicodeFonts as _};
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, imageops};

use super::{
    SIDE,
    square::{Trouble, png},
};

/// Colours on which white can be read.
const COLOURS: [[u8; 3]; 12] = [
    [0x1e, 0x88, 0xe5],
    [0x43, 0xa0, 0x47],
    [0xe5, 0x39, 0x35],
    [0x8e, 0x24, 0xaa],
    [0xef, 0x6c, 0x00],
    [0x00, 0x89, 0x7b],
    [0x39, 0x49, 0xab],
    [0xd8, 0x1b, 0x60],
    [0x5e, 0x35, 0xb1],
    [0x6d, 0x4c, 0x41],
    [0x54, 0x6e, 0x7a],
    [0x00, 0x83, 0x8f],
];
const FALLBACK: [u8; 3] = [0x54, 0x6e, 0x7a];
const WHITE: [u8; 3] = [0xff; 3];

/// Pixels that a dot of the eight by eight becomes.
const SCALE: u32 = 11;
/// Empty dots around the letter, so that its edge is rounded too.
const MARGIN: u32 = 1;
const DOTS: u32 = 8 + 2 * MARGIN;

/// Below and above these, a scaled dot is background or letter; between them lies the edge.
const EDGE: (i32, i32) = (96, 160);

/// The picture of an account, as PNG: always the same for it.
pub(super) fn letter(user_id: &str, username: &str) -> Result<Vec<u8>, Trouble> {
    let sum: usize = user_id.bytes().map(usize::from).sum();
    let colour = COLOURS.get(sum % COLOURS.len()).copied().unwrap_or(FALLBACK);
    let initial = username.chars().find(char::is_ascii_alphanumeric).unwrap_or('?').to_ascii_uppercase();
    let mask = mask(BASIC_FONTS.get(initial).unwrap_or_default());
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| Rgb(blend(colour, mask.get_pixel(x, y).0)));
    png(&DynamicImage::ImageRgb8(picture))
}

fn blend(colour: [u8; 3], [shade]: [u8; 1]) -> [u8; 3] {
    let (low, high) = EDGE;
    let part = (i32::from(shade) - low).clamp(0, high - low);
    let mut mixed = colour;
    for (mixed, white) in mixed.iter_mut().zip(WHITE) {
        let value = i32::from(*mixed) + (i32::from(white) - i32::from(*mixed)) * part / (high - low);
        *mixed = u8::try_from(value).unwrap_or(white);
    }
    mixed
}

/// The letter in the middle of the square: its dots scaled up softly.
fn mask(rows: [u8; 8]) -> GrayImage {
    let dots = GrayImage::from_fn(DOTS, DOTS, |x, y| {
        let row = y.checked_sub(MARGIN).and_then(|y| rows.get(usize::try_from(y).ok()?)).copied().unwrap_or(0);
        let set = x.checked_sub(MARGIN).is_some_and(|x| x < 8 && row >> x & 1 == 1);
        Luma([if set { 255 } else { 0 }])
    });
    let (left, right) = span(|x| (0..DOTS).any(|y| dots.get_pixel(x, y).0 != [0]));
    let (top, bottom) = span(|y| (0..DOTS).any(|x| dots.get_pixel(x, y).0 != [0]));
    let scaled = imageops::resize(&dots, DOTS * SCALE, DOTS * SCALE, imageops::FilterType::CatmullRom);
    let mut mask = GrayImage::new(SIDE, SIDE);
    let place = |first: u32, last: u32| i64::from(SIDE / 2) - i64::from((first + last + 1) * SCALE / 2);
    imageops::replace(&mut mask, &scaled, place(left, right), place(top, bottom));
    mask
}

/// The first and the last line that has a dot.
fn span(has_dot: impl Fn(u32) -> bool) -> (u32, u32) {
    let first = (0..DOTS).find(|line| has_dot(*line)).unwrap_or(0);
    let last = (0..DOTS).rev().find(|line| has_dot(*line)).unwrap_or(DOTS - 1);
    (first, last)
}
