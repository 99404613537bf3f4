//! Who cannot show that they are the host get nothing.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use wasmoat_runtime::Limits;

use crate::{
    outside::{Outside, read_head},
    world::{Names, World, in_time, network},
};

/// An authority of this test.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server for names, certified by an authority or by itself.
async fn server(names: &[&str], issuer: Option<&CertifiedIssuer<'static, KeyPair>>) -> Outside {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Outside::raw(move |stream| hello(acceptor.clone(), stream)).await
}

async fn hello(acceptor: TlsAcceptor, stream: TcpStream) {
    use tokio::io::AsyncWriteExt as _;
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    read_head(&mut stream).await;
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello").await;
    let _ = stream.shutdown().await;
}

async fn world(rules: &[&str], authority: &CertifiedIssuer<'static, KeyPair>) -> World {
    let names = Names::default();
    let network = network(&names).with_root(authority.der().to_vec());
    World::on(network, names, rules, Limits::default()).await
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    in_time(async {
        let authority = authority();
        let outside = server(&["api.example.org"], None).await;
        let port = outside.port();
        let world = world(&[&format!("private:api.example.org:{port}")], &authority).await;
        world.names.set("api.example.org", &[&["127.0.0.1"]]);
        world.get(&format!("https://api.example.org:{port}/")).await.must_fail("tls", "api.example.org");
    })
    .await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    in_time(async {
        let authority = authority();
        let outside = server(&["evil.example.org"], Some(&authority)).await;
        let port = outside.port();
        let rules = [format!("private:api.example.org:{port}"), format!("127.0.0.1:{port}")];
        let world = world(&[&rules[0], &rules[1]], &authority).await;
        world.names.set("api.example.org", &[&["127.0.0.1"]]);
        world.get(&format!("https://api.example.org:{port}/")).await.must_fail("tls", "api.example.org");
        world.get(&format!("https://127.0.0.1:{port}/")).await.must_fail("tls", "127.0.0.1");
    })
    .await;
}

#[tokio::test]
async fn a_certificate_for_the_name_is_accepted() {
    in_time(async {
        let authority = authority();
        let outside = server(&["api.example.org", "127.0.0.1"], Some(&authority)).await;
        let port = outside.port();
        let rules = [format!("private:api.example.org:{port}"), format!("127.0.0.1:{port}")];
        let world = world(&[&rules[0], &rules[1]], &authority).await;
        world.names.set("api.example.org", &[&["127.0.0.1"]]);
        for host in ["api.example.org", "127.0.0.1"] {
            assert_eq!(world.get(&format!("https://{host}:{port}/")).await.must_be(200).body, "hello");
        }
    })
    .await;
}

#[tokio::test]
async fn what_speaks_no_tls_is_no_https() {
    in_time(async {
        let authority = authority();
        let outside = Outside::new().await;
        let world = world(&[&outside.address.to_string()], &authority).await;
        world.get(&format!("https://{}/echo", outside.address)).await.must_fail("tls", "");
    })
    .await;
}
