//! `clusterwright serve`: opens the data folder, binds the port, and prints the address of the server.

use domain::error_text::error_chain;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::open_store;
use crate::cli::output::{CliError, print, print_credential, print_error};
use crate::cli::stop_signal::stop_signal;
use crate::config::{Configuration, Flags, default_data_dir};
use crate::http::background::run_maintenance;
use crate::http::router::router;
use crate::http::security::login_state::LoginState;
use crate::http::security::metrics_token::MetricsToken;
use crate::http::security::request_context::AllowedHosts;
use crate::http::state::AppState;
use crate::net::TlsSetup;
use crate::net::limits::ConnectionLimits;
use crate::net::listener::HttpServer;
use service::access::access_token::{AccessToken, AccessTokenError};
use service::migrations::{stored_keys, unsealed_records};
use service::plans::Plans;

/// How long open requests may take to end after a stop signal.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// Serves until a stop signal arrives.
pub(crate) async fn run(flags: &Flags) -> Result<(), CliError> {
    start_logging();
    let configuration = Configuration::read(flags, default_data_dir())
        .map_err(|problems| CliError::Unreadable(problems.to_string()))?;
    for warning in &configuration.warnings {
        print_error(warning);
    }
    app::urls::set_prefix(&configuration.prefix);
    let plans = open_store::open_plans(&configuration).await?;
    let listener = TcpListener::bind(configuration.address())
        .await
        .map_err(|error| CliError::Failed(address_advice(configuration.address(), &error)))?;
    let local = listener.local_addr().unwrap_or(configuration.address());
    let tls = TlsSetup::of(&configuration.access, &configuration.data_dir, now())
        .map_err(|error| CliError::Failed(format!("{error}. Correct tls_certificate and tls_key, or omit both.")))?;
    tracing::info!(store = plans.store().describe(), address = %local, tls = tls.is_some(), "serving");
    match unsealed_records::seal_once(&plans, &configuration.data_dir).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "sealed share links and the access token of an earlier version"),
        Err(error) => print_error(&format!(
            "Share links of an earlier version were not sealed and do not work: {}. Restart the server to try again.",
            error_chain(&error)
        )),
    }
    match stored_keys::remove_keys_once(&plans).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "removed private keys that an earlier version stored"),
        Err(error) => print_error(&format!(
            "Private keys that an earlier version may have stored were not removed: {}. Restart the server to try again.",
            error_chain(&error)
        )),
    }
    let login = login(&configuration, &plans).await?;
    let stopping = CancellationToken::new();
    let site = AppState::new(plans.clone(), stopping.clone())
        .dialling(configuration.dial_allow.clone())
        .with_login(login)
        .with_metrics_token(configuration.access.metrics_token.as_ref().map(MetricsToken::of));
    let watching = tokio::spawn(run_maintenance(site.clone()));
    let site = router(site, AllowedHosts::of(&configuration.access));
    if !assets::built() {
        print_error(
            "This build does not include the style sheet and scripts; pages work without them. To build them, run `cargo xtask serve`.",
        );
    }
    let (signal, token) = (stop_signal(), stopping.clone());
    tokio::spawn(async move {
        signal.await;
        token.cancel();
    });
    let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
    let trusted_proxies = configuration.access.trusted_proxies.clone();
    let serving =
        HttpServer::new(site, acceptor, ConnectionLimits::default(), trusted_proxies).serve(listener, stopping.clone());
    if let Some(tls) = tls.as_ref().filter(|tls| tls.is_self_made) {
        print(&format!(
            "Browsers do not trust the self-signed certificate of this server. Compare this SHA-256 fingerprint in the browser: {}",
            tls.fingerprint
        ));
    }
    // The port listens: connections made from now on are answered.
    print(&format!("Clusterwright is ready at {}", shown(&configuration, local, tls.is_some())));
    let late = async {
        stopping.cancelled().await;
        tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
    };
    tokio::select! {
        () = serving => {}
        () = late => {}
    }
    // The task ends without being aborted, so the store is not closed while the task uses it.
    let _ = watching.await;
    plans.store().close().await;
    Ok(())
}

fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CLUSTERWRIGHT_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    // A file or a journal shows the sequences of a terminal's colours as they are.
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_terminal);
    // A second start within one process, as tests do, keeps the first.
    let _ = log.try_init();
}

/// How the owner signs in; `None` where no login is needed. Prints an access token that is created now, which is not shown again.
async fn login(configuration: &Configuration, plans: &Plans) -> Result<Option<LoginState>, CliError> {
    if !configuration.access.needs_login() {
        return Ok(None);
    }
    let token = AccessToken::new(Arc::clone(plans.store()), plans.vault().clone(), configuration.access.token.as_ref());
    match token.first().await {
        Ok(Some(first)) => print_credential("Access token, shown only once: ", &first),
        Ok(None) => {}
        Err(AccessTokenError::Foreign) => print_error(
            "The access token in the database is sealed with another vault key, so no one can sign in. Give this server the \
             vault key of the others, or create a new token with `clusterwright token new`.",
        ),
        Err(error) => return Err(CliError::Failed(error_chain(&error))),
    }
    Ok(Some(LoginState::with(token)))
}

/// The address to open: on this machine where it listens on all of it.
fn shown(configuration: &Configuration, local: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    let prefix = &configuration.prefix;
    let slash = if prefix.is_empty() { "" } else { "/" };
    let ip = local.ip();
    // Browsers look for localhost at these two alone.
    if ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST || ip.is_unspecified() {
        return format!("{scheme}://localhost:{}{prefix}{slash}", local.port());
    }
    format!("{scheme}://{local}{prefix}{slash}")
}

fn now() -> i64 {
    i64::try_from(service::clock::now()).unwrap_or(i64::MAX)
}

fn address_advice(address: SocketAddr, error: &std::io::Error) -> String {
    let port = address.port();
    match error.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "Port {port} is already in use, perhaps by another Clusterwright. Stop that program, or choose another port with --port."
        ),
        std::io::ErrorKind::PermissionDenied => {
            format!("This user has no permission to use port {port}. Choose a port above 1023 with --port.")
        }
        std::io::ErrorKind::AddrNotAvailable => {
            format!("{} is not an address of this machine. Correct --listen.", address.ip())
        }
        _ => format!("Cannot listen on port {port}: {error}. Choose another port with --port."),
    }
}
