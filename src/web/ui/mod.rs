//! What pages have in common: layout, paging, charts, forms, spans of time.

pub(super) mod chart;
pub(super) mod figures;
pub(super) mod form_page;
pub(super) mod layout;
pub(super) mod paging;
pub(super) mod reason;
pub(super) mod span;
pub(super) mod stale;
pub(super) mod whose;
