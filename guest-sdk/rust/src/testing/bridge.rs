//! Calls to other plugins, and answers and bodies that are streams.

use std::rc::Rc;

use serde_json::Value;

use super::{Platform, calls};
use crate::{Error, Result, bridge::BridgeError, response_stream::StreamError, types::HttpHeader};

/// What answers calls of one endpoint.
pub(super) type Endpoint = Rc<dyn Fn(Value) -> Result<Value>>;

/// A call that the plugin made to another one.
#[derive(Clone, Debug, PartialEq)]
pub struct BridgeCall {
    /// Whom.
    pub plugin_id: String,
    /// What.
    pub endpoint: String,
    /// The request; null where it was no JSON.
    pub request: Value,
    /// What the answer was to look like.
    pub response_schema: Option<String>,
}

/// An answer that the plugin sent as it made it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamedResponse {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<HttpHeader>,
    /// The pieces.
    pub pieces: Vec<Vec<u8>>,
}

impl StreamedResponse {
    /// All pieces as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.pieces.concat()).into_owned()
    }
}

pub(super) fn install(platform: &Platform) {
    platform.answer(calls::bridge::CallPlugin, |platform, (plugin_id, endpoint, request, _)| {
        let key = (plugin_id, endpoint);
        let handler = platform.state.endpoints.borrow().get(&key).cloned();
        let handler = handler.ok_or_else(|| {
            let text = format!("the test has no plugin `{}` with an endpoint `{}`", key.0, key.1);
            Error::from(BridgeError::NotFound(text))
        })?;
        let request = serde_json::from_slice(&request).map_err(Error::json("the request"))?;
        serde_json::to_vec(&handler(request)?).map_err(Error::json("the answer"))
    });
    platform.answer(calls::response_stream::Begin, |platform, (status, headers)| {
        let mut streamed = platform.state.streamed.borrow_mut();
        if streamed.is_some() {
            return Err(StreamError::Begun);
        }
        *streamed = Some(StreamedResponse { status, headers, pieces: Vec::new() });
        Ok(())
    });
    platform.answer(calls::response_stream::Write, |platform, (bytes,)| {
        let mut streamed = platform.state.streamed.borrow_mut();
        streamed.as_mut().ok_or(StreamError::NotBegun)?.pieces.push(bytes);
        Ok(())
    });
    platform.answer(calls::body_stream::Read, |platform, (most,)| {
        let mut body = platform.state.body.borrow_mut();
        let most = body.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        let piece: Vec<u8> = body.drain(..most).collect();
        Ok((!piece.is_empty()).then_some(piece))
    });
}

impl Platform {
    /// Adds an endpoint of another plugin, which answers the plugin's calls:
    ///
    /// ```
    /// # use serde_json::json;
    /// let platform = wasmoat::testing::Platform::new();
    /// platform.endpoint("translator", "/api/v1/translate", |question| {
    ///     Ok(json!({ "text": format!("{} ahoy", question["text"].as_str().unwrap_or_default()) }))
    /// });
    /// let answer: serde_json::Value =
    ///     wasmoat::bridge::call("translator", "/api/v1/translate", &json!({ "text": "ship" }))?;
    /// assert_eq!(answer["text"], "ship ahoy");
    /// assert_eq!(platform.bridge_calls()[0].request["text"], "ship");
    /// # Ok::<(), wasmoat::Error>(())
    /// ```
    pub fn endpoint(
        &self,
        plugin_id: &str,
        endpoint: &str,
        handler: impl Fn(Value) -> Result<Value> + 'static,
    ) -> &Self {
        let key = (plugin_id.to_owned(), endpoint.to_owned());
        self.state.endpoints.borrow_mut().insert(key, Rc::new(handler));
        self
    }

    /// The calls that the plugin made to others so far, in order.
    #[must_use]
    pub fn bridge_calls(&self) -> Vec<BridgeCall> {
        let calls = self.calls(calls::bridge::CallPlugin).into_iter();
        calls
            .map(|(plugin_id, endpoint, request, response_schema)| BridgeCall {
                plugin_id,
                endpoint,
                request: serde_json::from_slice(&request).unwrap_or_default(),
                response_schema,
            })
            .collect()
    }

    /// The answer that the plugin has sent as it made it, if it has; the next one begins anew.
    #[must_use]
    pub fn take_streamed(&self) -> Option<StreamedResponse> {
        self.state.streamed.borrow_mut().take()
    }

    /// Sets what the plugin reads as the body of its request.
    pub fn set_body(&self, body: impl Into<Vec<u8>>) -> &Self {
        *self.state.body.borrow_mut() = body.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{body_stream, bridge, response_stream};

    #[test]
    fn an_endpoint_that_the_test_did_not_add_is_not_found() {
        let _platform = Platform::new();
        let error = bridge::call::<_, Value>("nobody", "/x", &1).unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }

    #[test]
    fn pieces_of_an_answer_are_kept_in_order() {
        let platform = Platform::new();
        assert_eq!(response_stream::write(b"x"), Err(StreamError::NotBegun));
        response_stream::begin(200, &[]).unwrap();
        assert_eq!(response_stream::begin(200, &[]), Err(StreamError::Begun));
        response_stream::write(b"a").unwrap();
        response_stream::write(b"b").unwrap();
        let streamed = platform.take_streamed().unwrap();
        assert_eq!((streamed.status, streamed.text().as_str(), streamed.pieces.len()), (200, "ab", 2));
    }

    #[test]
    fn a_body_is_read_piece_by_piece() {
        let platform = Platform::new();
        platform.set_body("abc");
        assert_eq!(body_stream::read(2).unwrap().unwrap(), b"ab");
        assert_eq!(body_stream::read(2).unwrap().unwrap(), b"c");
        assert_eq!(body_stream::read(2).unwrap(), None);
    }

    #[test]
    fn an_answer_can_be_read_as_a_stream_and_a_request_written_as_one() {
        let platform = Platform::new();
        platform.endpoint("echo", "/x", Ok);
        let mut request = bridge::open("echo", "/x").unwrap();
        request.write(b"[1,").unwrap();
        request.write(b"2]").unwrap();
        let pieces: Vec<Vec<u8>> = request.finish().unwrap().collect::<Result<_>>().unwrap();
        assert_eq!(pieces.concat(), b"[1,2]");
    }
}
