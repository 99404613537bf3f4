//! A request whose body is written.

use std::io;

use super::{Response, door, response::io_error};
use crate::Result;

/// A request whose body is being sent: what is written here. [`finish`](Upload::finish) ends it;
/// dropping it gives the request up.
///
/// ```
/// # use std::io::Write as _;
/// # use wasmoat::{http_client::Request, testing::{Answer, Platform}};
/// # let platform = Platform::new();
/// # platform.on_request(|request| Ok(Answer::new(if request.body == b"a,b\n1,2\n" { 201 } else { 400 })));
/// let mut upload = Request::put("https://files.example.org/table.csv").open()?;
/// writeln!(upload, "a,b")?;
/// writeln!(upload, "1,2")?;
/// assert_eq!(upload.finish()?.status(), 201);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the request is given up when this is dropped; `finish` ends it"]
pub struct Upload {
    method: String,
    raw: door::RequestBody,
}

impl Upload {
    pub(super) fn new(method: String, raw: door::RequestBody) -> Self {
        Self { method, raw }
    }

    /// The next bytes; waits until there is room for them.
    ///
    /// # Errors
    ///
    /// [`Error::Http`](crate::Error::Http) where the request failed.
    pub fn piece(&self, bytes: &[u8]) -> Result<()> {
        Ok(self.raw.write(bytes)?)
    }

    /// The body ends here; waits for the head of the response.
    ///
    /// # Errors
    ///
    /// [`Error::Http`](crate::Error::Http) where there is no response.
    pub fn finish(self) -> Result<Response> {
        Ok(Response::new(self.method, door::RequestBody::finish(self.raw)?))
    }
}

impl io::Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.raw.write(bytes).map_err(io_error)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
