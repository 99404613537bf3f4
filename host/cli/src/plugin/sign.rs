//! `wasmoat plugin sign` and `wasmoat plugin verify`: signatures over plugin files, of minisign.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use minisign::{PublicKeyBox, SecretKey, SecretKeyBox};
use wasmoat_core::plugins::verify_signature;

use crate::failure::Failure;
use crate::keys::{Password, with_ending};
use crate::terminal::{self, plain_line};

/// Ending of a signature beside its file.
const ENDING: &str = "minisig";

/// Arguments of `wasmoat plugin sign`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = SIGN_EXAMPLES)]
pub struct Sign {
    /// A .wasm component, or a .tar.gz bundle with a plugin.json
    file: PathBuf,

    /// The secret key, made by `wasmoat keys generate` or by minisign
    #[arg(long, value_name = "KEY")]
    key: PathBuf,

    /// What the server shows about the signature [default: the file's name]
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,

    #[command(flatten)]
    password: Password,
}

const SIGN_EXAMPLES: &str = "\
The signature is over the file as it is: sign what will be uploaded, after the last change.
It is written to FILE.minisig.

Environment:
  WASMOAT_KEY_PASSWORD is the key's password where nobody can be asked.

Examples:
      wasmoat plugin sign word-filter.wasm --key ada.key
      wasmoat plugin add word-filter.wasm --signature word-filter.wasm.minisig";

/// Arguments of `wasmoat plugin verify`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = VERIFY_EXAMPLES)]
pub struct Verify {
    /// The file that was signed
    file: PathBuf,

    /// The public key that it must be signed with
    #[arg(long, value_name = "KEY")]
    key: PathBuf,

    /// The signature [default: FILE.minisig]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
}

const VERIFY_EXAMPLES: &str = "\
Needs no server, and checks as a server does.

Examples:
      wasmoat plugin verify word-filter.wasm --key ada.pub";

/// Signs the file.
pub fn sign(args: &Sign) -> Result<(), Failure> {
    let file = read(&args.file)?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let comment = args.comment.clone().unwrap_or_else(|| format!("file:{name}"));
    if comment.chars().any(char::is_control) {
        return Err(Failure::new("the comment must be one line of plain text"));
    }
    let key = secret_key(args)?;
    let signature = minisign::sign(None, &key, Cursor::new(file), Some(&comment), None)
        .map_err(|error| Failure::new(format!("cannot sign: {error}")))?;
    let path = with_ending(&args.file, ENDING);
    std::fs::write(&path, signature.to_string())
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))?;
    terminal::print(&format!("signed {}: {}", args.file.display(), path.display()))?;
    Ok(())
}

fn secret_key(args: &Sign) -> Result<SecretKey, Failure> {
    let shown = args.key.display();
    let text = text(&args.key)?;
    let unusable = |error: minisign::PError| Failure::new(format!("cannot use the key {shown}: {error}"));
    let secret = || SecretKeyBox::from_string(&text);
    // A key without a password says so; every other one needs it.
    if let Ok(key) = secret().and_then(SecretKeyBox::into_unencrypted_secret_key) {
        return Ok(key);
    }
    let is_public = PublicKeyBox::from_string(&text).and_then(PublicKeyBox::into_public_key).is_ok();
    if is_public || text.lines().count() < 2 {
        return Err(Failure::new(format!("{shown} is not a secret key of minisign")));
    }
    let password = args.password.get(&args.key)?;
    secret().and_then(|key| key.into_secret_key(Some(password))).map_err(unusable)
}

/// Verifies the file's signature.
pub fn verify(args: &Verify) -> Result<(), Failure> {
    let shown = args.file.display();
    let path = args.signature.clone().unwrap_or_else(|| with_ending(&args.file, ENDING));
    let (file, signature, key) = (read(&args.file)?, text(&path)?, text(&args.key)?);
    let signer =
        verify_signature(&file, &signature, &key).map_err(|error| Failure::new(format!("{shown}: {error}")))?;
    terminal::print(&format!("{shown} is signed with the key {}", signer.key_id))?;
    terminal::print(&format!("comment: {}", plain_line(&signer.trusted_comment)))?;
    Ok(())
}

/// The text of a signature to be sent along.
pub fn text(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    String::from_utf8(read(path)?).map_err(|_binary| Failure::new(format!("{shown} is not a file of minisign")))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}
