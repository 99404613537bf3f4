//! `serve-http` for requests of clients and of the server, with bodies that may be streams.

use std::{fmt, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures::Stream;
use wasmoat_model::{HttpRequest, HttpResponse};

use super::stream::{Answered, BodyStream, Head, Pieces};
use crate::{CallContext, CallError, Platform, Runtime, ServeHTTP};

/// A plugin's answer to a request.
#[derive(Debug)]
pub struct PluginResponse {
    /// Status and headers.
    pub head: Head,
    /// Body.
    pub body: PluginBody,
}

/// The body of a plugin's answer.
pub enum PluginBody {
    /// As the hook returned it.
    Whole(Vec<u8>),
    /// As the plugin makes it; an error where it is cut. Dropping it ends the call.
    Pieces(Pin<Box<dyn Stream<Item = Result<Bytes, CallError>> + Send>>),
}

impl fmt::Debug for PluginBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Pieces(_) => "Pieces",
        })
    }
}

impl From<HttpResponse> for PluginResponse {
    fn from(HttpResponse { status, headers, body }: HttpResponse) -> Self {
        Self { head: Head { status, headers }, body: PluginBody::Whole(body) }
    }
}

impl<P: Platform> Runtime<P> {
    /// Whether a plugin reads the bodies of its requests piece by piece, so that they need not be
    /// read before.
    #[must_use]
    pub fn reads_bodies(&self, plugin_id: &str) -> bool {
        self.inner().registry().get(plugin_id).is_some_and(|plugin| plugin.streams().body)
    }

    /// Hands a request to a plugin's `serve-http`, and answers as soon as the answer begins.
    ///
    /// # Errors
    ///
    /// Where the plugin is not active, does not export the hook, or faults.
    pub async fn serve_http(
        &self,
        context: &CallContext,
        plugin_id: &str,
        mut request: HttpRequest,
        body: Option<BodyStream>,
    ) -> Result<PluginResponse, CallError> {
        let plugin = self.implementer::<ServeHTTP>(plugin_id)?;
        let (whole, body) = plugin.body_of(std::mem::take(&mut request.body), body);
        request.body = whole;
        let args = (Arc::clone(&context.plugin_context), Arc::new(request));
        match plugin.call_streaming::<ServeHTTP>(context, body, args).await? {
            Answered::Whole((response,)) => Ok(response.into()),
            Answered::Streamed(head, pieces) => {
                Ok(PluginResponse { head, body: PluginBody::Pieces(Box::pin(all(pieces))) })
            }
        }
    }
}

/// The pieces, and at their end the fault, if there was one.
fn all<T: Send + 'static>(pieces: Pieces<T>) -> impl Stream<Item = Result<Bytes, CallError>> + Send {
    futures::stream::unfold(Some(pieces), |state| async move {
        let mut pieces = state?;
        if let Some(piece) = pieces.next().await {
            return Some((Ok(piece), Some(pieces)));
        }
        let fault = pieces.returned().await.err()?;
        Some((Err(fault.into()), None))
    })
}
