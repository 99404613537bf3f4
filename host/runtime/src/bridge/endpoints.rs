//! The endpoints that a manifest declares, compiled: what a call is held against.

use std::{sync::Arc, time::Duration};

use matchit::Router;
use wasmoat_model::{BridgeEndpoint, CORE_CALLER, EVERY_PLUGIN, is_valid_plugin_id};

use super::schema::{Schema, SchemaError};

/// Most endpoints of a plugin.
pub const MAX_ENDPOINTS: usize = 256;

/// Most bytes of all compiled schemas of a plugin.
const MAX_SCHEMA_BYTES: usize = 64 << 20;

/// Most bytes of an endpoint.
pub(crate) const MAX_PATH_BYTES: usize = 1_024;

/// What is wrong with a declaration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Too many.
    #[error("wasmoat.bridge declares {0} endpoints, {MAX_ENDPOINTS} are allowed")]
    TooMany(usize),
    /// Too much in all.
    #[error("the schemas of wasmoat.bridge take {0} bytes, {MAX_SCHEMA_BYTES} are allowed; use fewer patterns")]
    TooLarge(usize),
    /// One of them.
    #[error("wasmoat.bridge, endpoint `{path}`: {reason}")]
    Endpoint {
        /// The endpoint.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// One endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) declared: BridgeEndpoint,
    /// The path as declared: the name in metrics and maps.
    pub(crate) name: Arc<str>,
    pub(crate) request: Option<Arc<Schema>>,
    pub(crate) response: Option<Arc<Schema>>,
}

impl Endpoint {
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.declared.timeout_ms.map(Duration::from_millis)
    }
}

/// The endpoints of a plugin.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    all: Vec<Endpoint>,
    by_path: Router<usize>,
}

impl Endpoints {
    /// Compiles what a manifest declares.
    pub(crate) fn new(declared: &[BridgeEndpoint]) -> Result<Self, EndpointError> {
        if declared.len() > MAX_ENDPOINTS {
            return Err(EndpointError::TooMany(declared.len()));
        }
        let mut this = Self::default();
        for endpoint in declared {
            this.add(endpoint).map_err(|reason| EndpointError::Endpoint { path: endpoint.path.clone(), reason })?;
        }
        let schemas = this.all.iter().flat_map(|endpoint| [&endpoint.request, &endpoint.response]).flatten();
        let weight = schemas.map(|schema| schema.weight).sum();
        if weight > MAX_SCHEMA_BYTES { Err(EndpointError::TooLarge(weight)) } else { Ok(this) }
    }

    fn add(&mut self, declared: &BridgeEndpoint) -> Result<(), String> {
        check_path(&declared.path)?;
        if declared.path.contains(['?', '*']) {
            return Err("its path must have no query and no `*`".to_owned());
        }
        if declared.description.trim().is_empty() {
            return Err("`description` must say what it does".to_owned());
        }
        if declared.callers.is_empty() {
            return Err(format!("`callers` names nobody; write ids of plugins, `{CORE_CALLER}`, or `{EVERY_PLUGIN}`"));
        }
        if let Some(caller) = declared.callers.iter().find(|caller| !is_caller(caller)) {
            return Err(format!("`callers` names `{caller}`, which is no id of a plugin"));
        }
        if declared.timeout_ms == Some(0) || declared.rate == Some(0) {
            return Err("`timeout_ms` and `rate` must be at least 1".to_owned());
        }
        let compile = |what: &str, schema: &Option<_>| {
            let compiled = schema.as_ref().map(|schema| Schema::new(schema).map(Arc::new)).transpose();
            compiled.map_err(|error: SchemaError| format!("schema of the {what}: {error}"))
        };
        let endpoint = Endpoint {
            name: declared.path.as_str().into(),
            request: compile("request", &declared.request)?,
            response: compile("response", &declared.response)?,
            declared: declared.clone(),
        };
        self.by_path.insert(declared.path.clone(), self.all.len()).map_err(|error| error.to_string())?;
        self.all.push(endpoint);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Endpoint> {
        self.all.iter()
    }

    pub(crate) fn at(&self, index: usize) -> Option<&Endpoint> {
        self.all.get(index)
    }

    /// The endpoint of a path, and its place in the list.
    pub(crate) fn find(&self, path: &str) -> Option<(usize, &Endpoint)> {
        let index = *self.by_path.at(path).ok()?.value;
        Some((index, self.all.get(index)?))
    }
}

fn is_caller(caller: &str) -> bool {
    caller == EVERY_PLUGIN || caller == CORE_CALLER || is_valid_plugin_id(caller)
}

/// What every endpoint must be, declared or not.
pub(crate) fn check_path(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err("it must begin with a slash".to_owned());
    }
    if path.len() > MAX_PATH_BYTES {
        return Err(format!("it has {} bytes, {MAX_PATH_BYTES} are allowed", path.len()));
    }
    // What would end a line, or mean something else to whoever reads it.
    if path.chars().any(|letter| letter.is_control() || letter.is_whitespace() || letter == '#') {
        return Err("it must have no spaces, control characters or `#`".to_owned());
    }
    Ok(())
}

/// Checks the endpoints that a manifest declares.
///
/// # Errors
///
/// Which endpoint is wrong, and what about it.
pub fn check_endpoints(declared: &[BridgeEndpoint]) -> Result<(), EndpointError> {
    Endpoints::new(declared).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn endpoint(json: &Value) -> BridgeEndpoint {
        let mut whole = json!({"path": "/v1/x", "description": "Does x.", "callers": ["*"]});
        whole.as_object_mut().unwrap().extend(json.as_object().cloned().unwrap());
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn versions_live_side_by_side_and_parts_may_vary() {
        let endpoints = Endpoints::new(&[
            endpoint(&json!({"path": "/v1/polls/{id}"})),
            endpoint(&json!({"path": "/v2/polls/{id}"})),
        ])
        .unwrap();
        assert_eq!(endpoints.find("/v1/polls/abc").unwrap().0, 0);
        assert_eq!(&*endpoints.find("/v2/polls/abc").unwrap().1.name, "/v2/polls/{id}");
        for other in ["/v1/polls", "/v1/polls/", "/v1/polls/a/b", "/V1/polls/a", "//v1/polls/a", "/v3/polls/a"] {
            assert!(endpoints.find(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_bad_declaration_says_which_endpoint_and_what_is_wrong() {
        for (bad, text) in [
            (json!({"path": "v1/x"}), "begin with a slash"),
            (json!({"path": "/a b"}), "no spaces"),
            (json!({"path": "/{*rest}"}), "no `*`"),
            (json!({"path": "/x?y"}), "no query"),
            (json!({"description": " "}), "`description`"),
            (json!({"callers": []}), "names nobody"),
            (json!({"callers": ["a b"]}), "`a b`"),
            (json!({"rate": 0}), "at least 1"),
            (json!({"request": {"type": "strin"}}), "schema of the request"),
            (json!({"response": {"$ref": "https://example.org"}}), "schema of the response"),
        ] {
            let error = check_endpoints(&[endpoint(&bad)]).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("endpoint `"), "{error}");
        }
        let twice = [endpoint(&json!({})), endpoint(&json!({}))];
        assert!(check_endpoints(&twice).is_err());
        let many = vec![endpoint(&json!({})); MAX_ENDPOINTS + 1];
        assert_eq!(check_endpoints(&many).unwrap_err(), EndpointError::TooMany(MAX_ENDPOINTS + 1));
    }
}
