//! From method and path to a handler.

use std::{borrow::Cow, fmt};

use super::{Request, Response, request::decode};
use crate::{
    Error, Result,
    types::{HttpRequest, HttpResponse, PluginContext},
};

type Handler<'h> = Box<dyn Fn(&Request<'_>) -> Result<Response> + 'h>;

/// A small router for `serve_http`.
///
/// A pattern is a path in which `{name}` stands for one part that is not empty. The first route
/// that fits is taken. A path that no route knows is answered 404, a path with routes for other
/// methods 405; an error of a handler as [`Response::error`] says. `HEAD` is answered by the route for `GET`.
#[derive(Default)]
pub struct Router<'h> {
    routes: Vec<Route<'h>>,
}

struct Route<'h> {
    method: &'static str,
    pattern: &'static str,
    handler: Handler<'h>,
}

impl<'h> Router<'h> {
    /// Knows no path yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route.
    #[must_use]
    pub fn route(
        mut self,
        method: &'static str,
        pattern: &'static str,
        handler: impl Fn(&Request<'_>) -> Result<Response> + 'h,
    ) -> Self {
        self.routes.push(Route { method, pattern, handler: Box::new(handler) });
        self
    }

    /// Adds a route for `GET`.
    #[must_use]
    pub fn get(self, pattern: &'static str, handler: impl Fn(&Request<'_>) -> Result<Response> + 'h) -> Self {
        self.route("GET", pattern, handler)
    }

    /// Adds a route for `POST`.
    #[must_use]
    pub fn post(self, pattern: &'static str, handler: impl Fn(&Request<'_>) -> Result<Response> + 'h) -> Self {
        self.route("POST", pattern, handler)
    }

    /// Adds a route for `PUT`.
    #[must_use]
    pub fn put(self, pattern: &'static str, handler: impl Fn(&Request<'_>) -> Result<Response> + 'h) -> Self {
        self.route("PUT", pattern, handler)
    }

    /// Adds a route for `DELETE`.
    #[must_use]
    pub fn delete(self, pattern: &'static str, handler: impl Fn(&Request<'_>) -> Result<Response> + 'h) -> Self {
        self.route("DELETE", pattern, handler)
    }

    /// Answers a request whose context does not matter.
    #[must_use]
    pub fn serve(&self, request: &HttpRequest) -> HttpResponse {
        self.serve_with(&PluginContext::default(), request)
    }

    /// Answers a request.
    #[must_use]
    pub fn serve_with(&self, context: &PluginContext, request: &HttpRequest) -> HttpResponse {
        let response = self.answer(&Request::new(request, context)).unwrap_or_else(|error| Response::error(&error));
        let response = HttpResponse::from(response);
        if request.method == "HEAD" {
            return HttpResponse { body: Vec::new(), ..response };
        }
        response
    }

    fn answer(&self, request: &Request<'_>) -> Result<Response> {
        let method = match request.raw().method.as_str() {
            "HEAD" => "GET",
            method => method,
        };
        let mut allowed = Vec::new();
        for route in &self.routes {
            let Some(params) = captures(route.pattern, request.path()) else {
                continue;
            };
            if route.method == method {
                return (route.handler)(&request.with_params(params));
            }
            allowed.push(route.method);
        }
        if allowed.is_empty() {
            return Err(Error::new(404, "plugin.http.not_found", "There is nothing here."));
        }
        let error = Error::new(405, "plugin.http.method_not_allowed", "Not with this method.");
        Ok(Response::error(&error).header("Allow", allowed.join(", ")))
    }
}

/// The parts of a path that a pattern names; none where the path is another.
fn captures<'a>(pattern: &'static str, path: &'a str) -> Option<Vec<(&'a str, Cow<'a, str>)>> {
    let mut found = Vec::new();
    let mut parts = path.trim_matches('/').split('/');
    for expected in pattern.trim_matches('/').split('/') {
        let part = parts.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if part.is_empty() => return None,
            Some(name) => found.push((name, decode(part, false))),
            None if part != expected => return None,
            None => {}
        }
    }
    parts.next().is_none().then_some(found)
}

impl fmt::Debug for Router<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(|route| (route.method, route.pattern))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router() -> Router<'static> {
        Router::new()
            .get("/", |_| Ok(Response::text("root")))
            .get("/polls/{id}", |request| Ok(Response::text(request.param("id"))))
            .post("/polls/{id}/vote/{n}", |request| {
                Ok(Response::text(format!("{} {}", request.param("id"), request.param("n"))))
            })
            .delete("/polls/{id}", |_| Err(Error::new(403, "x", "Not yours.")))
    }

    fn ask(method: &str, url: &str) -> (u16, String) {
        let request = HttpRequest { method: method.into(), url: url.into(), ..HttpRequest::default() };
        let response = router().serve(&request);
        (response.status, String::from_utf8(response.body).unwrap())
    }

    #[test]
    fn a_route_is_found_by_method_and_path() {
        assert_eq!(ask("GET", "/"), (200, "root".into()));
        assert_eq!(ask("GET", ""), (200, "root".into()));
        assert_eq!(ask("GET", "/polls/a%20b?x=1"), (200, "a b".into()));
        assert_eq!(ask("POST", "/polls/abc/vote/2"), (200, "abc 2".into()));
    }

    #[test]
    fn head_has_no_body() {
        assert_eq!(ask("HEAD", "/"), (200, String::new()));
    }

    #[test]
    fn an_unknown_path_is_404() {
        for url in ["/poll", "/polls", "/polls/", "/polls/a/b", "/polls/a/vote/"] {
            assert_eq!(ask("GET", url).0, 404, "{url}");
        }
    }

    #[test]
    fn another_method_is_405_and_says_which_there_are() {
        let request = HttpRequest { method: "PUT".into(), url: "/polls/a".into(), ..HttpRequest::default() };
        let response = router().serve(&request);
        assert_eq!(response.status, 405);
        assert!(response.headers.iter().any(|h| h.name == "Allow" && h.value == "GET, DELETE"));
    }

    #[test]
    fn a_handlers_error_is_answered() {
        assert_eq!(ask("DELETE", "/polls/a").0, 403);
    }
}
