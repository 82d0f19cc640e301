//! Statistics: of a person's attempts, or everybody's, in a period; and of one mailing, by run.

use rocket::get;
use rocket::http::Status;
use rocket::response::stream::TextStream;
use rocket_dyn_templates::{Metadata, Template};
use serde::Serialize;

use crate::domain::accounts::permission::Scope;
use crate::domain::reports::statistics::Step;
use crate::store::mailings::runs;
use crate::store::reports::statistics::StatsScope;
use crate::web::http::csv::Export;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::SignedIn;
use crate::web::mailings::lookup::find;
use crate::web::ui::figures;
use crate::web::ui::layout::Section;
use crate::web::ui::paging::ListUrl;
use crate::web::ui::span::{Asked, Span};
use crate::web::ui::whose::{Chip, Whose};

/// `templates/statistics/index.html`
#[derive(Serialize)]
struct IndexPage {
    span: Span,
    error: Option<String>,
    /// `_report.html`; nothing where the period cannot be understood.
    report: Option<String>,
    /// The step that was asked for.
    by: Option<Step>,
    periods: Vec<Chip>,
    of: String,
    owner: Option<String>,
    whose: Vec<Chip>,
}

const DEFAULT_PERIOD: &str = "30";

#[get("/statistics?<of>&<period>&<from>&<until>&<by>")]
pub(in crate::web) async fn index(
    me: SignedIn,
    of: Option<&str>,
    period: Option<&str>,
    from: Option<&str>,
    until: Option<&str>,
    by: Option<&str>,
    metadata: Metadata<'_>,
) -> Result<Template, Failure> {
    let by = by.and_then(Step::by_name);
    let whose = Whose::find(&me, of).await?;
    let asked = Asked {
        period,
        from,
        until,
    };
    let (reader, now) = (me.reader(), me.app().clock.now());
    let span = Span::read(asked, DEFAULT_PERIOD, reader, now);
    let base = ListUrl::new("/statistics").with("of", whose.of.clone());
    let report = if span.error.is_some() {
        None
    } else {
        let of = StatsScope {
            from: span.from,
            until: span.until,
            ..StatsScope::everything(whose.scope)
        };
        let urls = figures::Urls {
            page: span.on(base.clone()),
            file: span.on(ListUrl::new("/statistics.csv").with("of", whose.of.clone())),
            log: span.on(ListUrl::new("/attempts").with("of", whose.of.clone())),
        };
        Some(figures::shown(&me, &metadata, of, by, &urls).await?)
    };
    let page = IndexPage {
        error: span.error.as_ref().map(|phrase| reader.say(phrase)),
        periods: span.chips(&base, reader),
        span,
        report,
        by,
        whose: whose.chips(&me, "/statistics"),
        owner: whose.owner,
        of: whose.of,
    };
    me.page(Section::Statistics, "statistics/index.html", page)
        .await
}

/// A report as a file: `kind` says which.
#[get("/statistics.csv?<kind>&<of>&<period>&<from>&<until>&<by>&<bom>&<sep>")]
#[expect(clippy::too_many_arguments, reason = "what an address may say")]
pub(in crate::web) async fn export(
    me: SignedIn,
    kind: Option<&str>,
    of: Option<&str>,
    period: Option<&str>,
    from: Option<&str>,
    until: Option<&str>,
    by: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let whose = Whose::find(&me, of).await?;
    let asked = Asked {
        period,
        from,
        until,
    };
    let span = Span::read(asked, DEFAULT_PERIOD, me.reader(), me.app().clock.now());
    if let Some(phrase) = span.error {
        return Err(Failure::because(Status::UnprocessableEntity, phrase));
    }
    let of = StatsScope {
        from: span.from,
        until: span.until,
        ..StatsScope::everything(whose.scope)
    };
    let cut = by.and_then(Step::by_name);
    figures::export(me, kind, of, cut, crate::web::http::csv::manner(bom, sep)).await
}

/// `templates/statistics/mailing.html`
#[derive(Serialize)]
struct MailingPage {
    id: i64,
    title: String,
    owner: Option<String>,
    /// One run's, where one is chosen.
    run: Option<i64>,
    /// `_report.html`
    report: String,
    /// The log of its attempts.
    log: String,
}

#[get("/mailings/<id>/statistics?<run>&<by>")]
pub(in crate::web) async fn mailing(
    me: SignedIn,
    id: i64,
    run: Option<i64>,
    by: Option<&str>,
    metadata: Metadata<'_>,
) -> Result<Template, Failure> {
    let mailing = find(&me, id).await?;
    if let Some(run) = run {
        is_run_of(&me, run, id).await?;
    }
    let run_text = run.map(|run| run.to_string()).unwrap_or_default();
    let of = StatsScope::mailing(id, run);
    let path = format!("/mailings/{id}/statistics");
    let log = ListUrl::new("/attempts")
        .with("of", others(&me, mailing.owner_id))
        .with("mailing", id.to_string());
    let urls = figures::Urls {
        page: ListUrl::new(path.clone()).with("run", run_text.clone()),
        file: ListUrl::new(format!("{path}.csv")).with("run", run_text.clone()),
        log: log.with("run", run_text).with("period", "all"),
    };
    let by = by.and_then(Step::by_name);
    let page = MailingPage {
        report: figures::shown(&me, &metadata, of, by, &urls).await?,
        log: urls.log.address(),
        id,
        title: mailing.title().to_owned(),
        owner: me.owner_shown(mailing.owner_id, &mailing.owner_email),
        run,
    };
    me.page(Section::Mailings, "statistics/mailing.html", page)
        .await
}

#[get("/mailings/<id>/statistics.csv?<kind>&<run>&<by>&<bom>&<sep>")]
pub(in crate::web) async fn export_mailing(
    me: SignedIn,
    id: i64,
    kind: Option<&str>,
    run: Option<i64>,
    by: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    find(&me, id).await?;
    let of = StatsScope::mailing(id, run);
    let cut = by.and_then(Step::by_name);
    figures::export(me, kind, of, cut, crate::web::http::csv::manner(bom, sep)).await
}

/// A run of another mailing is none of this one, which the reader may see.
async fn is_run_of(me: &SignedIn, run: i64, mailing: i64) -> Result<(), Failure> {
    let found = me
        .app()
        .store
        .read(move |c| runs::get(c, Scope::All, run))
        .await?;
    found
        .filter(|run| run.mailing_id == mailing)
        .map(drop)
        .ok_or_else(Failure::not_found)
}

/// `of` in the address of a list that shows what is this owner's.
pub(in crate::web) fn others(me: &SignedIn, owner: i64) -> String {
    if owner == me.user.id {
        String::new()
    } else {
        owner.to_string()
    }
}
