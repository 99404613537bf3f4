//! The plugin's own files, where its manifest asks for them (`wasmoat.directory`) and the admin
//! allowed it. In pieces, a file may be larger than the plugin's memory.
//!
//! ```
//! # let platform = wasmoat::testing::Platform::new();
//! use wasmoat::directory;
//!
//! directory::write("reports/today.csv", b"user,posts\n")?;
//! directory::append("reports/today.csv", b"ann,3\n")?;
//! assert_eq!(directory::read_text("reports/today.csv")?, "user,posts\nann,3\n");
//! # Ok::<(), wasmoat::Error>(())
//! ```

#[doc(inline)]
pub use crate::api::directory::*;
use crate::{Error, Result};

/// Bytes of one reading: as much as the server gives.
const PIECE: u32 = 1 << 20;

/// A whole file.
///
/// # Errors
///
/// 404 where there is none.
pub fn read_all(path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let piece = read(path, u64::try_from(bytes.len()).unwrap_or(u64::MAX), PIECE)?;
        if piece.is_empty() {
            return Ok(bytes);
        }
        bytes.extend(piece);
    }
}

/// A whole file as text.
///
/// # Errors
///
/// 404 where there is none, 422 where it is no UTF-8.
pub fn read_text(path: &str) -> Result<String> {
    String::from_utf8(read_all(path)?)
        .map_err(|error| Error::new(422, "plugin.directory.text", format!("the file `{path}` is no text: {error}")))
}
