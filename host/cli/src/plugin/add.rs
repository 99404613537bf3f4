//! `wasmoat plugin add`: uploading a plugin.

use std::path::PathBuf;

use futures::stream::{self, StreamExt as _};
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use wasmoat_model::Manifest;

use super::permissions::Permissions;
use super::{asked, sign, switch};
use crate::failure::Failure;
use crate::remote::{Client, Remote};
use crate::terminal::{self, Upload, plain_line};

/// How much goes to the network at once, and so how often the bar moves.
const CHUNK: usize = 64 * 1024;

/// Arguments of `wasmoat plugin add`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// A .wasm component, or a .tar.gz bundle with a plugin.json
    file: PathBuf,

    /// Replace an installed plugin of the same id
    #[arg(long)]
    force: bool,

    /// Enable the plugin as well; on a development server that grants what is shown
    #[arg(long)]
    enable: bool,

    /// The file's signature, made by `wasmoat plugin sign` or by minisign
    ///
    /// A server that demands signatures takes no plugin without one. Every server refuses a
    /// signature that is not the file's, or whose key it does not trust.
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,

    #[command(flatten)]
    remote: Remote,
}

const EXAMPLES: &str = "\
The server checks the file, compiles it once and keeps the result; a big plugin takes a minute.
A plugin that is already running is replaced without losing a call.

Examples:
      wasmoat plugin add word-filter.wasm --enable
      wasmoat plugin add word-filter.wasm --force
      wasmoat plugin add word-filter.wasm --signature word-filter.wasm.minisig";

/// Uploads the file, and enables the plugin where that was asked for.
pub async fn run(args: &Args) -> Result<(), Failure> {
    let client = args.remote.connect()?;
    let manifest = upload(&client, args).await?;
    let id = &manifest.id;
    let permissions = Permissions::of(&client, id).await?;
    if permissions.approval == "upgrade_pending" {
        terminal::print(&format!("uploaded {} {}", plain_line(id), plain_line(&manifest.version)))?;
        let more = plain_line(&permissions.difference.summary());
        terminal::print(&format!("it asks for more than was granted: {more}"))?;
        terminal::print(&format!("it {}", permissions.state()))?;
        return Ok(terminal::print(&next(id))?);
    }
    terminal::print(&format!("installed {} {}", plain_line(id), plain_line(&manifest.version)))?;
    // What the plugin can do is worth a look before it runs.
    terminal::print(&asked::permissions(&permissions.asked, &asked::unmarked, "  "))?;
    if args.enable {
        return switch::start(&client, id).await;
    }
    if permissions.waiting.is_some() {
        return Ok(terminal::print(&next(id))?);
    }
    if client.installed_plugin(id).await?.active {
        terminal::print(&format!("{id} is running"))?;
    } else {
        terminal::print(&format!("not running yet; start it with `wasmoat plugin enable {id}`"))?;
    }
    Ok(())
}

/// What to do about a plugin that waits.
fn next(id: &str) -> String {
    format!(
        "look with `wasmoat plugin permissions {id}`, then `wasmoat plugin approve {id}` or `wasmoat plugin deny {id}`"
    )
}

async fn upload(client: &Client, args: &Args) -> Result<Manifest, Failure> {
    let shown = args.file.display();
    let bytes = std::fs::read(&args.file).map_err(|error| Failure::new(format!("cannot read {shown}: {error}")))?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let signature = args.signature.as_deref().map(sign::text).transpose()?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);

    let progress = Upload::new(size);
    let counter = progress.clone();
    let chunks: Vec<Vec<u8>> = bytes.chunks(CHUNK).map(<[u8]>::to_vec).collect();
    let chunks = stream::iter(chunks).map(move |chunk| {
        counter.sent(chunk.len());
        Ok::<_, std::convert::Infallible>(chunk)
    });
    let part = Part::stream_with_length(Body::wrap_stream(chunks), size).file_name(name);
    let mut form = Form::new();
    if args.force {
        form = form.text("force", "true");
    }
    if let Some(signature) = signature {
        form = form.text("signature", signature);
    }
    let answer = client.upload("plugins", form.part("plugin", part)).await;
    progress.done();
    answer
}
