//! Whether somebody still wants mail, in the words of our own files and of other mailing services.

use crate::domain::text;

const GONE: [&str; 22] = [
    "unsubscribed",
    "unsubscribe",
    "opted out",
    "opt-out",
    "opted-out",
    "optout",
    "suppressed",
    "complained",
    "complaint",
    "bounced",
    "bounce",
    "cleaned",
    "blocked",
    "inactive",
    "отписан",
    "отписана",
    "отписался",
    "отписалась",
    "отписка",
    "заблокирован",
    "неактивен",
    "не подписан",
];
const THERE: [&str; 14] = [
    "active",
    "subscribed",
    "confirmed",
    "new",
    "invited",
    "opted in",
    "opt-in",
    "opted-in",
    "активен",
    "активный",
    "активна",
    "подписан",
    "подписана",
    "новый",
];

/// Whether a cell says either.
pub(super) fn is_one(cell: &str) -> bool {
    let word = text::fold(cell.trim());
    GONE.contains(&word.as_str()) || THERE.contains(&word.as_str())
}

/// Whether a cell says that they must not be mailed.
pub(super) fn is_gone(cell: &str) -> bool {
    GONE.contains(&text::fold(cell.trim()).as_str())
}
