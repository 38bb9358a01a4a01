//! The HTTP client of all tests: requests as browsers and programs send them, one type of response, and two ways to a
//! server: a TCP connection ([`TcpTransport`]), or axum's router in this process ([`RouterTransport`]).
//!
//! It follows no redirect: a test compares the `Location` first. It keeps no cookies: a test names the person who asks.

mod client;
mod event;
mod exchange;
mod request;
mod response;
mod router;
mod tcp;

pub use client::{HttpClient, Transport};
pub use event::ServerEvent;
pub use exchange::{exchange, exchange_async};
pub use request::{FormFile, TestRequest};
pub use response::{ResponseParser, TestResponse};
pub use router::{RouterStream, RouterTransport};
pub use tcp::{TcpResponseStream, TcpTransport};
