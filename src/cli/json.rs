//! JSON for scripts: one object a line.
//!
//! Moments, which are milliseconds everywhere inside, are written as RFC 3339 in UTC. Characters that a
//! terminal obeys instead of showing (C1 controls, direction marks) are escaped: JSON itself asks for
//! that below U+0020 alone (RFC 8259 §7).

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use crate::domain::text::acts_on_terminals;

/// Names of members that hold a moment.
fn is_moment(name: &str) -> bool {
    matches!(name, "at" | "from" | "until") || name.ends_with("_at")
}

/// One value as a line, without its line break.
pub(super) fn line(value: &impl Serialize) -> String {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    write_moments(&mut value);
    let mut line = String::new();
    for c in value.to_string().chars() {
        if acts_on_terminals(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                _ = write!(line, "\\u{unit:04x}");
            }
        } else {
            line.push(c);
        }
    }
    line
}

fn write_moments(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(write_moments),
        Value::Object(members) => {
            for (name, member) in members {
                let moment = member
                    .as_i64()
                    .filter(|_| is_moment(name))
                    .and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
                match moment {
                    Some(moment) => *member = Value::String(moment.to_string()),
                    None => write_moments(member),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_rfc_3339_in_utc_wherever_they_stand() {
        let value = json!({"at": 1_795_426_200_123_i64, "rows": [{"created_at": 0, "left_at": null}], "count": 5});
        assert_eq!(
            line(&value),
            r#"{"at":"2026-11-23T09:30:00.123Z","count":5,"rows":[{"created_at":"1970-01-01T00:00:00Z","left_at":null}]}"#
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_reads_back_the_same() {
        let text = "a\u{9b}2J\u{202e}b\u{1b}\u{feff}";
        let line = line(&json!({ "text": text }));
        assert!(!line.chars().any(acts_on_terminals), "{line}");
        let back: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(back["text"], text);
    }
}
