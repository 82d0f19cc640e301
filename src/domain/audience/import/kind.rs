//! Kinds of files that are no tables of text, told by their first octets.

/// Octets that are looked at.
pub(super) const HEAD: usize = 8 * 1024;

/// Name of the kind in the text `import-not-a-table`, or `None` where it may be a table.
pub(super) fn foreign(head: &[u8]) -> Option<&'static str> {
    let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
    let begins = |magic: &[u8]| head.starts_with(magic);
    if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        return Some(if has(b"application/vnd.oasis.opendocument.spreadsheet") {
            "ods"
        } else if has(b"xl/") || has(b"[Content_Types].xml") || has(b"_rels/") {
            "xlsx"
        } else {
            "zip"
        });
    }
    let known: [(&[u8], &str); 12] = [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b"%PDF-", "pdf"),
        (b"Rar!\x1a\x07", "zip"),
        (b"7z\xbc\xaf\x27\x1c", "zip"),
        (b"\x1f\x8b", "zip"),
        (b"BZh", "zip"),
        (b"\xfd7zXZ\x00", "zip"),
        (b"{\\rtf", "rtf"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff", "image"),
        (b"GIF8", "image"),
        (b"SQLite format 3\x00", "binary"),
    ];
    if let Some((_, kind)) = known.iter().find(|(magic, _)| begins(magic)) {
        return Some(kind);
    }
    text_of_another_kind(head)
}

/// Markup and contact cards: text, but no table.
fn text_of_another_kind(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    let begins = |word: &[u8]| {
        text.get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    if begins(b"BEGIN:VCARD") {
        return Some("vcard");
    }
    let is_markup = [
        &b"<!doctype html"[..],
        b"<html",
        b"<table",
        b"<?xml",
        b"<head",
        b"<meta",
    ];
    if is_markup.iter().any(|word| begins(word)) {
        return Some("html");
    }
    if begins(b"[{") || begins(b"{\"") {
        return Some("json");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_named_by_its_first_octets() {
        for (head, kind) in [
            (
                &b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml"[..],
                "xlsx",
            ),
            (
                b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK",
                "ods",
            ),
            (b"PK\x03\x04\x14\0\0\0\0\0photo.jpg", "zip"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "xls"),
            (b"%PDF-1.7\n", "pdf"),
            (b"\xef\xbb\xbf\r\n<HTML><table>", "html"),
            (b"<?xml version=\"1.0\"?><Workbook>", "html"),
            (b"begin:vcard\r\nFN:Ivan", "vcard"),
            (b"[{\"email\":\"a@b.ru\"}]", "json"),
            (b"{\\rtf1\\ansi", "rtf"),
        ] {
            assert_eq!(foreign(head), Some(kind), "{head:?}");
        }
        for head in [
            &b"email\na@b.ru"[..],
            b"",
            b"<ivan@example.ru>",
            b"PK;email",
        ] {
            assert_eq!(foreign(head), None, "{head:?}");
        }
    }
}
