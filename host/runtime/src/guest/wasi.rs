//! WASI, for components that import it: nothing of the machine, stdout and stderr to the plugin's
//! log, and `wasi:http` by the same broker as `http-client`.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderName, Request, header};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use wasmtime::component::Linker;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView,
    WasiHttpHooks, WasiHttpView,
};

use crate::{
    OutboundError, Platform, State,
    log::{GuestLog, LogLevel, Stdio},
    outbound::{Exchange, OutboundRequest, Payload, Requests, ResponseBody, read_url},
};

/// What WASI knows of an instance.
pub(crate) struct Wasi {
    ctx: WasiCtx,
    http: WasiHttpCtx,
}

impl Wasi {
    pub(crate) fn new(log: &Arc<GuestLog>) -> Self {
        let ctx = WasiCtx::builder()
            .stdout(Stdio::new(Arc::clone(log), LogLevel::Info))
            .stderr(Stdio::new(Arc::clone(log), LogLevel::Error))
            .build();
        Self { ctx, http: WasiHttpCtx::new() }
    }
}

/// Adds WASI.
pub(crate) fn add_to_linker<P: Platform>(linker: &mut Linker<State<P>>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}

impl<P: Platform> WasiView for State<P> {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // WASI is linked for components that import it only, and their stores have it.
        let wasi = self.wasi.get_or_insert_with(|| Wasi::new(&self.plugin.log));
        WasiCtxView { ctx: &mut wasi.ctx, table: &mut self.table }
    }
}

impl<P: Platform> WasiHttpView for State<P> {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let wasi = self.wasi.get_or_insert_with(|| Wasi::new(&self.plugin.log));
        WasiHttpCtxView { ctx: &mut wasi.http, table: &mut self.table, hooks: &mut self.requests }
    }
}

/// A response, and a future that drives its connection.
type Answer = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

impl WasiHttpHooks for Requests {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        // A length is the guest's to say here; it is checked against the body and set anew.
        Arc::new(|name: &HeaderName| DEFAULT_FORBIDDEN_HEADERS.contains(name))
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
        let begun = read(request, options.unwrap_or_default()).and_then(|request| self.begin(request));
        Box::new(async move {
            match begun {
                Ok(exchange) => answer(exchange).await.map_err(wasi_error),
                Err(error) => Err(wasi_error(error)),
            }
        })
    }
}

fn read(request: Request<WasiBody>, options: RequestOptions) -> Result<OutboundRequest, OutboundError> {
    let (mut parts, body) = request.into_parts();
    let length = parts.headers.remove(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    Ok(OutboundRequest {
        method: parts.method,
        url: read_url(&parts.uri.to_string())?,
        headers: parts.headers,
        body: Payload::Pieces(body.map_err(Into::into).boxed_unsync(), length),
        redirects: 0,
        // One clock runs here, from the beginning to the head.
        head_timeout: options.connect_timeout.zip(options.first_byte_timeout).map(|(one, two)| one.saturating_add(two)),
        idle_timeout: options.between_bytes_timeout,
    })
}

async fn answer(exchange: Exchange) -> Result<Answer, OutboundError> {
    let (head, body) = exchange.head().await?;
    let mut response = http::Response::new(pieces(body));
    *response.headers_mut() = head.headers;
    *response.status_mut() = head.status;
    // The broker's own task drives the connection.
    Ok((response, Box::new(async { Ok(()) })))
}

fn pieces(body: ResponseBody) -> WasiBody {
    let frames = futures::stream::unfold(body, |mut body| async {
        let piece: Option<Result<Bytes, OutboundError>> = body.piece().await.transpose();
        piece.map(|piece| (piece, body))
    });
    StreamBody::new(frames.map(|piece| piece.map(Frame::data).map_err(wasi_error))).boxed_unsync()
}

/// The nearest of WASI's errors. The plugin's log has the text.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn wasi_error(error: OutboundError) -> Error {
    match error {
        OutboundError::Invalid(_) => Error::HttpRequestUriInvalid,
        OutboundError::NotGranted | OutboundError::HostNotGranted { .. } => Error::HttpRequestDenied,
        OutboundError::AddressNotGranted { .. } => Error::DestinationIpProhibited,
        OutboundError::Unresolved { .. } => Error::DnsError { rcode: None, info_code: None },
        OutboundError::Unreachable { .. } => Error::DestinationUnavailable,
        OutboundError::Tls { .. } => Error::TlsCertificateError,
        OutboundError::HeadTimeout { .. } => Error::HttpResponseTimeout,
        OutboundError::IdleTimeout { .. } => Error::ConnectionReadTimeout,
        OutboundError::RequestTooLarge { limit } => Error::HttpRequestBodySize(Some(limit)),
        OutboundError::ResponseTooLarge { limit } => Error::HttpResponseBodySize(Some(limit)),
        OutboundError::TooManyAtOnce { .. } | OutboundError::TooManyPerMinute { .. } => Error::ConnectionLimitReached,
        OutboundError::TooManyRedirects { .. } => Error::LoopDetected,
        OutboundError::Interrupted(_) => Error::HttpResponseIncomplete,
    }
}
