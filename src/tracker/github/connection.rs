//! The way over the network: TLS by the system's certificates, and the proxy that the environment names.
//!
//! Certificates are the system's, a private authority's among them; `SSL_CERT_FILE` and `SSL_CERT_DIR` name others. A
//! proxy is the one that `HTTPS_PROXY` or `ALL_PROXY` names (in small letters too), unless `NO_PROXY` has the server. It
//! sees the server's name and nothing of what is said: requests go through a tunnel (RFC 9110, CONNECT).

use std::error::Error;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{HeaderValue, USER_AGENT};
use http::{Request, Uri};
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioExecutor;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use tower_layer::Layer;
use tower_service::Service;

use super::client::GRAPHQL;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Returns a client of the API at `base`, with no credentials where `auth` is none.
///
/// # Errors
/// Where the system has no certificates.
pub(super) fn connect(base: &Uri, auth: AuthState) -> Result<Octocrab, String> {
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_connect_timeout(Some(CONNECT_TIMEOUT));
    // The one server that is not reached by TLS is this machine.
    let is_shut = base.scheme_str() == Some("https");
    let proxy = Matcher::from_env().intercept(base).filter(|_| is_shut);
    let Some(proxy) = proxy else {
        return build(direct, base, auth);
    };
    let mut tunnel = Tunnel::new(proxy.uri().clone(), direct);
    if let Some(password) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(password.clone());
    }
    build(tunnel, base, auth)
}

fn build<C>(connector: C, base: &Uri, auth: AuthState) -> Result<Octocrab, String>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + Read + Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let shut = HttpsConnectorBuilder::new()
        .with_native_roots()
        .map_err(|why| format!("the system's certificates cannot be read: {why}"))?
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    let client: Client<_, OctoBody> = Client::builder(TokioExecutor::new()).build(shut);
    let agent = HeaderValue::from_static(concat!("runsheet/", env!("CARGO_PKG_VERSION")));
    let built = OctocrabBuilder::new_empty()
        .with_service(client)
        .with_layer(&GraphqlLayer)
        .with_layer(&BaseUriLayer::new(base.clone()))
        .with_layer(&ExtraHeadersLayer::new(Arc::new(vec![(USER_AGENT, agent)])))
        .with_auth(auth)
        .build();
    match built {
        Ok(octocrab) => Ok(octocrab),
        Err(never) => match never {},
    }
}

/// Sends what is asked of GraphQL on GitHub Enterprise Server to `/api/graphql`, where the other calls go to `/api/v3`.
#[derive(Clone, Copy, Debug)]
struct GraphqlLayer;

#[derive(Clone, Debug)]
struct Graphql<S> {
    inner: S,
}

impl<S> Layer<S> for GraphqlLayer {
    type Service = Graphql<S>;

    fn layer(&self, inner: S) -> Graphql<S> {
        Graphql { inner }
    }
}

impl<S: Service<Request<OctoBody>>> Service<Request<OctoBody>> for Graphql<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<OctoBody>) -> S::Future {
        if let Some(uri) = graphql_of(request.uri()) {
            *request.uri_mut() = uri;
        }
        self.inner.call(request)
    }
}

/// Returns where GraphQL is, for an address where it is not.
fn graphql_of(uri: &Uri) -> Option<Uri> {
    let before = uri.path().strip_suffix(&format!("/v3{GRAPHQL}"))?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{before}{GRAPHQL}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphql_is_beside_the_other_calls() {
        let moved = |uri: &'static str| graphql_of(&Uri::from_static(uri)).map(|it| it.to_string());
        assert_eq!(
            moved("https://git.acme.org/api/v3/graphql").as_deref(),
            Some("https://git.acme.org/api/graphql")
        );
        assert_eq!(moved("https://api.github.com/graphql"), None);
        assert_eq!(moved("https://git.acme.org/api/v3/repos/a/b"), None);
    }
}
