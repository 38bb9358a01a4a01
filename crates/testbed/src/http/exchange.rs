//! One request and its response over a connection that the test has opened: also over TLS, and from a chosen address.

use std::io::{self, Read, Write};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::request::TestRequest;
use super::response::{ResponseParser, TestResponse};

const BUFFER_BYTES: usize = 16 * 1024;

/// Sends the request and reads its response.
///
/// # Errors
/// When the connection breaks, or the server closes it before the response is complete (`UnexpectedEof`).
pub fn exchange(mut stream: impl Read + Write, request: &TestRequest) -> io::Result<TestResponse> {
    stream.write_all(&request.to_bytes())?;
    let mut parser = ResponseParser::default();
    let mut buffer = [0; BUFFER_BYTES];
    loop {
        let count = stream.read(&mut buffer)?;
        if let Some(response) = take(&mut parser, &buffer[..count])? {
            return Ok(response);
        }
    }
}

/// [`exchange`] for a connection of tokio.
///
/// # Errors
/// As [`exchange`].
pub async fn exchange_async(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &TestRequest,
) -> io::Result<TestResponse> {
    stream.write_all(&request.to_bytes()).await?;
    stream.flush().await?;
    let mut parser = ResponseParser::default();
    let mut buffer = [0; BUFFER_BYTES];
    loop {
        let count = stream.read(&mut buffer).await?;
        if let Some(response) = take(&mut parser, &buffer[..count])? {
            return Ok(response);
        }
    }
}

/// Hands what was read to the parser; no bytes are the end of the connection.
fn take(parser: &mut ResponseParser, bytes: &[u8]) -> io::Result<Option<TestResponse>> {
    if bytes.is_empty() {
        return parser.closed().map(Some).ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
    }
    parser.push(bytes);
    Ok(parser.complete())
}
