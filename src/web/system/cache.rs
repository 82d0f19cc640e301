//! How the cache does, for managers.

use rocket::get;
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::web::http::failure::Failure;
use crate::web::http::visitor::ManagerOnly;
use crate::web::ui::layout::Section;

/// `templates/cache/show.html`
#[derive(Serialize)]
struct ShowPage {
    hits: i64,
    misses: i64,
    answers: i64,
    /// Octets, as kibibytes.
    size: i64,
    capacity: i64,
}

#[get("/cache")]
pub(in crate::web) async fn show(me: ManagerOnly) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let figures = me.app().cache.figures();
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let kibibytes = |octets: usize| i64::try_from(octets.div_ceil(1_024)).unwrap_or(i64::MAX);
    let page = ShowPage {
        hits: number(figures.hits),
        misses: number(figures.misses),
        answers: i64::try_from(figures.answers).unwrap_or(i64::MAX),
        size: kibibytes(figures.size),
        capacity: kibibytes(figures.capacity),
    };
    me.page(Section::Cache, "cache/show.html", page).await
}
