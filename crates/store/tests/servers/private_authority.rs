//! Databases whose certificate a private CA has signed: accepted with the certificate of the CA, and refused without.

use std::fs;
use std::path::Path;

use store::{SqlServerProblem, Store as _};
use testbed::TestAuthority;

use crate::{Server, all, create, id, open, refused};

/// The certificate of a new CA, and a certificate of a server with its key, as files.
fn files(folder: &Path, name: &str) -> [String; 3] {
    let authority = TestAuthority::new();
    let server = authority.issue(&[name], |_| {});
    [("ca.pem", authority.pem()), ("server.pem", &server.certificate), ("key.pem", &server.key)].map(|(file, text)| {
        let path = folder.join(file);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    })
}

/// MariaDB and MySQL with that certificate. PostgreSQL requires that it owns the key's file, and sqlx verifies it with the
/// same library.
fn servers(authority: &str, certificate: &str, key: &str) -> impl Iterator<Item = Server> {
    let options = [format!("--ssl-ca={authority}"), format!("--ssl-cert={certificate}"), format!("--ssl-key={key}")];
    let options = options.each_ref().map(String::as_str);
    all([testbed::mariadb_with(&options), testbed::mysql_with(&options)], testbed::postgres())
        .filter(|server| matches!(server, Server::MySql(_)))
}

#[tokio::test]
async fn a_private_authority_is_taken_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let [authority, certificate, key] = files(folder.path(), "127.0.0.1");
    let other = tempfile::tempdir().unwrap();
    let [of_another, ..] = files(other.path(), "127.0.0.1");
    for server in servers(&authority, &certificate, &key) {
        let name = server.world("private_authority");
        let url = |parameters: &str| format!("{}?{parameters}", server.url(&name));
        let store = open(&url(&format!("sslmode=verify-full&sslrootcert={authority}"))).await.unwrap();
        create(&store).await;
        assert!(store.load(id()).await.unwrap().is_some());
        for parameters in ["sslmode=verify-full".to_owned(), format!("sslmode=verify-full&sslrootcert={of_another}")] {
            let found = refused(&url(&parameters)).await;
            assert!(matches!(found, SqlServerProblem::Tls(_)), "{parameters}: {found:?}");
        }
    }
}

#[tokio::test]
async fn the_name_in_the_certificate_is_verified_where_required() {
    let folder = tempfile::tempdir().unwrap();
    let [authority, certificate, key] = files(folder.path(), "another.example.com");
    for server in servers(&authority, &certificate, &key) {
        let name = server.world("another_name");
        let url = |mode: &str| format!("{}?sslmode={mode}&sslrootcert={authority}", server.url(&name));
        create(&open(&url("verify-ca")).await.unwrap()).await;
        let found = refused(&url("verify-full")).await;
        assert!(matches!(found, SqlServerProblem::Tls(_)), "{found:?}");
    }
}
