//! Figures for a monitoring system, in Prometheus's text format: for managers, and for whoever sends
//! the token that the settings name (RFC 6750 §2.1).

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use rocket::get;
use rocket::http::{ContentType, Status};
use rocket::request::{FromRequest, Outcome, Request};
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::cache::Figures;
use crate::domain::accounts::permission::Scope;
use crate::domain::reports::statistics::Tally;
use crate::store::system::metrics as figures;
use crate::store::system::metrics::Gauges;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::ManagerOnly;

/// May read the metrics.
pub(in crate::web) struct Reader(App);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Reader {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let Some(app) = request.rocket().state::<App>() else {
            return Outcome::Error((Status::InternalServerError, ()));
        };
        let said = request.headers().get_one("Authorization");
        let Some(token) = said.and_then(|said| said.strip_prefix("Bearer ")) else {
            return ManagerOnly::from_request(request)
                .await
                .map(|_| Self(app.clone()));
        };
        let is_known = app
            .config
            .metrics_token
            .as_ref()
            .is_some_and(|known| known.as_bytes().ct_eq(token.trim().as_bytes()).into());
        if is_known {
            Outcome::Success(Self(app.clone()))
        } else {
            // Nobody is to sign in here: a program asks.
            Outcome::Error((Status::Forbidden, ()))
        }
    }
}

#[get("/metrics")]
pub(in crate::web) async fn show(reader: Reader) -> Result<(ContentType, String), Failure> {
    let Reader(app) = reader;
    let gauges = app.store.read(figures::gauges).await?;
    let attempts = app.cache.since(&app.store, Scope::All, &[]).await?;
    let attempts = attempts.last().copied().unwrap_or_default();
    let recorder = PrometheusBuilder::new().build_recorder();
    with_local_recorder(&recorder, || {
        describe();
        tell(&gauges, attempts, app.cache.figures());
    });
    Ok((text_format(), recorder.handle().render()))
}

fn text_format() -> ContentType {
    ContentType::new("text", "plain").with_params([("version", "0.0.4"), ("charset", "utf-8")])
}

fn describe() {
    describe_gauge!("mailapp_info", "The version that runs.");
    describe_gauge!("mailapp_runs", "Unfinished runs by state.");
    describe_gauge!(
        "mailapp_deliveries",
        "Deliveries of unfinished runs that are not settled, by state."
    );
    describe_counter!("mailapp_attempts_total", "Attempts by outcome.");
    describe_gauge!("mailapp_relays_down", "Mail servers that are away.");
    describe_gauge!(
        "mailapp_database_bytes",
        Unit::Bytes,
        "Size of the database."
    );
    describe_counter!(
        "mailapp_cache_hits_total",
        "Answers taken from the cache since the start."
    );
    describe_counter!(
        "mailapp_cache_misses_total",
        "Answers looked up because the cache did not have them."
    );
    describe_gauge!("mailapp_cache_answers", "Answers in the cache.");
    describe_gauge!("mailapp_cache_bytes", Unit::Bytes, "Size of the cache.");
    describe_gauge!(
        "mailapp_cache_capacity_bytes",
        Unit::Bytes,
        "Size that the cache may have."
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the format knows no other numbers"
)]
fn tell(gauges: &Gauges, attempts: Tally, cache: Figures) {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    gauge!("mailapp_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    for (state, runs) in [
        ("active", gauges.runs_active),
        ("paused", gauges.runs_paused),
    ] {
        gauge!("mailapp_runs", "state" => state).set(runs as f64);
    }
    for (state, deliveries) in [
        ("queued", gauges.queued),
        ("deferred", gauges.deferred),
        ("trying", gauges.trying),
    ] {
        gauge!("mailapp_deliveries", "state" => state).set(deliveries as f64);
    }
    for (outcome, number) in [
        ("accepted", attempts.accepted),
        ("deferred", attempts.deferred),
        ("refused", attempts.refused),
        ("in_doubt", attempts.in_doubt),
    ] {
        counter!("mailapp_attempts_total", "outcome" => outcome).absolute(count(number));
    }
    gauge!("mailapp_relays_down").set(gauges.relays_down as f64);
    gauge!("mailapp_database_bytes").set(gauges.octets as f64);
    counter!("mailapp_cache_hits_total").absolute(cache.hits);
    counter!("mailapp_cache_misses_total").absolute(cache.misses);
    gauge!("mailapp_cache_answers").set(cache.answers as f64);
    gauge!("mailapp_cache_bytes").set(cache.size as f64);
    gauge!("mailapp_cache_capacity_bytes").set(cache.capacity as f64);
}
