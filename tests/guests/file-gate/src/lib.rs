//! Does to a file what its name says.

use wasmoat::{file_content, file_types::FileDownloadType, prelude::*};

/// The plugin.
#[derive(Debug, Default)]
pub struct FileGate;

/// Bytes that are read at once: the file may be larger than this guest.
const STEP: u32 = 1 << 20;

#[wasmoat::plugin]
impl Plugin for FileGate {
    #[expect(clippy::panic, reason = "a file's name may ask for it")]
    fn file_will_be_uploaded(&self, _: PluginContext, info: FileInfo) -> FileWillBeUploadedVerdict {
        let says = |word: &str| info.name.contains(word);
        if says("shout")
            && let Err(error) = shout()
        {
            return FileWillBeUploadedVerdict::Reject(error.to_string());
        }
        if says("crash") {
            let _ = file_content::write(b"of no avail");
            panic!("the file's name says so");
        }
        if says("refuse") {
            let _ = file_content::write(b"of no avail");
            return FileWillBeUploadedVerdict::Reject(format!("{} has {} bytes", info.name, info.size));
        }
        if says("rename") {
            let renamed =
                FileInfo { id: "another".into(), path: "../elsewhere".into(), name: "new.txt".into(), ..info };
            return FileWillBeUploadedVerdict::Replace(renamed);
        }
        FileWillBeUploadedVerdict::Keep
    }

    #[expect(clippy::panic, reason = "a file's name may ask for it")]
    fn file_will_be_downloaded(
        &self,
        _: PluginContext,
        info: FileInfo,
        user_id: String,
        download_type: FileDownloadType,
    ) -> FileWillBeDownloadedVerdict {
        if info.name.contains("secret") {
            let nobody = if user_id.is_empty() { " by nobody" } else { "" };
            let kind = match download_type {
                FileDownloadType::File => "file",
                FileDownloadType::Thumbnail => "thumbnail",
                FileDownloadType::Preview => "preview",
                FileDownloadType::Public => "public",
            };
            return FileWillBeDownloadedVerdict::Reject(format!("no {kind}{nobody}"));
        }
        if info.name.contains("stumble") {
            panic!("the file's name says so");
        }
        while info.name.contains("endless") {
            std::hint::black_box(&info);
        }
        FileWillBeDownloadedVerdict::Allow
    }
}

/// Writes the content anew in capitals, piece by piece.
fn shout() -> Result<()> {
    let mut offset = 0;
    loop {
        let mut piece = file_content::read(offset, STEP)?;
        if piece.is_empty() {
            return Ok(());
        }
        offset += piece.len() as u64;
        piece.make_ascii_uppercase();
        file_content::write(&piece)?;
    }
}
