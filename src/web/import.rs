//! Recipients from a table, pasted or taken out of a file by the page's script.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::failure::Failure;
use super::forms::Saved;
use super::layout::Section;
use super::safe_form::SafeForm;
use super::visitor::{SignedIn, leave_notice};
use crate::actions;
use crate::domain::import::{self, Problem};
use crate::domain::phrase::Phrase;
use crate::i18n::Reader;

/// Most rows at once: what a form may carry, in whichever script.
const MOST: usize = 10_000;
/// Wrong lines that are shown.
const SHOWN: usize = 50;

#[derive(FromForm)]
pub(super) struct TableForm {
    #[field(default = String::new())]
    table: String,
    #[field(default = String::new())]
    update: String,
}

#[derive(Serialize)]
struct Wrong {
    line: u64,
    text: String,
    why: String,
}

impl Wrong {
    fn new(problem: &Problem, reader: &Reader) -> Self {
        Self {
            line: problem.line,
            text: problem.text.clone(),
            why: reader.say(&problem.phrase),
        }
    }
}

/// `templates/recipients/import.html`
#[derive(Serialize, Default)]
struct ImportPage {
    table: String,
    update: bool,
    error: Option<String>,
    wrong: Vec<Wrong>,
}

impl ImportPage {
    async fn render(self, me: &SignedIn) -> Result<Template, Failure> {
        me.page(Section::Recipients, "recipients/import.html", self)
            .await
    }
}

#[get("/recipients/import")]
pub(super) async fn form(me: SignedIn) -> Result<Template, Failure> {
    ImportPage::default().render(&me).await
}

/// All of it, or nothing: where a line is wrong nobody is added, and the table comes back.
#[post("/recipients/import", data = "<form>")]
pub(super) async fn submit(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<TableForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let (table, reader) = (import::parse(&form.table), me.reader());
    let error = if !table.problems.is_empty() {
        Some(Phrase::new("import-wrong-lines").with("count", table.problems.len()))
    } else if table.rows.is_empty() {
        Some(Phrase::new("import-empty"))
    } else if table.rows.len() > MOST {
        let much = Phrase::new("import-too-many").with("count", table.rows.len());
        Some(much.with("most", MOST))
    } else {
        None
    };
    let is_update = !form.update.is_empty();
    if let Some(error) = error {
        let wrong = table.problems.iter().take(SHOWN);
        let page = ImportPage {
            wrong: wrong.map(|problem| Wrong::new(problem, reader)).collect(),
            table: form.table,
            update: is_update,
            error: Some(reader.say(&error)),
        };
        return page.render(&me).await.map(Saved::again);
    }
    let imported =
        actions::import_recipients(me.app(), &me.actor(), me.user.id, table.rows, is_update)
            .await?;
    let said = reader.say(&imported.said(table.repeated, &table.ignored));
    leave_notice(me.app(), jar, "ok", &said);
    Ok(Saved::at("/recipients".to_owned()))
}
