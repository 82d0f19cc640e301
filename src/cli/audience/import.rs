//! `mailapp import-recipients clients.csv --user …`: recipients from a table.

use std::fs::File;
use std::io::Seek as _;

use serde_json::json;

use crate::actions;
use crate::actions::ActionError;
use crate::app::App;
use crate::cli::args::ImportRecipients;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::cli::{input, whose};
use crate::domain::accounts::user::Actor;
use crate::domain::audience::import;
use crate::domain::audience::import::{Plan, PlanError, Role, Row, Shape, Summary, Which, Wishes};
use crate::domain::phrase::Phrase;

/// Most octets of a table: millions of rows.
const MOST: u64 = 256 << 20;

/// Where a line is wrong nobody is added, unless wrong lines are to be skipped. The file is read twice,
/// first to see whether all is well, so that its length costs no memory. Who was added before the database
/// failed stays.
pub(in crate::cli) async fn run(
    app: &App,
    args: &ImportRecipients,
    say: &Say,
) -> Result<Exit, Exit> {
    let owner = whose::owner(app, &args.owner).await?;
    let wishes = wishes(args)?;
    let mut file = input::spool(args.file.as_deref(), MOST, "cli-ask-table", say)?;
    let plan = import::plan(&mut file, &wishes).map_err(|error| match error {
        PlanError::Io(error) => unreadable(args, &error),
        PlanError::Refused(phrase) if phrase.key == "import-no-such-column" => {
            Exit::misused(phrase)
        }
        PlanError::Refused(phrase) => Exit::Refused(phrase),
    })?;
    tell(&plan, say);
    if !plan.has_addresses() {
        say.hint(&Phrase::new("cli-import-choose"));
        return Err(Exit::Refused(Phrase::new("import-no-address-column")));
    }
    let summary = check(&mut file, &plan, args)?;
    for problem in &summary.problems {
        let wrong = Phrase::new("cli-import-line")
            .with("line", problem.line.to_string())
            .with("text", problem.text.as_str())
            .with("why", say.phrase(&problem.phrase));
        say.hint(&wrong);
    }
    summary.remarks().iter().for_each(|remark| say.hint(remark));
    if let Some(refusal) = summary.refusal(args.skip_wrong) {
        if summary.wrong > 0 && summary.people > 0 {
            say.hint(&Phrase::new("cli-import-skip"));
        }
        return Err(Exit::Refused(refusal));
    }
    let mut failed = None;
    file.rewind().map_err(|error| unreadable(args, &error))?;
    let rows = rows(&mut file, &plan, &mut failed);
    if args.dry_run {
        let keys = rows.map(|row| row.draft.email.key());
        let known = actions::count_known(app, owner, keys).await;
        let known = known.map_err(ActionError::from)?;
        if let Some(error) = failed {
            return Err(unreadable(args, &error));
        }
        return dry(&plan, &summary, known, args, say);
    }
    let actor = Actor::CommandLine;
    let imported =
        actions::import_recipients(app, &actor, owner, summary.people, rows, args.update).await?;
    if let Some(error) = failed {
        // How many lines there were is what the first reading said of a file that is another now.
        say.hint(&imported.said(&Summary::of(&plan), &[]));
        return Err(unreadable(args, &error));
    }
    if args.json {
        say.json(&json!({
            "added": imported.added,
            "unsubscribed": imported.unsubscribed,
            "changed": imported.changed,
            "known": imported.known,
            "still_active": imported.still_active,
            "repeated": summary.repeated,
            "skipped": summary.wrong,
            "ignored": plan.ignored(),
            "encoding": plan.encoding.name(),
            "columns": columns(&plan),
        }))?;
    } else {
        let said = imported.said(&summary, &plan.ignored());
        say.out(&say.phrase(&said));
    }
    Ok(Exit::Done)
}

fn unreadable(args: &ImportRecipients, error: &std::io::Error) -> Exit {
    let name = args
        .file
        .as_ref()
        .map_or_else(|| "-".to_owned(), |it| it.display().to_string());
    let phrase = Phrase::new("cli-file-unreadable").with("file", name);
    Exit::Refused(phrase.with("error", error.to_string()))
}

/// What the options say.
fn wishes(args: &ImportRecipients) -> Result<Wishes, Exit> {
    let bad = |option: &str, value: &str| {
        let phrase = Phrase::new("cli-error-value").with("name", option.to_owned());
        Exit::misused(phrase.with("value", value.to_owned()))
    };
    let encoding = match &args.encoding {
        Some(name) => Some(import::encoding_by_name(name).ok_or_else(|| bad("--encoding", name))?),
        None => None,
    };
    let mut roles = Vec::new();
    for column in &args.column {
        let (role, which) = column
            .split_once('=')
            .and_then(|(role, which)| Some((Role::by_name(role.trim())?, which.trim())))
            .ok_or_else(|| bad("--column", column))?;
        let which = match which.parse::<usize>() {
            Ok(0) => return Err(bad("--column", column)),
            Ok(number) => Which::Number(number - 1),
            Err(_) => Which::Heading(which.to_owned()),
        };
        roles.push((role, which));
    }
    Ok(Wishes {
        encoding,
        headings: args
            .headings
            .then_some(true)
            .or(args.no_headings.then_some(false)),
        roles,
        columns: None,
    })
}

/// Says what is taken for what, before anything is added.
fn tell(plan: &Plan, say: &Say) {
    plan.said().iter().for_each(|said| say.hint(said));
    if plan.shape == Shape::List {
        return;
    }
    for (column, number) in plan.columns.iter().zip(1_usize..) {
        let role = column.role.map_or("none", Role::name);
        let key = match column.heading.as_str() {
            "" => "cli-import-column-unnamed",
            _ => "cli-import-column",
        };
        let said = Phrase::new(key)
            .with("number", number.to_string())
            .with("heading", column.heading.as_str())
            .with("role", say.text(&format!("import-role-{role}")));
        say.hint(&said);
    }
}

fn columns(plan: &Plan) -> Vec<serde_json::Value> {
    let columns = plan.columns.iter();
    columns
        .map(|column| json!({ "heading": column.heading, "role": column.role.map(Role::name) }))
        .collect()
}

fn check(file: &mut File, plan: &Plan, args: &ImportRecipients) -> Result<Summary, Exit> {
    file.rewind().map_err(|error| unreadable(args, &error))?;
    let mut summary = Summary::of(plan);
    for found in plan.people(file) {
        summary.count(found.map_err(|error| unreadable(args, &error))?);
    }
    Ok(summary)
}

/// The people, as they are read; what the input's failure was is kept aside.
fn rows<'a>(
    file: &'a mut File,
    plan: &'a Plan,
    failed: &'a mut Option<std::io::Error>,
) -> impl Iterator<Item = Row> + 'a {
    let mut people = plan.people(file);
    std::iter::from_fn(move || {
        loop {
            match people.next()? {
                Ok(import::Found::Person(row)) => return Some(row),
                Ok(_) => {}
                Err(error) => {
                    *failed = Some(error);
                    return None;
                }
            }
        }
    })
}

/// Says what would become of it.
fn dry(
    plan: &Plan,
    summary: &Summary,
    known: usize,
    args: &ImportRecipients,
    say: &Say,
) -> Result<Exit, Exit> {
    let new = summary.people.saturating_sub(known);
    if args.json {
        say.json(&json!({
            "dry_run": true,
            "people": summary.people,
            "new": new,
            "known": known,
            "unsubscribed": summary.unsubscribed,
            "repeated": summary.repeated,
            "skipped": summary.wrong,
            "ignored": plan.ignored(),
            "encoding": plan.encoding.name(),
            "columns": columns(plan),
        }))?;
    } else {
        say.out(
            &say.phrase(
                &Phrase::new("cli-import-dry")
                    .with("new", new)
                    .with("known", known),
            ),
        );
    }
    Ok(Exit::Done)
}
