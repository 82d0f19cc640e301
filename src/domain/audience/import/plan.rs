//! How a text is to be read: found out from its beginning, and from what was chosen by hand.

use std::io::{Read, Seek};

use encoding_rs::Encoding;

use super::columns::Survey;
use super::encoding::Detected;
use super::lines::Lines;
use super::model::{Column, MAX_COLUMNS, Plan, PlanError, Role, Shape, Which, Wishes};
use super::records::Flaw;
use super::{columns, encoding, headings, list, separator};
use crate::domain::phrase::Phrase;

/// Octets of text by which the separator is told.
const BEGINNING: usize = 64 * 1024;
/// Rows with an address by which the columns are told …
const SURVEYED: usize = 1_000;
/// … and rows that are looked at for them.
const LOOKED_AT: usize = 20_000;
/// Rows among which the headings are.
const ABOVE: usize = 10;

/// Looks at a text and says how it is to be read.
///
/// # Errors
/// It is no text, has too many columns, has nothing in it; the input's.
pub fn plan(source: &mut (impl Read + Seek), wishes: &Wishes) -> Result<Plan, PlanError> {
    let refused = |phrase| Err(PlanError::Refused(phrase));
    let encoding = match encoding::detect(source, wishes.encoding)? {
        Detected::Text(encoding) => encoding,
        Detected::Foreign(kind) => {
            return refused(Phrase::new("import-not-a-table").with("kind", kind));
        }
    };
    let beginning = beginning(&mut *source, encoding)?;
    let hint = beginning.lines().next().and_then(separator::hint);
    let text = match hint {
        Some(_) => beginning.split_once('\n').map_or("", |(_, text)| text),
        None => beginning.as_str(),
    };
    let separator = match hint {
        Some(separator) => separator,
        None => separator::guess(text)?,
    };
    let mut plan = Plan {
        encoding,
        shape: Shape::Table(separator),
        headings: None,
        above: 0,
        columns: Vec::new(),
        has_hint: hint.is_some(),
    };
    let is_by_hand = !wishes.roles.is_empty() || wishes.headings == Some(true);
    if hint.is_none() && !is_by_hand && is_list(text, separator) {
        plan.shape = Shape::List;
        return Ok(plan);
    }
    source.rewind()?;
    let (headings, survey) = survey(&mut *source, &mut plan, wishes)?;
    if survey.rows == 0 && headings.is_none() {
        return refused(Phrase::new("import-empty"));
    }
    plan.columns = columns::assign(headings.as_deref(), &survey);
    choose(&mut plan.columns, wishes)?;
    Ok(plan)
}

/// The first lines, in UTF-8.
fn beginning(source: impl Read, encoding: &'static Encoding) -> Result<String, PlanError> {
    let mut lines = Lines::new(source, encoding, BEGINNING);
    let mut text = String::new();
    while text.len() < BEGINNING
        && let Some(line) = lines.next()?
    {
        text.push_str(&line.text);
        text.push('\n');
    }
    Ok(text)
}

fn is_list(text: &str, separator: char) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first: Vec<&str> = lines
        .next()
        .map(|line| line.split(separator).take(MAX_COLUMNS).collect())
        .unwrap_or_default();
    !headings::are_headings(&first) && list::is_list(text.lines())
}

/// Finds the headings, and looks at the rows below them.
fn survey(
    source: impl Read,
    plan: &mut Plan,
    wishes: &Wishes,
) -> Result<(Option<Vec<String>>, Survey), PlanError> {
    let mut records = plan.records(source)?;
    let mut survey = Survey::default();
    let mut headings: Option<Vec<String>> = None;
    // Rows of which it is not known yet whether they stand above the headings.
    let mut above: Vec<Vec<String>> = Vec::new();
    let mut is_above = wishes.headings != Some(false);
    let mut count = 0;
    while survey.with_address < SURVEYED
        && count < LOOKED_AT
        && let Some(record) = records.next()?
    {
        count += 1;
        let cells = match record.cells {
            Ok(cells) => cells,
            Err(Flaw::TooManyCells) if count == 1 => {
                let many = Phrase::new("import-too-many-columns").with("most", MAX_COLUMNS);
                return Err(PlanError::Refused(many));
            }
            Err(_) => continue,
        };
        if is_above {
            let has_address = cells.iter().any(|cell| cell.contains('@'));
            let is_first =
                count == 1 && (wishes.headings == Some(true) || headings::are_headings(&cells));
            let is_heading =
                is_first || (headings::are_headings(&cells) && headings::name_addresses(&cells));
            is_above = !has_address && count < ABOVE;
            if is_heading {
                plan.headings = Some(record.line);
                plan.above += above.len() as u64 + u64::from(headings.is_some());
                above.clear();
                is_above &= !headings::name_addresses(&cells) && wishes.headings.is_none();
                headings = Some(cells);
            } else {
                above.push(cells);
            }
            continue;
        }
        survey.add(&cells);
    }
    for cells in &above {
        survey.add(cells);
    }
    // One who has unsubscribed may stand further behind than all rows by which the columns were told.
    let undecided = headings.as_deref().map(|it| survey.undecided(it));
    if let Some(undecided) = undecided.filter(|it| !it.is_empty()) {
        while let Some(record) = records.next()? {
            if let Ok(cells) = record.cells {
                survey.add_states(&cells, &undecided);
            }
        }
    }
    Ok((headings, survey))
}

/// What was chosen by hand takes the place of what was guessed.
fn choose(columns: &mut [Column], wishes: &Wishes) -> Result<(), PlanError> {
    if let Some(chosen) = &wishes.columns {
        for (index, column) in columns.iter_mut().enumerate() {
            column.role = chosen.get(index).copied().flatten();
        }
    }
    let mut chosen = Vec::new();
    for (role, which) in &wishes.roles {
        let found = match which {
            Which::Number(number) => Some(*number).filter(|number| *number < columns.len()),
            Which::Heading(heading) => columns.iter().position(|column| {
                column.heading.trim().to_lowercase() == heading.trim().to_lowercase()
            }),
        };
        let Some(found) = found else {
            let name = match which {
                Which::Number(number) => (number + 1).to_string(),
                Which::Heading(heading) => heading.clone(),
            };
            let missing = Phrase::new("import-no-such-column").with("column", name);
            return Err(PlanError::Refused(missing.with("count", columns.len())));
        };
        chosen.push((*role, found));
    }
    let is_name = |role: Role| matches!(role, Role::Name | Role::NamePart);
    for column in columns.iter_mut() {
        let gives_way = |role: Role| {
            let mut given = chosen.iter().map(|(role, _)| *role);
            given.any(|given| given == role || (is_name(given) && is_name(role)))
        };
        column.role = column.role.filter(|role| !gives_way(*role));
    }
    for (role, index) in chosen {
        columns[index].role = Some(role);
    }
    Ok(())
}
