//! Recipients from a table: pasted, or from a file. First the page says what it takes for what; what
//! is then added is what it has shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::http::CookieJar;
use rocket::{State, get, post};
use rocket_dyn_templates::Template;
use sha2::{Digest as _, Sha256};

use super::import_once::{IdempotencyKey, Outcome, Submissions};
use super::import_page::{ImportPage, Kept, Preview};
use crate::actions;
use crate::domain::audience::import;
use crate::domain::audience::import::{
    Found, MAX_COLUMNS, Plan, PlanError, Role, Row, Summary, Wishes,
};
use crate::domain::phrase::Phrase;
use crate::web::http::failure::Failure;
use crate::web::http::forms::Saved;
use crate::web::http::upload::{Turns, Upload};
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::layout::Section;

/// Most people at once.
const MOST: usize = 10_000;
/// Most lines that are looked at for them: some are wrong, some say the same again.
const MOST_LINES: usize = 50_000;

#[get("/recipients/import")]
pub(in crate::web) async fn form(me: SignedIn) -> Result<Template, Failure> {
    let page = ImportPage::with(String::new(), String::new(), false, me.reader());
    me.page(Section::Recipients, "recipients/import.html", page)
        .await
}

/// The octets of a table, and how they are known again.
struct Table {
    octets: Vec<u8>,
    /// Of a file, the name by which it is kept; of a text, its digest.
    seen: String,
    kept: Option<Kept>,
}

/// A table that was read.
struct Read {
    plan: Plan,
    summary: Summary,
    /// At most one more than [`MOST`].
    rows: Vec<Row>,
}

/// What the form says beside the table.
struct Choices {
    wishes: Wishes,
    encoding: String,
    update: bool,
    skip: bool,
    /// It is the table that the page has shown, with the same choices.
    is_checked: bool,
}

/// What the page had taken for what: the table, the encoding that was chosen, and whether headings were
/// found (`a`) or chosen (`f`).
fn shown(seen: &str, encoding: &str, headings: &str) -> String {
    format!("{seen}.{encoding}.{headings}")
}

/// The mark of headings in [`shown`].
pub(in crate::web) const fn headings_mark(chosen: bool, there: bool) -> &'static str {
    match (chosen, there) {
        (false, true) => "a1",
        (false, false) => "a0",
        (true, true) => "f1",
        (true, false) => "f0",
    }
}

impl Choices {
    /// Of a file in an encoding that may have been chosen; what is pasted comes as UTF-8.
    fn of(upload: &Upload, seen: &str, is_file: bool) -> Self {
        let encoding = if is_file {
            upload.field("encoding")
        } else {
            "UTF-8"
        };
        let is_ticked = !upload.field("headings").is_empty();
        let before = upload.field("shown");
        // Which of the four the page had shown, if it is the same table in the same encoding.
        let marks = ["a1", "a0", "f1", "f0"];
        let mark = marks
            .into_iter()
            .find(|mark| before == shown(seen, encoding, mark));
        let is_same = mark.is_some_and(|mark| mark.ends_with('1') == is_ticked);
        let headings = match mark {
            Some("a1" | "a0") if is_same => None,
            Some(_) => Some(is_ticked),
            None => None,
        };
        let columns = (0..MAX_COLUMNS).map(|index| {
            let name = format!("column{index}");
            let is_there = upload.has(&name);
            is_there.then(|| Role::by_name(upload.field(&name)))
        });
        let columns: Vec<Option<Role>> = columns.map_while(|column| column).collect();
        Self {
            wishes: Wishes {
                encoding: import::encoding_by_name(encoding),
                headings,
                roles: Vec::new(),
                columns: (is_same && !columns.is_empty()).then_some(columns),
            },
            encoding: encoding.to_owned(),
            update: !upload.field("update").is_empty(),
            skip: !upload.field("skip").is_empty(),
            is_checked: is_same,
        }
    }
}

/// A pasted text with LF at its lines' ends, whatever a browser has made of them on its way.
fn normalised(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The table of a form: a file that is sent, one that was sent before, or what was pasted.
async fn table(me: &SignedIn, upload: &mut Upload) -> Result<Result<Table, Phrase>, Failure> {
    let (app, owner) = (me.app(), me.user.id);
    if let Some(phrase) = upload.refused.take() {
        return Ok(Err(phrase));
    }
    // On a page that shows a table already, a file takes its place.
    let is_first = upload.field("shown").is_empty();
    if upload.file.is_some() && is_first && !upload.field("table").trim().is_empty() {
        return Ok(Err(Phrase::new("import-both")));
    }
    if let Some(file) = upload.file.take() {
        let size = file.octets.len();
        let octets = file.octets.clone();
        let token = actions::keep_upload(app, owner, file.octets).await?;
        return Ok(Ok(Table {
            octets,
            seen: token.clone(),
            kept: Some(Kept::new(token, file.name, size)),
        }));
    }
    let token = upload.field("kept");
    let text = upload.field("table");
    if !token.is_empty() && text.trim().is_empty() {
        return Ok(match actions::kept_upload(app, owner, token).await? {
            Some(octets) => Ok(Table {
                seen: token.to_owned(),
                kept: Some(Kept::new(
                    token.to_owned(),
                    upload.field("kept_name").to_owned(),
                    octets.len(),
                )),
                octets,
            }),
            None => Err(Phrase::new("import-file-gone")),
        });
    }
    let text = normalised(text);
    let digest = Sha256::digest(&text);
    Ok(Ok(Table {
        seen: URL_SAFE_NO_PAD.encode(digest),
        octets: text.into_bytes(),
        kept: None,
    }))
}

fn read_now(octets: &[u8], wishes: &Wishes) -> Result<Read, Phrase> {
    // A slice does not fail.
    let failed = |_| Phrase::new("error-unexpected");
    let plan =
        import::plan(&mut std::io::Cursor::new(octets), wishes).map_err(|error| match error {
            PlanError::Refused(phrase) => phrase,
            PlanError::Io(error) => failed(error),
        })?;
    let mut read = Read {
        summary: Summary::of(&plan),
        rows: Vec::new(),
        plan,
    };
    if !read.plan.has_addresses() {
        return Ok(read);
    }
    for found in read.plan.people(octets) {
        let found: Found = found.map_err(failed)?;
        read.rows.extend(read.summary.count(found));
        if read.summary.people > MOST || read.summary.lines() > MOST_LINES {
            break;
        }
    }
    Ok(read)
}

/// Reads a table on a thread of its own: it must not hold up other pages.
async fn read(turns: &Turns, octets: Vec<u8>, wishes: Wishes) -> Result<Read, Phrase> {
    let unexpected = || Phrase::new("error-unexpected");
    let turn = turns.take().await.ok_or_else(unexpected)?;
    let reading = tokio::task::spawn_blocking(move || {
        // Whoever has asked may be gone; the work is not.
        let _turn = turn;
        read_now(&octets, &wishes)
    });
    reading.await.map_err(|_| unexpected())?
}

impl Read {
    /// Why nobody is added.
    fn refusal(&self, skip: bool) -> Option<Phrase> {
        if !self.plan.has_addresses() {
            return Some(Phrase::new("import-no-address-column"));
        }
        if self.summary.people > MOST {
            return Some(Phrase::new("import-too-many").with("most", MOST));
        }
        if self.summary.lines() > MOST_LINES {
            return Some(Phrase::new("import-too-many-lines").with("most", MOST_LINES));
        }
        self.summary.refusal(skip)
    }
}

/// Shows what a table comes to; adds it when that has been seen. Where a line is wrong nobody is added,
/// unless such lines are to be skipped, and the table comes back. Should the database fail in between,
/// whoever was added before stays, which is said. *Add* that is pressed twice adds once.
#[post("/recipients/import", data = "<upload>")]
pub(in crate::web) async fn submit(
    me: SignedIn,
    jar: &CookieJar<'_>,
    turns: &State<Turns>,
    submissions: &State<Submissions>,
    mut upload: Upload,
) -> Result<Saved, Failure> {
    let key = IdempotencyKey::of(&me, &upload);
    if let Some(before) = key.as_ref().and_then(|key| submissions.before(key)) {
        return added(&me, jar, before.outcome().await);
    }
    let table = table(&me, &mut upload).await?;
    let mut page = ImportPage::with(
        normalised(upload.field("table")),
        upload.field("encoding").to_owned(),
        !upload.field("update").is_empty(),
        me.reader(),
    );
    let Table { octets, seen, kept } = match table {
        Ok(table) => table,
        Err(phrase) => {
            page.error = Some(me.reader().say(&phrase));
            return again(&me, page, true).await;
        }
    };
    let choices = Choices::of(&upload, &seen, kept.is_some());
    let is_chosen = choices.wishes.headings.is_some();
    page.kept = kept;
    page.skip = choices.skip;
    let read = match read(turns, octets, choices.wishes).await {
        Ok(read) => read,
        Err(phrase) => {
            page.error = Some(me.reader().say(&phrase));
            // It cannot be read, however it is looked at.
            page.kept = None;
            return again(&me, page, true).await;
        }
    };
    let refusal = read.refusal(choices.skip);
    // The page's buttons are *check* and *add*; a script that presses neither knows its table.
    let (checks, asks) = (upload.field("act") == "check", upload.field("act") == "add");
    if !checks && (choices.is_checked || !asks) && refusal.is_none() {
        let work = add(&me, read, &page, choices.update);
        return added(&me, jar, submissions.run(key, work).await);
    }
    let mark = headings_mark(is_chosen, read.plan.headings.is_some());
    page.shown = shown(&seen, &choices.encoding, mark);
    page.error = refusal.as_ref().map(|phrase| me.reader().say(phrase));
    if asks && !choices.is_checked && page.error.is_none() {
        page.error = Some(me.reader().text("import-changed"));
    }
    let keys: Vec<String> = read.rows.iter().map(|it| it.draft.email.key()).collect();
    let known = actions::count_known(me.app(), me.user.id, keys).await?;
    page.preview = Some(Preview::new(
        &read.plan,
        &read.summary,
        &read.rows,
        known,
        refusal.is_none(),
        me.reader(),
    ));
    let is_wrong = page.error.is_some();
    again(&me, page, is_wrong).await
}

async fn again(me: &SignedIn, page: ImportPage, is_wrong: bool) -> Result<Saved, Failure> {
    let page = me
        .page(Section::Recipients, "recipients/import.html", page)
        .await?;
    Ok(if is_wrong {
        Saved::again(page)
    } else {
        Saved::same(page)
    })
}

/// Adds what was read, and says what came of it.
fn add(
    me: &SignedIn,
    read: Read,
    page: &ImportPage,
    update: bool,
) -> impl Future<Output = Outcome> + Send + 'static {
    let (app, actor, owner) = (me.app().clone(), me.actor(), me.user.id);
    let token = page.kept.as_ref().map(|kept| kept.token().to_owned());
    async move {
        let (count, ignored) = (read.rows.len(), read.plan.ignored());
        let imported =
            actions::import_recipients(&app, &actor, owner, count, read.rows, update).await?;
        if let Some(token) = token {
            actions::forget_upload(&app, owner, &token).await;
        }
        Ok(imported.said(&read.summary, &ignored))
    }
}

fn added(me: &SignedIn, jar: &CookieJar<'_>, outcome: Outcome) -> Result<Saved, Failure> {
    leave_notice(me.app(), jar, "ok", &me.reader().say(&outcome?));
    Ok(Saved::at("/recipients".to_owned()))
}
