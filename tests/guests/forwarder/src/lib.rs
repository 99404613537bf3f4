//! Sends every piece of a request on as it comes in, in capitals; the number of pieces at the end.

use wasmoat::{body_stream, http::Response, prelude::*, response_stream};

/// The plugin.
#[derive(Debug, Default)]
pub struct Forwarder;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Forwarder {
    fn serve_http(&self, _: PluginContext, _: HttpRequest) -> HttpResponse {
        match forward() {
            Ok(()) => Response::new(200).into(),
            Err(error) => Response::error(&error).into(),
        }
    }
}

fn forward() -> Result<()> {
    let mut pieces = 0_usize;
    response_stream::begin(200, &[])?;
    while let Some(piece) = body_stream::read(65_536)? {
        pieces += 1;
        response_stream::write(&piece.to_ascii_uppercase())?;
    }
    response_stream::write(pieces.to_string().as_bytes())?;
    Ok(())
}
