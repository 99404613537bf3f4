//! Each message raises a counter by one: it reads it, sleeps, and writes it, under a lock. Without the
//! lock, instances at work at once would lose counts. The message `loose` does it without.

use std::time::Duration;

use wasmoat::{mutex::Mutex, prelude::*, time};

/// The plugin.
#[derive(Debug, Default)]
pub struct Locker;

#[wasmoat::plugin]
impl Plugin for Locker {
    fn serve_http(&self, _: PluginContext, request: HttpRequest) -> HttpResponse {
        let answer = if request.url == "/loose" { count("loose") } else { count_alone() };
        let (status, text) = match answer {
            Ok(count) => (200, count.to_string()),
            Err(error) => (500, error.to_string()),
        };
        HttpResponse { status, headers: Vec::new(), body: text.into_bytes() }
    }
}

fn count_alone() -> Result<u32> {
    let mutex = Mutex::new("count")?;
    let held = mutex.lock(Duration::from_secs(25))?;
    let count = count("alone")?;
    held.unlock()?;
    Ok(count)
}

fn count(key: &str) -> Result<u32> {
    let count = kv::get_json::<u32>(key)?.unwrap_or(0) + 1;
    time::sleep(Duration::from_millis(30));
    kv::set_json(key, &count)?;
    Ok(count)
}
