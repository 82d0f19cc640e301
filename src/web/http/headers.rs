//! The headers that every answer carries, errors included.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Header;
use rocket::{Request, Response};

use super::{validators, visitor};
use crate::app::App;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    frame-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer says where it says nothing else.
pub(in crate::web) const DEFAULTS: [(&str, &str); 8] = [
    ("Content-Security-Policy", POLICY),
    ("Cache-Control", "private, no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    ),
];

pub(in crate::web) struct SecurityHeaders;

#[rocket::async_trait]
impl Fairing for SecurityHeaders {
    fn info(&self) -> Info {
        Info {
            name: "security headers",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        // A stream of events says that by itself; what it tells is as private as a page.
        if response.headers().get_one("Cache-Control") == Some("no-cache") {
            response.remove_header("Cache-Control");
        }
        validators::validate(request, response).await;
        // What the browser has kept of the pages goes with the session that it was kept in.
        let is_another_session = response
            .headers()
            .get("Set-Cookie")
            .any(visitor::is_of_session);
        if is_another_session && validators::is_cleared_at_sign_out(request) {
            response.set_header(Header::new("Clear-Site-Data", "\"cache\""));
        }
        let mut default = |name: &'static str, value: &'static str| {
            if !response.headers().contains(name) {
                response.set_header(Header::new(name, value));
            }
        };
        for (name, value) in DEFAULTS {
            default(name, value);
        }
        let is_https = request
            .rocket()
            .state::<App>()
            .is_some_and(|app| app.config.base_url.starts_with("https://"));
        if is_https {
            default("Strict-Transport-Security", "max-age=31536000");
        }
        response.remove_header("Server");
    }
}
