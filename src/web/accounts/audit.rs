//! The audit log, for managers: on pages, and as a file.

use rocket::form::FromForm;
use rocket::get;
use rocket::http::Status;
use rocket::response::stream::TextStream;
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::domain::Id;
use crate::domain::page::Cursor;
use crate::domain::phrase::Phrase;
use crate::domain::text;
use crate::export::{from, lists, rows};
use crate::i18n::Reader;
use crate::store::StoreError;
use crate::store::accounts::audit;
use crate::store::accounts::audit::{Filter, Line};
use crate::store::accounts::users;
use crate::web::http::csv;
use crate::web::http::csv::Export;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::{ManagerOnly, SignedIn};
use crate::web::ui::layout::Section;
use crate::web::ui::paging::{Heads, ListUrl, Pages, heads};

#[derive(Serialize)]
struct Row {
    at: i64,
    who: String,
    verb: String,
    subject: String,
    href: Option<String>,
    /// Whose it is, where that is somebody else than who did it.
    owner: Option<String>,
    detail: String,
    from: String,
}

#[derive(Serialize)]
struct Verb {
    value: String,
    text: String,
}

/// `templates/audit/index.html`
#[derive(Serialize)]
struct IndexPage {
    rows: Vec<Row>,
    verbs: Vec<Verb>,
    verb: String,
    q: String,
    from: String,
    until: String,
    /// A user's number, where the log of one is looked at, and who that is.
    user: String,
    whose: Option<String>,
    error: Option<String>,
    export: String,
    sort: String,
    heads: Heads,
    pages: Pages,
}

impl Row {
    fn new(line: &Line, reader: &Reader) -> Self {
        let href = match (line.subject_kind.as_str(), line.subject_id) {
            ("user", Some(id)) => Some(format!("/users/{id}")),
            ("mailing", Some(id)) => Some(format!("/mailings/{id}")),
            ("run", Some(id)) => Some(format!("/runs/{id}")),
            ("recipient", Some(id)) => Some(format!("/recipients/{id}")),
            ("message", Some(id)) => Some(format!("/messages/{id}")),
            _ => None,
        };
        Self {
            at: line.at,
            who: reader.audit_who(&line.who, line.user_id, line.door),
            verb: reader.audit_verb(&line.verb),
            subject: reader.audit_subject(&line.subject, &line.subject_kind, line.subject_id),
            // What is gone has no page.
            href: href.filter(|_| !line.verb.starts_with("delete_")),
            owner: line
                .owner
                .clone()
                .filter(|owner| *owner != line.who && line.subject_kind != "user"),
            detail: reader.audit_detail(&line.detail),
            from: line.address.clone(),
        }
    }
}

/// What is asked for in the address.
#[derive(FromForm)]
pub(in crate::web) struct Query<'r> {
    verb: Option<&'r str>,
    q: Option<&'r str>,
    from: Option<&'r str>,
    until: Option<&'r str>,
    user: Option<Id>,
}

/// The filter that an address says, and what of it cannot be understood.
fn filter(me: &SignedIn, query: &Query<'_>) -> (Filter, Option<Phrase>) {
    let reader = me.reader();
    let mut error = None;
    let mut day = |text: Option<&str>, after: i64| {
        let text = text.filter(|text| !text.is_empty())?;
        match reader.parse_day(text, after) {
            Ok(at) => Some(at),
            Err(phrase) => {
                error = Some(phrase);
                None
            }
        }
    };
    let (from, until) = (day(query.from, 0), day(query.until, 1));
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        error = Some(Phrase::new("error-period"));
    }
    let filter = Filter {
        verb: query
            .verb
            .map(|verb| verb.chars().take(50).collect())
            .unwrap_or_default(),
        search: text::search(query.q.unwrap_or_default()),
        from,
        until,
        user: query.user,
    };
    (filter, error)
}

#[get("/audit?<sort>&<after>&<before>&<last>&<query..>")]
pub(in crate::web) async fn index(
    me: ManagerOnly,
    query: Query<'_>,
    sort: Option<&str>,
    after: Option<&str>,
    before: Option<&str>,
    last: Option<&str>,
) -> Result<Template, Failure> {
    let ManagerOnly(me) = me;
    let (filter, error) = filter(&me, &query);
    let is_sortable = filter.search.is_empty();
    let sort = audit::LIST.sort(sort.filter(|_| is_sortable));
    let cursor = Cursor::from_query(after, before, last);
    let asked = filter.clone();
    let (page, verbs, whose) = me
        .app()
        .store
        .read(move |c| {
            let whose = match asked.user {
                Some(id) => users::by_id(c, id)?.map(|user| user.email),
                None => None,
            };
            Ok::<_, StoreError>((
                audit::list(c, &asked, sort, &cursor)?,
                audit::verbs(c)?,
                whose,
            ))
        })
        .await?;
    let reader = me.reader();
    let whose = filter
        .user
        .map(|id| whose.unwrap_or_else(|| reader.numbered(id)));
    let plain = |text: Option<&str>| {
        text.unwrap_or_default()
            .chars()
            .take(20)
            .collect::<String>()
    };
    let (from, until) = (plain(query.from), plain(query.until));
    let user = query.user.map(|id| id.to_string()).unwrap_or_default();
    let with_filter = |path: &str| {
        ListUrl::new(path)
            .with("verb", filter.verb.clone())
            .with("q", filter.search.clone())
            .with("from", from.clone())
            .with("until", until.clone())
            .with("user", user.clone())
    };
    let url = with_filter("/audit");
    let pages = url.clone().with("sort", sort.name()).pages(&page);
    let export = with_filter("/audit.csv").address();
    let mut verbs: Vec<Verb> = verbs
        .into_iter()
        .map(|value| Verb {
            text: reader.audit_verb(&value),
            value,
        })
        .collect();
    verbs.sort_by(|a, b| a.text.cmp(&b.text));
    let page = IndexPage {
        rows: page
            .rows
            .iter()
            .map(|line| Row::new(line, reader))
            .collect(),
        verbs,
        verb: filter.verb,
        q: filter.search,
        from,
        until,
        user,
        whose,
        error: error.map(|phrase| reader.say(&phrase)),
        export,
        sort: sort.name(),
        heads: heads(&audit::LIST, sort, &url, is_sortable),
        pages,
    };
    me.page(Section::Audit, "audit/index.html", page).await
}

/// The log as a file.
#[get("/audit.csv?<bom>&<sep>&<query..>")]
pub(in crate::web) async fn export(
    me: ManagerOnly,
    query: Query<'_>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let ManagerOnly(me) = me;
    let (filter, error) = filter(&me, &query);
    // A file of more than was asked for would be taken for what was.
    if let Some(phrase) = error {
        return Err(Failure::because(Status::UnprocessableEntity, phrase));
    }
    Ok(
        csv::export(me, csv::manner(bom, sep), &lists::AUDIT, move |c, key| {
            let page = audit::list(c, &filter, audit::LIST.usual(), &from(key))?;
            Ok(rows(page))
        })
        .await,
    )
}
