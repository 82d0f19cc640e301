//! The log of all attempts: one's own, or, for managers, anybody's.

use rocket::form::FromForm;
use rocket::get;
use rocket::http::Status;
use rocket::response::stream::TextStream;
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::log_row::LogRow;
use crate::domain::accounts::permission::Scope;
use crate::domain::delivery::attempt_filter::{AttemptFilter, Ended, Place, Typed};
use crate::domain::page::{Cursor, PAGE_ROWS};
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::export::lists;
use crate::store::StoreError;
use crate::store::audience::recipients;
use crate::store::delivery::attempt_log;
use crate::store::delivery::attempt_query::From;
use crate::store::delivery::received;
use crate::web::http::csv;
use crate::web::http::csv::Export;
use crate::web::http::failure::Failure;
use crate::web::http::forms::say_errors;
use crate::web::http::visitor::SignedIn;
use crate::web::ui::figures::Files;
use crate::web::ui::layout::Section;
use crate::web::ui::paging::ListUrl;
use crate::web::ui::span::{Asked, Span};
use crate::web::ui::whose::{Chip, Whose};

/// Rows that a file is read by.
const FILE_ROWS: usize = 1_000;

/// The log's address.
pub(in crate::web) fn url(of: &str) -> ListUrl {
    ListUrl::new("/attempts").with("of", of)
}

/// What is asked for in the address, beside the page.
#[derive(FromForm)]
pub(in crate::web) struct Query<'r> {
    period: Option<&'r str>,
    from: Option<&'r str>,
    until: Option<&'r str>,
    mailing: Option<&'r str>,
    run: Option<&'r str>,
    outcome: Option<&'r str>,
    code: Option<&'r str>,
    domain: Option<&'r str>,
    address: Option<&'r str>,
}

/// What was typed, for the form; as much of it as anybody means.
#[derive(Default, Serialize)]
struct Values {
    mailing: String,
    run: String,
    outcome: String,
    code: String,
    domain: String,
    address: String,
}

/// A complaint at each field, in the reader's words.
#[derive(Default, Serialize)]
struct FieldTexts {
    mailing: Option<String>,
    run: Option<String>,
    outcome: Option<String>,
    code: Option<String>,
    domain: Option<String>,
    address: Option<String>,
}

/// Longest that a field is kept; longer than any address.
const LONGEST: usize = 300;

impl Values {
    fn new(query: &Query<'_>) -> Self {
        let kept = |text: Option<&str>| -> String {
            let text = text.unwrap_or_default().trim();
            text.chars().take(LONGEST).collect()
        };
        Self {
            mailing: kept(query.mailing),
            run: kept(query.run),
            outcome: kept(query.outcome),
            code: kept(query.code),
            domain: kept(query.domain),
            address: kept(query.address),
        }
    }

    fn on(&self, url: ListUrl) -> ListUrl {
        url.with("mailing", self.mailing.clone())
            .with("run", self.run.clone())
            .with("outcome", self.outcome.clone())
            .with("code", self.code.clone())
            .with("domain", self.domain.clone())
            .with("address", self.address.clone())
    }
}

/// An address understood.
struct Wanted {
    values: Values,
    span: Span,
    filter: AttemptFilter,
    errors: FieldErrors,
}

impl Wanted {
    fn new(me: &SignedIn, query: &Query<'_>) -> Self {
        let values = Values::new(query);
        let asked = Asked {
            period: query.period,
            from: query.from,
            until: query.until,
        };
        let span = Span::read(asked, "all", me.reader(), me.app().clock.now());
        let (mut filter, errors) = AttemptFilter::parse(&Typed {
            mailing: &values.mailing,
            run: &values.run,
            ended: &values.outcome,
            code: &values.code,
            domain: &values.domain,
            address: &values.address,
        });
        filter.from = span.from;
        filter.until = span.until;
        Self {
            values,
            span,
            filter,
            errors,
        }
    }

    /// What is wrong, if anything is.
    fn problem(&self) -> Option<Phrase> {
        let at_a_field = self.errors.iter().next().map(|(_, phrase)| phrase.clone());
        self.span.error.clone().or(at_a_field)
    }
}

/// `templates/attempts/index.html`
#[derive(Serialize)]
struct IndexPage {
    rows: Vec<LogRow>,
    values: Values,
    errors: FieldTexts,
    error: Option<String>,
    span: Span,
    outcomes: Vec<Choice>,
    /// What became of the last mail to the address that is looked for.
    answer: Option<String>,
    /// So far the log was looked through, and not everything that was wanted was found.
    looked_until: Option<i64>,
    is_filtered: bool,
    files: Files,
    prev: Option<String>,
    next: Option<String>,
    of: String,
    owner: Option<String>,
    whose: Vec<Chip>,
    periods: Vec<Chip>,
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    text: String,
}

/// The place in the log that a page's key names, and whether the key is one of this log's.
fn place(after: Option<&str>, before: Option<&str>) -> (From, bool) {
    match Cursor::from_query(after, before, None) {
        Cursor::First | Cursor::Last => (From::Newest, true),
        Cursor::After(key) => match Place::parse(&key) {
            Some(place) => (From::Older(place), true),
            None => (From::Newest, false),
        },
        Cursor::Before(key) => match Place::parse(&key) {
            Some(place) => (From::Newer(place), true),
            None => (From::Newest, false),
        },
    }
}

#[get("/attempts?<of>&<after>&<before>&<query..>")]
pub(in crate::web) async fn index(
    me: SignedIn,
    of: Option<&str>,
    after: Option<&str>,
    before: Option<&str>,
    query: Query<'_>,
) -> Result<Template, Failure> {
    let whose = Whose::find(&me, of).await?;
    let wanted = Wanted::new(&me, &query);
    let (from, is_ours) = place(after, before);
    let problem = wanted
        .problem()
        .or_else(|| (!is_ours).then(|| Phrase::new("error-page-key")));
    let (scope, reader) = (whose.scope, me.reader());
    // Of what cannot be understood nothing is shown: it would be taken for the answer.
    let understood = wanted.problem().is_none();
    let (filter, address) = (wanted.filter.clone(), wanted.filter.address.clone());
    let (page, fate) = me
        .app()
        .store
        .read(move |c| {
            if !understood {
                return Ok((None, None));
            }
            let fate = match address {
                Some(address) => last_fate(c, scope, &address.key())?,
                None => None,
            };
            let page = attempt_log::list(c, scope, &filter, from, PAGE_ROWS)?;
            Ok::<_, StoreError>((Some(page), fate))
        })
        .await?;
    let base = wanted.values.on(wanted.span.on(url(&whose.of)));
    let file = ListUrl::new("/attempts.csv").with("of", whose.of.clone());
    let files = Files::new(&wanted.values.on(wanted.span.on(file)));
    let edge = |name: &'static str, place: Option<Place>| {
        place.map(|place| base.clone().with(name, place.to_string()).address())
    };
    let mut errors = FieldTexts::default();
    say_errors(&wanted.errors, reader, |field, text| match field {
        "mailing" => errors.mailing = Some(text),
        "run" => errors.run = Some(text),
        "outcome" => errors.outcome = Some(text),
        "code" => errors.code = Some(text),
        "domain" => errors.domain = Some(text),
        _ => errors.address = Some(text),
    });
    let page = IndexPage {
        prev: edge("before", page.as_ref().and_then(|page| page.newer)),
        next: edge("after", page.as_ref().and_then(|page| page.older)),
        looked_until: page.as_ref().and_then(|page| page.looked_until),
        rows: page
            .map(|page| page.rows)
            .unwrap_or_default()
            .into_iter()
            .map(|row| LogRow::new(row, reader, scope == Scope::All))
            .collect(),
        is_filtered: wanted.filter != AttemptFilter::default() || !understood,
        periods: wanted.span.chips(&wanted.values.on(url(&whose.of)), reader),
        values: wanted.values,
        span: wanted.span,
        errors,
        error: problem.map(|phrase| reader.say(&phrase)),
        outcomes: Ended::ALL
            .map(|ended| Choice {
                value: ended.name(),
                text: reader.text(&format!("ended-{}", ended.name().replace('_', "-"))),
            })
            .into(),
        answer: fate.map(|fate| reader.fate(&fate)),
        files,
        whose: whose.chips(&me, "/attempts"),
        owner: whose.owner,
        of: whose.of,
    };
    me.page(Section::Attempts, "attempts/index.html", page)
        .await
}

/// What became of the last mail to an address, if it is one person's.
fn last_fate(
    c: &rusqlite::Connection,
    scope: Scope,
    key: &str,
) -> Result<Option<crate::domain::delivery::fate::Fate>, StoreError> {
    let known = recipients::with_key(c, scope, key)?;
    let [one] = known.as_slice() else {
        return Ok(None);
    };
    let page = received::by(c, *one, &Cursor::First)?;
    Ok(page.rows.into_iter().next().map(|last| last.fate))
}

#[get("/attempts.csv?<of>&<bom>&<sep>&<query..>")]
pub(in crate::web) async fn export(
    me: SignedIn,
    of: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
    query: Query<'_>,
) -> Result<Export<TextStream![String]>, Failure> {
    let whose = Whose::find(&me, of).await?;
    let wanted = Wanted::new(&me, &query);
    if let Some(phrase) = wanted.problem() {
        return Err(Failure::because(Status::UnprocessableEntity, phrase));
    }
    let (scope, filter) = (whose.scope, wanted.filter);
    Ok(csv::export(
        me,
        csv::manner(bom, sep),
        &lists::ATTEMPTS,
        move |c, key: Option<Place>| {
            let from = key.map_or(From::Newest, From::Older);
            let page = attempt_log::list(c, scope, &filter, from, FILE_ROWS)?;
            Ok((page.rows, page.older))
        },
    )
    .await)
}
