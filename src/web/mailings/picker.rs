//! Choosing a mailing's recipients: search, tick, «all that match», page by page. It is a part of
//! the mailing's form and keeps what was picked in one hidden field (`domain::selection`).

use std::collections::BTreeSet;

use rocket::form::FromForm;
use rocket::http::Status;
use rocket::post;
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::mailings::selection::Selection;
use crate::domain::page::{Cursor, Found, PAGE_ROWS};
use crate::domain::phrase::Phrase;
use crate::domain::text;
use crate::store::accounts::users;
use crate::store::audience::recipients;
use crate::store::mailings::selections;
use crate::store::{StoreError, mailings};
use crate::web::audience::recipients::count_found;
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor::SignedIn;
use crate::web::ui::layout;
use crate::web::ui::paging::HowMany;

/// The picker's own fields.
#[derive(FromForm)]
pub(in crate::web) struct PickerForm {
    /// Which button was pressed.
    #[field(default = String::new())]
    act: String,
    #[field(default = String::new())]
    mailing_id: String,
    #[field(default = String::new())]
    selection: String,
    #[field(default = String::new())]
    q: String,
    /// Which page is shown: `after:EDGE` or `before:EDGE`. The form round the picker has a `key` of its
    /// own.
    #[field(default = String::new())]
    at: String,
    /// The edges of its neighbours.
    #[field(default = String::new())]
    after: String,
    #[field(default = String::new())]
    before: String,
    /// The rows shown, by commas.
    #[field(default = String::new())]
    shown: String,
    ticked: Vec<Id>,
}

/// What the reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Press {
    Save,
    Search,
    Tick,
    All,
    None,
    Next,
    Previous,
}

impl PickerForm {
    pub(in crate::web) fn press(&self) -> Press {
        match self.act.as_str() {
            "search" => Press::Search,
            "tick" => Press::Tick,
            "all" => Press::All,
            "none" => Press::None,
            "next" => Press::Next,
            "prev" => Press::Previous,
            _ => Press::Save,
        }
    }

    /// As many as a page shows, whatever the field says.
    fn shown(&self) -> Vec<Id> {
        let ids = self.shown.split(',').take(PAGE_ROWS);
        ids.filter_map(|id| id.parse().ok()).collect()
    }
}

#[derive(Serialize)]
struct Row {
    id: Id,
    email: String,
    name: String,
    comment: String,
    picked: bool,
    unsubscribed: bool,
}

/// `picker` in `templates/mailings/_picker.html`
#[derive(Serialize)]
pub(in crate::web) struct Picker {
    mailing_id: Option<Id>,
    selection: String,
    q: String,
    at: String,
    shown: String,
    rows: Vec<Row>,
    chosen: HowMany,
    matching: HowMany,
    total: i64,
    prev: Option<String>,
    next: Option<String>,
    /// What was asked for last is more than a form may carry, and was left undone.
    pub(in crate::web) is_too_much: bool,
    /// Why what was typed is not searched for.
    refused: Option<String>,
}

impl Picker {
    /// How many are chosen, as the page says it.
    pub(in crate::web) fn chosen_shown(&self) -> &str {
        &self.chosen.shown
    }
}

/// The picker as a form opens with it.
pub(in crate::web) async fn show(
    me: &SignedIn,
    mailing: Option<Id>,
    selection: &Selection,
) -> Result<Picker, Failure> {
    look(me, mailing, selection, String::new(), Cursor::First).await
}

/// Does what the form says: applies the ticks, then the button. Returns what is picked now and
/// the picker that shows it.
pub(in crate::web) async fn apply(
    me: &SignedIn,
    mailing: Option<Id>,
    form: PickerForm,
) -> Result<(Selection, Picker), Failure> {
    let press = form.press();
    let shown = form.shown();
    let ticked: BTreeSet<Id> = form.ticked.iter().copied().collect();
    let mut selection = Selection::decode(&form.selection).ok_or_else(|| {
        let phrase = Phrase::new("error-selection-too-large");
        Failure::because(Status::UnprocessableEntity, phrase)
    })?;
    let before = selected_among(me, mailing, &selection, shown.clone()).await?;
    let as_it_was = selection.clone();
    // Only what the reader has changed becomes a tick of its own.
    let changed: Vec<Id> = shown
        .iter()
        .copied()
        .filter(|id| before.contains(id) != ticked.contains(id))
        .collect();
    selection.apply_ticks(&changed, &ticked);
    let typed = text::search(&form.q);
    let overlong = text::overlong_search(&typed);
    // The search of before is not known any more: all are shown, and what was typed is kept.
    let q = overlong.map_or_else(|| typed.clone(), |_| String::new());
    match press {
        Press::All if overlong.is_none() => {
            let (owner, search) = (me.user.id, q.clone());
            let without: Vec<Id> = selection.without.iter().copied().collect();
            let matched = me
                .app()
                .store
                .read(move |c| selections::matching_among(c, owner, &search, without))
                .await?;
            selection.add_matching(&q, &matched);
        }
        Press::None => selection = Selection::default(),
        _ => {}
    }
    let cursor = match press {
        Press::Search => Cursor::First,
        Press::Next => Cursor::After(form.after),
        Press::Previous => Cursor::Before(form.before),
        Press::Save | Press::Tick | Press::All | Press::None => match form.at.split_once(':') {
            Some(("after", id)) => Cursor::After(id.to_owned()),
            Some(("before", id)) => Cursor::Before(id.to_owned()),
            _ => Cursor::First,
        },
    };
    let is_too_much = !selection.is_bounded();
    if is_too_much {
        selection = as_it_was;
    }
    let mut picker = look(me, mailing, &selection, q, cursor).await?;
    picker.is_too_much = is_too_much;
    if let Some(length) = overlong {
        picker.q = typed;
        picker.refused = Some(me.reader().say(&text::search_too_long(length)));
    }
    Ok((selection, picker))
}

async fn selected_among(
    me: &SignedIn,
    mailing: Option<Id>,
    selection: &Selection,
    ids: Vec<Id>,
) -> Result<BTreeSet<Id>, Failure> {
    let (owner, selection) = (me.user.id, selection.clone());
    Ok(me
        .app()
        .store
        .read(move |c| selections::selected_among(c, owner, mailing, &selection, &ids))
        .await?
        .into_iter()
        .collect())
}

/// How many are chosen; asked again with every page and every tick.
async fn count_chosen(
    me: &SignedIn,
    mailing: Option<Id>,
    selection: &Selection,
) -> Result<Found, Failure> {
    let (owner, asked) = (me.user.id, selection.clone());
    let words = format!("{} {}", mailing.unwrap_or_default(), selection.encode());
    let (app, scope) = (me.app(), Scope::Own(owner));
    let count =
        move |c: &rusqlite::Connection| selections::count_selected(c, owner, mailing, &asked);
    Ok(app
        .cache
        .found(&app.store, "chosen", scope, &words, count)
        .await?)
}

async fn look(
    me: &SignedIn,
    mailing: Option<Id>,
    selection: &Selection,
    q: String,
    cursor: Cursor,
) -> Result<Picker, Failure> {
    let owner = me.user.id;
    let encoded = selection.encode();
    let matching = match q.as_str() {
        "" => None,
        words => Some(count_found(me.app(), Scope::Own(owner), words).await?),
    };
    let chosen = count_chosen(me, mailing, selection).await?;
    let at = match &cursor {
        Cursor::First | Cursor::Last => String::new(),
        Cursor::After(id) => format!("after:{id}"),
        Cursor::Before(id) => format!("before:{id}"),
    };
    let (selection, search, reader) = (selection.clone(), q.clone(), me.reader().clone());
    let picker = me
        .app()
        .store
        .read(move |c| {
            let scope = Scope::Own(owner);
            let page = if search.is_empty() {
                recipients::list(c, scope, recipients::LIST.usual(), &cursor)?
            } else {
                recipients::find(c, scope, &search, &cursor)?
            };
            let ids: Vec<Id> = page.rows.iter().map(|row| row.id).collect();
            let picked: BTreeSet<Id> =
                selections::selected_among(c, owner, mailing, &selection, &ids)?
                    .into_iter()
                    .collect();
            let total = users::totals(c, owner)?.recipients;
            let matching = matching.unwrap_or(Found::Exactly(total));
            Ok::<_, StoreError>(Picker {
                mailing_id: mailing,
                selection: encoded,
                q: search,
                at,
                shown: ids.iter().map(Id::to_string).collect::<Vec<_>>().join(","),
                chosen: HowMany::new(chosen, &reader),
                matching: HowMany::new(matching, &reader),
                total,
                prev: page.before,
                next: page.after,
                is_too_much: false,
                refused: None,
                rows: page
                    .rows
                    .into_iter()
                    .map(|row| Row {
                        id: row.id,
                        picked: picked.contains(&row.id),
                        email: row.email,
                        name: row.name,
                        comment: row.comment,
                        unsubscribed: row.unsubscribed,
                    })
                    .collect(),
            })
        })
        .await?;
    Ok(picker)
}

#[derive(Serialize)]
struct Part {
    picker: Picker,
}

/// The picker alone, for a page that replaces it in place. It changes nothing.
#[post("/mailings/picker", data = "<form>")]
pub(in crate::web) async fn refresh(
    me: SignedIn,
    form: SafeForm<PickerForm>,
) -> Result<Template, Failure> {
    let SafeForm(form) = form;
    let mailing = match form.mailing_id.parse::<Id>() {
        Err(_) => None,
        Ok(id) => {
            let scope = Scope::Own(me.user.id);
            let found = me
                .app()
                .store
                .read(move |c| mailings::get(c, scope, id))
                .await?;
            Some(found.ok_or_else(Failure::not_found)?.id)
        }
    };
    let (_, picker) = apply(&me, mailing, form).await?;
    layout::render_part(&me.visitor, "mailings/_picker.html", Part { picker }).await
}
