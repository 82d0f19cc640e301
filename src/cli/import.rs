//! `mailapp import-recipients clients.csv --user …`: recipients from a table.

use serde_json::json;

use super::args::ImportRecipients;
use super::say::Say;
use super::{Exit, input, whose};
use crate::actions;
use crate::app::App;
use crate::domain::import;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;

/// Most octets of a table: millions of rows.
const MOST: u64 = 256 << 20;
/// Wrong lines that are shown.
const SHOWN: usize = 20;

/// All of it, or nothing: where a line is wrong nobody is added.
pub(super) async fn run(app: &App, args: &ImportRecipients, say: &Say) -> Result<Exit, Exit> {
    let owner = whose::owner(app, &args.owner).await?;
    let text = input::read(args.file.as_deref(), MOST, "cli-ask-table", say)?;
    let table = import::parse(&text);
    if table.rows.is_empty() && table.problems.is_empty() {
        return Err(Exit::Refused(Phrase::new("import-empty")));
    }
    if !table.problems.is_empty() {
        for problem in table.problems.iter().take(SHOWN) {
            let wrong = Phrase::new("cli-import-line")
                .with("line", problem.line.to_string())
                .with("text", problem.text.as_str())
                .with("why", say.phrase(&problem.phrase));
            say.hint(&wrong);
        }
        let wrong = Phrase::new("import-wrong-lines").with("count", table.problems.len());
        return Err(Exit::Refused(wrong));
    }
    let actor = Actor::CommandLine;
    let imported = actions::import_recipients(app, &actor, owner, table.rows, args.update).await?;
    if args.json {
        say.json(&json!({
            "added": imported.added,
            "changed": imported.changed,
            "known": imported.known,
            "repeated": table.repeated,
            "ignored": table.ignored,
        }))?;
    } else {
        say.out(&say.phrase(&imported.said(table.repeated, &table.ignored)));
    }
    Ok(Exit::Done)
}
