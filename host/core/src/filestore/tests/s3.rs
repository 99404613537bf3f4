//! A server that speaks as much S3 as the file store does, in memory.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

#[derive(Clone, Default)]
pub(super) struct Bucket {
    name: String,
    key_id: String,
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    uploads: Arc<Mutex<HashMap<String, BTreeMap<usize, Bytes>>>>,
}

pub(super) struct Server {
    pub address: String,
    bucket: Bucket,
}

impl Server {
    pub async fn start(name: &str, key_id: &str) -> Self {
        let bucket = Bucket { name: name.into(), key_id: key_id.into(), ..Bucket::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let app = Router::new().fallback(answer).with_state(bucket.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, bucket }
    }

    pub fn keys(&self) -> Vec<String> {
        self.bucket.objects.lock().unwrap().keys().cloned().collect()
    }
}

fn xml(status: u16, text: String) -> Response {
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

fn error(status: u16, code: &str) -> Response {
    xml(status, format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>"))
}

async fn answer(State(bucket): State<Bucket>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let url = reqwest::Url::parse(&format!("http://s3{}", parts.uri)).unwrap();
    let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
    let path = parts.uri.path().trim_start_matches('/').to_owned();
    let path: String = url::decode(&path);
    let signature = parts.headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap()).unwrap_or_default();
    let scope = format!("AWS4-HMAC-SHA256 Credential={}/", bucket.key_id);
    if !signature.starts_with(&scope) || !signature.contains("/eu-central-1/s3/aws4_request") {
        return error(403, "InvalidAccessKeyId");
    }
    let (name, key) = path.split_once('/').unwrap_or((&path, ""));
    if name != bucket.name {
        return error(404, "NoSuchBucket");
    }
    let body = to_bytes(body, usize::MAX).await.unwrap();
    match (parts.method, query.get("uploadId")) {
        (Method::GET, None) if key.is_empty() => bucket.list(&query["prefix"]),
        (Method::GET, None) => bucket.get(key, &parts.headers, true),
        (Method::HEAD, None) => bucket.get(key, &parts.headers, false),
        (Method::PUT, None) => bucket.put(key, body),
        (Method::DELETE, None) => bucket.delete(key),
        (Method::POST, None) if query.contains_key("uploads") => bucket.begin(key),
        (Method::PUT, Some(id)) => bucket.part(id, query["partNumber"].parse().unwrap(), body),
        (Method::POST, Some(id)) => bucket.complete(key, id),
        (Method::DELETE, Some(id)) => bucket.abort(id),
        _ => error(405, "MethodNotAllowed"),
    }
}

impl Bucket {
    fn put(&self, key: &str, body: Bytes) -> Response {
        self.objects.lock().unwrap().insert(key.into(), body);
        (StatusCode::OK, [(header::ETAG, "\"tag\"")]).into_response()
    }

    fn get(&self, key: &str, headers: &HeaderMap, content: bool) -> Response {
        let Some(data) = self.objects.lock().unwrap().get(key).cloned() else { return error(404, "NoSuchKey") };
        let now = httpdate();
        let common = [(header::ETAG, "\"tag\"".to_owned()), (header::LAST_MODIFIED, now)];
        let Some(range) = headers.get(header::RANGE).map(|range| range.to_str().unwrap().to_owned()) else {
            let length = [(header::CONTENT_LENGTH, data.len().to_string())];
            return (common, length, if content { data } else { Bytes::new() }).into_response();
        };
        let (first, last) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        let last = last.min(data.len() - 1);
        let range = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", data.len()))];
        (StatusCode::PARTIAL_CONTENT, common, range, data.slice(first..=last)).into_response()
    }

    fn delete(&self, key: &str) -> Response {
        self.objects.lock().unwrap().remove(key);
        StatusCode::NO_CONTENT.into_response()
    }

    fn list(&self, prefix: &str) -> Response {
        let objects = self.objects.lock().unwrap();
        let entry = |(key, data): (&String, &Bytes)| {
            let key = key.replace('&', "&amp;");
            let size = data.len();
            format!(
                "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>2026-11-21T00:00:00.000Z</LastModified><ETag>t</ETag></Contents>"
            )
        };
        let found: String = objects.iter().filter(|(key, _)| key.starts_with(prefix)).map(entry).collect();
        xml(200, format!("<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"))
    }

    fn begin(&self, key: &str) -> Response {
        let id = wasmoat_model::new_id();
        self.uploads.lock().unwrap().insert(id.clone(), BTreeMap::new());
        let name = &self.name;
        xml(
            200,
            format!(
                "<InitiateMultipartUploadResult><Bucket>{name}</Bucket><Key>{key}</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            ),
        )
    }

    fn part(&self, id: &str, number: usize, body: Bytes) -> Response {
        self.uploads.lock().unwrap().get_mut(id).unwrap().insert(number, body);
        (StatusCode::OK, [(header::ETAG, format!("\"{number}\""))]).into_response()
    }

    fn complete(&self, key: &str, id: &str) -> Response {
        let parts = self.uploads.lock().unwrap().remove(id).unwrap();
        let small = parts.values().rev().skip(1).any(|part| part.len() < 5 << 20);
        if small {
            return error(400, "EntityTooSmall");
        }
        self.put(key, parts.into_values().collect::<Vec<_>>().concat().into());
        xml(200, "<CompleteMultipartUploadResult><ETag>t</ETag></CompleteMultipartUploadResult>".into())
    }

    fn abort(&self, id: &str) -> Response {
        self.uploads.lock().unwrap().remove(id);
        StatusCode::NO_CONTENT.into_response()
    }
}

/// `Sat, 21 Nov 2026 00:00:00 GMT`, now.
fn httpdate() -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&jiff::Timestamp::now()).unwrap()
}

mod url {
    /// Takes `%20` and the like out of a path.
    pub fn decode(path: &str) -> String {
        let mut bytes = Vec::new();
        let mut rest = path.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let hex = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).unwrap()
    }
}
