//! Single values of settings.

use std::path::Path;

use crate::domain::Millis;
use crate::domain::phrase::Phrase;

pub(super) fn read(path: &Path, key: &str) -> Result<Vec<u8>, Phrase> {
    std::fs::read(path).map_err(|error| {
        Phrase::new("config-unreadable-file")
            .with("name", key)
            .with("path", path.display().to_string())
            .with("error", error.to_string())
    })
}

pub(super) fn bad(key: &str, value: &str) -> Phrase {
    Phrase::new("config-bad-value")
        .with("key", key)
        .with("value", value)
}

/// `30s`, `5m`, `2h`, `7d`.
pub(super) fn span(key: &str, text: &str) -> Result<Millis, Phrase> {
    let text = text.trim();
    let split = text.len().saturating_sub(1);
    let unit = match text.get(split..) {
        Some("s") => 1_000,
        Some("m") => 60_000,
        Some("h") => 3_600_000,
        Some("d") => 86_400_000,
        _ => 0,
    };
    text.get(..split)
        .and_then(|number| number.trim().parse::<u32>().ok())
        .map(|number| Millis::from(number) * unit)
        .filter(|millis| *millis > 0)
        .ok_or_else(|| {
            Phrase::new("config-bad-span")
                .with("key", key)
                .with("value", text)
        })
}
