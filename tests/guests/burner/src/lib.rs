//! Computes as much as it is told to: a request or a job whose text is a number burns so many
//! million turns of a loop, and leaves word in the key-value store after each.

use std::hint::black_box;

use wasmoat::{jobs::Job, prelude::*};

/// The plugin.
#[derive(Debug, Default)]
pub struct Burner;

#[wasmoat::plugin(manifest = "../plugin.json")]
impl Plugin for Burner {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let body = match burn(&request.body) {
            Ok(()) => b"burnt".to_vec(),
            Err(error) => error.to_string().into_bytes(),
        };
        HttpResponse { status: 200, headers: Vec::new(), body }
    }

    fn run_job(&self, _: PluginContext, job: Job) -> Result<()> {
        burn(&job.payload)
    }
}

fn burn(millions: &[u8]) -> Result<()> {
    let millions = String::from_utf8_lossy(millions).parse().unwrap_or(1_u64);
    for burnt in 1..=millions {
        for turn in 0..1_000_000_u64 {
            black_box(turn);
        }
        kv::kv_set("burnt", Some(burnt.to_string().as_bytes()))?;
    }
    Ok(())
}
