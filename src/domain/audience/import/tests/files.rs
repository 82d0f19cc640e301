//! Encodings, other kinds of files, what this program itself has written, and bounds.

use std::io::Cursor;

use super::{people, read, read_with};
use crate::domain::audience::import::*;
use crate::domain::phrase::Phrase;

#[test]
fn an_own_export_comes_back_as_it_was() {
    let table = "id,email,name,comment,state,added_at,updated_at,owner\n\
        7,a@example.ru,'=Анна,\"'-1\n'+2\",active,2026-01-01,2026-01-01,me@x.ru\n\
        8,b@example.ru,'＝Борис,,unsubscribed,2026-01-01,2026-01-01,me@x.ru\n";
    let expected = [
        ("a@example.ru", "=Анна", "-1\n+2"),
        ("b@example.ru", "＝Борис", ""),
    ];
    let read = people(table, &expected);
    let gone: Vec<bool> = read.people.iter().map(|row| row.unsubscribed).collect();
    assert_eq!(gone, [false, true]);
    for state in ["Отписан", "unsubscribed", "cleaned"] {
        let table = format!("email;статус\na@x.ru;активен\nb@x.ru;{state}");
        let read = people(&table, &[("a@x.ru", "", ""), ("b@x.ru", "", "")]);
        assert!(read.people[1].unsubscribed, "{state}");
    }
    // A column of that name which says other things is no such one.
    let read = people("email;статус\na@x.ru;VIP", &[("a@x.ru", "", "")]);
    assert_eq!(read.ignored(), ["статус"]);
}

#[test]
fn a_file_is_read_in_its_own_encoding() {
    let table = "Email;Имя;Комментарий\nivan@example.ru;Иван Петров;постоянный клиент\n\
        olga@example.ru;Ольга Ёлкина;любит Щелкунчика\n";
    let short = "Email;Имя\nivan@example.ru;Иван\n";
    for text in [table, short] {
        let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        let marked = |order: fn(u16) -> [u8; 2]| [order(0xfeff).to_vec(), utf16(order)].concat();
        let mut files = vec![
            (text.as_bytes().to_vec(), "UTF-8"),
            (format!("\u{feff}{text}").into_bytes(), "UTF-8"),
            (marked(u16::to_le_bytes), "UTF-16LE"),
            (marked(u16::to_be_bytes), "UTF-16BE"),
            (utf16(u16::to_le_bytes), "UTF-16LE"),
            (utf16(u16::to_be_bytes), "UTF-16BE"),
        ];
        for name in ["windows-1251", "IBM866", "KOI8-R", "x-mac-cyrillic"] {
            let (octets, _, _) = encoding_by_name(name).unwrap().encode(text);
            files.push((octets.into_owned(), name));
        }
        for (octets, name) in files {
            let read = read_with(&octets, &Wishes::default());
            assert_eq!(read.problems, [], "{name}: {text}");
            assert!(
                read.people[0].draft.name.starts_with("Иван"),
                "{name}: {:?}",
                read.rows()
            );
            assert_eq!(read.encoding(), name, "{text}");
        }
    }
    let (western, _, _) =
        encoding_rs::WINDOWS_1252.encode("Email;Name\njurgen@example.de;Jürgen Müller\n");
    let read = read_with(&western, &Wishes::default());
    assert_eq!(read.rows(), [("jurgen@example.de", "Jürgen Müller", "")]);
    // Whoever knows better chooses.
    let (octets, _, _) = encoding_rs::WINDOWS_1251.encode(short);
    let wishes = Wishes {
        encoding: encoding_by_name("koi8-r"),
        roles: vec![(Role::Name, Which::Number(1))],
        ..Wishes::default()
    };
    assert_eq!(read_with(&octets, &wishes).people[0].draft.name, "хБЮМ");
}

#[test]
fn one_bad_octet_makes_its_line_wrong_and_not_the_file() {
    let mut octets = "Email;Name\noleg@x.ru;Олег\nolga@x.ru;Ольг"
        .as_bytes()
        .to_vec();
    octets.extend(b"\xd0\nanna@x.ru;");
    octets.extend("Анна\n".as_bytes());
    let read = read_with(&octets, &Wishes::default());
    assert_eq!(read.encoding(), "UTF-8");
    assert_eq!(read.wrong(), [(3, "import-unreadable")]);
    assert_eq!(
        read.rows(),
        [("oleg@x.ru", "Олег", ""), ("anna@x.ru", "Анна", "")]
    );
    // A character that two pieces of the file share is none.
    let long = format!("Email;Name\n{}", "a@x.ru;Ж\n".repeat(10_000));
    assert_eq!(read_with(long.as_bytes(), &Wishes::default()).problems, []);
}

#[test]
fn a_line_in_another_encoding_makes_itself_wrong_and_not_the_file() {
    let foreign = |text: &str| encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
    for table in [
        [
            "Email;Name\noleg@x.ru;Олег\n".as_bytes(),
            &foreign("ivan@x.ru;Иванов Иван Иванович\n"),
            b"a@x.ru;\n",
        ],
        [
            "Email;Name\njurgen@x.ru;Jürgen Müller\n".as_bytes(),
            &foreign("ivan@x.ru;Константинопольский Александр\n"),
            b"",
        ],
        [
            b"Email;Name\n",
            &foreign("ivan@x.ru;Иванов Иван\n"),
            "wang@x.ru;王小明\n".as_bytes(),
        ],
    ] {
        let read = read_with(&table.concat(), &Wishes::default());
        assert_eq!(read.encoding(), "UTF-8", "{table:?}");
        assert_eq!(read.problems.len(), 1, "{table:?}");
        assert!(!read.people.is_empty());
    }
    // Letters that are UTF-8 by chance do not make a file of an older encoding one.
    for name in ["Пётр", "Семён Пётрович", "Раиса"] {
        let (octets, _, _) = encoding_rs::WINDOWS_1251.encode(name);
        let table = [b"Email;Name\na@x.ru;", &*octets, b"\n"].concat();
        let read = read_with(&table, &Wishes::default());
        assert_eq!(read.rows(), [("a@x.ru", name, "")]);
    }
}

#[test]
fn files_of_other_kinds_are_named() {
    for (octets, kind) in [
        (&b"PK\x03\x04\x14\0\x06\0[Content_Types].xml"[..], "xlsx"),
        (b"%PDF-1.7", "pdf"),
        (b"Email\0\0\x01;\x02\x03\x04", "binary"),
    ] {
        match plan(&mut Cursor::new(octets), &Wishes::default()) {
            Err(PlanError::Refused(phrase)) => {
                assert_eq!(phrase, Phrase::new("import-not-a-table").with("kind", kind));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn columns_and_lines_have_bounds() {
    let wide = format!("{}\n{}", "name,".repeat(150_000), "x\n".repeat(150_000));
    assert_eq!(read(&wide).refused, Some("import-too-many-columns"));
    let read = read(&format!(
        "email,name\na@x.ru,{}\nb@x.ru,{}\n",
        "x".repeat(MAX_RECORD),
        "y,".repeat(300)
    ));
    assert_eq!(
        read.wrong(),
        [(2, "import-line-too-long"), (3, "import-too-many-cells")]
    );
}
