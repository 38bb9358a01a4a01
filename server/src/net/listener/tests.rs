//! Limits of connections, TLS, and its certificate.
#![expect(clippy::disallowed_methods, reason = "a test dials servers that it started")]

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use axum::{Extension, Router, routing};
use tempfile::TempDir;
use testbed::http::{TestRequest, exchange_async};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};

use super::*;
use crate::config::{Access, Tls};
use crate::net::limits::ConnectionLimits;
use crate::net::{SpareConnection, TlsSetup};

/// A time of 2026 in Unix seconds, at which the certificates of these tests are valid.
const NOW: i64 = 1_780_000_000;

/// A server with a separate certificate.
struct Served {
    address: SocketAddr,
    folder: TempDir,
    _stopping: tokio_util::sync::DropGuard,
}

fn access() -> Access {
    Access { tls: Tls::SelfMade, ..Access::default() }
}

async fn serve(limits: ConnectionLimits) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let now = i64::try_from(service::clock::now()).unwrap();
    let tls = TlsSetup::of(&access(), folder.path(), now).unwrap().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, listener.local_addr().unwrap().port()));
    let stopping = CancellationToken::new();
    tokio::spawn(
        HttpServer::new(site(), Some(tls.acceptor), limits, Networks::default()).serve(listener, stopping.clone()),
    );
    Served { address, folder, _stopping: stopping.drop_guard() }
}

async fn connect(to: SocketAddr, from: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    socket.connect(to).await.unwrap()
}

fn roots(folder: &Path) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join("tls.pem")).unwrap()).unwrap();
    roots
}

async fn handshake(
    served: &Served,
    stream: TcpStream,
    version: &'static SupportedProtocolVersion,
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let configuration = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots(served.folder.path()))
        .with_no_client_auth();
    TlsConnector::from(Arc::new(configuration)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// Whether the other end closes without sending anything.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    matches!(timeout(Duration::from_secs(30), stream.read(&mut byte)).await.unwrap(), Ok(0) | Err(_))
}

#[tokio::test]
async fn silent_handshakes_delay_no_other_and_end() {
    let limits = ConnectionLimits { handshakes: 3, handshake: Duration::from_secs(2), ..ConnectionLimits::default() };
    let served = serve(limits).await;
    let mut silent = Vec::new();
    for _ in 0..3 {
        silent.push(connect(served.address, [127, 0, 0, 7]).await);
    }
    // A further connection of the same address is closed at once, and its others may continue; another address is served.
    let mut one_more = connect(served.address, [127, 0, 0, 7]).await;
    assert!(is_closed(&mut one_more).await);
    let stream = connect(served.address, [127, 0, 0, 8]).await;
    let mut quick =
        timeout(Duration::from_secs(30), handshake(&served, stream, &version::TLS13)).await.unwrap().unwrap();
    assert_eq!(get(&mut quick, "/").await, "hello");
    for stream in &mut silent {
        assert!(is_closed(stream).await);
    }
    // Their places are free again.
    let stream = connect(served.address, [127, 0, 0, 7]).await;
    assert!(handshake(&served, stream, &version::TLS12).await.is_ok());
}

#[tokio::test]
async fn a_connection_on_which_nothing_passes_ends() {
    let served = serve(ConnectionLimits { idle: Duration::from_millis(300), ..ConnectionLimits::default() }).await;
    let mut stream = handshake(&served, connect(served.address, [127, 0, 0, 1]).await, &version::TLS13).await.unwrap();
    stream.write_all(b"GET / HT").await.unwrap();
    let mut rest = Vec::new();
    // The server ends the stream, before the timeout of the test.
    let _ = timeout(Duration::from_secs(30), stream.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty());
}

/// The served site: a page, and the path of the health check.
fn site() -> Router {
    let is_spare =
        |spare: Option<Extension<SpareConnection>>| async move { if spare.is_some() { "spare" } else { "hello" } };
    Router::new().route("/", routing::get(is_spare)).route("/healthz", routing::get(is_spare))
}

/// A server without TLS.
async fn serve_plain(limits: ConnectionLimits, trusted_proxies: Networks) -> (SocketAddr, tokio_util::sync::DropGuard) {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, listener.local_addr().unwrap().port()));
    let stopping = CancellationToken::new();
    tokio::spawn(HttpServer::new(site(), None, limits, trusted_proxies).serve(listener, stopping.clone()));
    (address, stopping.drop_guard())
}

/// The page at `path`, requested over this connection.
async fn get(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), path: &str) -> String {
    let request = TestRequest::get(path).header("host", "localhost");
    timeout(Duration::from_secs(30), exchange_async(stream, &request)).await.unwrap().unwrap().text()
}

/// The page at `path`, requested over a separate connection.
async fn get_from(to: SocketAddr, from: [u8; 4], path: &str) -> String {
    get(&mut connect(to, from).await, path).await
}

/// The attack: many connections of one address, each with a header that never ends and a byte from time to time.
#[tokio::test]
async fn one_address_with_endless_headers_locks_no_one_out_and_is_closed() {
    let headers = Duration::from_secs(2);
    let limits = ConnectionLimits { connections: 100, per_address: 10, headers, ..ConnectionLimits::default() };
    let (address, _stopping) = serve_plain(limits, Networks::default()).await;
    let mut slow = Vec::new();
    for _ in 0..40 {
        let mut stream = connect(address, [127, 0, 0, 7]).await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-a: ").await.unwrap();
        slow.push(stream);
    }
    assert_eq!(get_from(address, [127, 0, 0, 8], "/").await, "hello", "another address has separate connections");
    assert_eq!(get_from(address, [127, 0, 0, 7], "/healthz").await, "spare", "the same address gets health too");
    let start = tokio::time::Instant::now();
    for stream in &mut slow {
        let ended = async {
            let mut byte = [0];
            loop {
                tokio::select! {
                    read = stream.read(&mut byte) => if matches!(read, Ok(0) | Err(_)) { return },
                    () = tokio::time::sleep(Duration::from_millis(100)) => {}
                }
                // Each byte resets the idle timeout, but not the timeout of headers.
                if stream.write_all(b"a").await.is_err() {
                    return;
                }
            }
        };
        timeout(Duration::from_secs(20), ended).await.expect("a header has an end");
    }
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(get_from(address, [127, 0, 0, 7], "/").await, "hello", "its places are free again");
}

#[tokio::test]
async fn a_trusted_proxy_has_no_limit_of_its_own() {
    let limits = ConnectionLimits { connections: 30, per_address: 5, ..ConnectionLimits::default() };
    let (address, _stopping) = serve_plain(limits, Networks(vec!["127.0.0.9/32".parse().unwrap()])).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(connect(address, [127, 0, 0, 9]).await);
    }
    assert_eq!(get_from(address, [127, 0, 0, 9], "/").await, "hello");
}

#[tokio::test]
async fn health_is_answered_where_all_connections_are_taken() {
    let served = serve(ConnectionLimits { connections: 2, spare: 2, ..ConnectionLimits::default() }).await;
    let mut held = Vec::new();
    for from in [1, 2, 3, 4, 5, 6] {
        held.push(connect(served.address, [127, 0, 1, from]).await);
    }
    let stream = connect(served.address, [127, 0, 2, 1]).await;
    let mut stream =
        timeout(Duration::from_secs(30), handshake(&served, stream, &version::TLS13)).await.unwrap().unwrap();
    // Although the client keeps the connection open, the server closes it.
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    let _ = timeout(Duration::from_secs(30), stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.ends_with("spare"), "one response, then the place is free: {answer}");
    // Silent connections in spare places were closed.
    assert!(is_closed(&mut held[2]).await);
    drop(held);
}

#[tokio::test]
async fn tls_is_of_version_1_2_or_1_3() {
    let served = serve(ConnectionLimits::default()).await;
    for (version, name) in [(&version::TLS12, ProtocolVersion::TLSv1_2), (&version::TLS13, ProtocolVersion::TLSv1_3)] {
        let stream = handshake(&served, connect(served.address, [127, 0, 0, 1]).await, version).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(name));
    }
    for minor in [1, 2] {
        // A ClientHello of TLS 1.0 or 1.1 (RFC 4346) with two suites of that time.
        let body = [&[3, minor][..], &[7; 32], &[0], &[0, 4, 0xc0, 0x13, 0, 0x2f], &[1, 0]].concat();
        let length = u8::try_from(body.len()).unwrap();
        let hello = [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat();
        let mut stream = connect(served.address, [127, 0, 0, 1]).await;
        stream.write_all(&hello).await.unwrap();
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!((answer[0], answer[5]), (21, 2), "a fatal alert to TLS 1.{}: {answer:?}", minor - 1);
    }
}

#[tokio::test]
async fn a_client_that_speaks_http_to_the_port_of_tls_gets_a_hint() {
    let served = serve(ConnectionLimits::default()).await;
    let mut stream = connect(served.address, [127, 0, 0, 1]).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("https://"), "{answer}");
}

#[test]
fn a_self_made_certificate_stays_until_it_must_change() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let fingerprint = |access: &Access, now| TlsSetup::of(access, folder.path(), now).unwrap().unwrap().fingerprint;
    let first = fingerprint(&access(), NOW);
    assert_eq!(first.len(), 95);
    assert_eq!(fingerprint(&access(), NOW + 86_400), first);
    for file in ["tls.pem", "tls.key"] {
        let mode = std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let named = Access { allowed_hosts: vec!["wizard.internal".to_owned()], ..access() };
    let second = fingerprint(&named, NOW);
    assert_ne!(second, first);
    assert_eq!(fingerprint(&access(), NOW), second, "a name too many does not matter");
    let year = 365 * 86_400;
    assert_ne!(fingerprint(&access(), NOW + year + 10 * 86_400), second);
}

#[test]
fn a_file_that_is_no_certificate_or_key_is_named() {
    let folder = tempfile::tempdir().unwrap();
    TlsSetup::of(&access(), folder.path(), NOW).unwrap();
    let other = tempfile::tempdir().unwrap();
    TlsSetup::of(&access(), other.path(), NOW).unwrap();
    let (certificate, key) = (folder.path().join("tls.pem"), folder.path().join("tls.key"));
    let problem = |certificate: &Path, key: &Path| {
        let given = Tls::Given { certificate: certificate.to_owned(), key: key.to_owned() };
        TlsSetup::of(&Access { tls: given, ..Access::default() }, folder.path(), NOW)
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(problem(&certificate, &key), None);
    for (certificate, key, part) in [
        (&folder.path().join("none"), &key, "cannot be read"),
        (&key, &key, "no certificate"),
        (&certificate, &certificate, "private key"),
        (&certificate, &other.path().join("tls.key"), "cannot be used"),
    ] {
        let problem = problem(certificate, key).unwrap();
        assert!(problem.contains(part) && !problem.contains("BEGIN"), "{part}: {problem}");
    }
}
