use std::io::Cursor;

use image::{DynamicImage, GenericImageView as _, ImageFormat, Rgba, RgbaImage};

use super::{
    SIDE,
    letter::letter,
    square::{Trouble, png, square},
};

const ANY: u64 = 1 << 20;

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Red on the left, green in the middle, blue on the right.
fn flag() -> DynamicImage {
    RgbaImage::from_fn(300, 100, |x, _| match x / 100 {
        0 => Rgba([255, 0, 0, 255]),
        1 => Rgba([0, 255, 0, 255]),
        _ => Rgba([0, 0, 255, 255]),
    })
    .into()
}

#[test]
fn the_middle_of_any_image_becomes_a_square() {
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp] {
        let picture = image::load_from_memory(&square(&encoded(&flag(), format), ANY).unwrap()).unwrap();
        assert_eq!(picture.dimensions(), (SIDE, SIDE));
        let Rgba([red, green, blue, _]) = picture.get_pixel(SIDE / 2, SIDE / 2);
        assert!(green > 240 && red < 16 && blue < 16, "{format:?}");
    }
}

#[test]
fn a_picture_that_is_right_already_stays_as_it_is() {
    let once = square(&encoded(&flag(), ImageFormat::Png), ANY).unwrap();
    assert_eq!(square(&once, ANY).unwrap(), once);
}

#[test]
fn too_many_pixels_are_refused_before_they_are_decoded() {
    assert!(matches!(square(&encoded(&flag(), ImageFormat::Png), 29_999), Err(Trouble::TooLarge)));
    // A head that promises 60 000 by 60 000 and no more.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xea\x60\0\0\xea\x60\x08\x06\0\0\0".to_vec();
    bomb.extend([0; 64]);
    assert!(square(&bomb, ANY).is_err());
    for broken in [&b""[..], b"no image", b"\x89PNG\r\n\x1a\n", b"GIF89a"] {
        assert!(matches!(square(broken, ANY), Err(Trouble::Unreadable(_))));
    }
    let line = png(&RgbaImage::new(100_000, 1).into()).unwrap();
    square(&line, ANY).unwrap();
}

#[test]
fn a_camera_held_upright_makes_an_upright_picture() {
    // The flag as JPEG, with the note that it must be turned by a quarter: an EXIF segment of one
    // entry, orientation 6.
    let jpeg = encoded(&DynamicImage::ImageRgb8(flag().crop_imm(0, 0, 200, 200).into_rgb8()), ImageFormat::Jpeg);
    let exif = b"\xff\xe1\0\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let turned = [&jpeg[..2], exif, &jpeg[2..]].concat();
    let at =
        |data: &[u8], x: u32, y: u32| image::load_from_memory(&square(data, ANY).unwrap()).unwrap().get_pixel(x, y).0;
    assert!(at(&jpeg, 8, 64)[0] > 200 && at(&jpeg, 120, 64)[1] > 200, "left is red, right is green");
    assert!(at(&turned, 64, 8)[0] > 200 && at(&turned, 64, 120)[1] > 200, "now above is red, below is green");
}

#[test]
fn whoever_has_no_picture_has_a_letter_on_a_colour_of_their_own() {
    let ada = letter("a", "ada").unwrap();
    assert_eq!(ada, letter("a", "ada").unwrap());
    assert_ne!(ada, letter("b", "ada").unwrap(), "another colour");
    assert_ne!(ada, letter("a", "bob").unwrap(), "another letter");
    let picture = image::load_from_memory(&ada).unwrap();
    assert_eq!(picture.dimensions(), (SIDE, SIDE));
    let white = picture.pixels().filter(|(_, _, pixel)| *pixel == Rgba([255; 4])).count();
    assert!((1_000..8_000).contains(&white), "{white} white pixels");
}
