//! Lists of addresses with the mistakes that copying and typing bring: everybody is read or reported.

use proptest::prelude::*;

use super::{Read, people, read};
use crate::domain::audience::import::Shape;

impl Read {
    fn named(&self) -> Vec<(u64, &str, &'static str)> {
        let problems = self.problems.iter();
        problems
            .map(|it| (it.line, it.text.as_str(), it.phrase.key))
            .collect()
    }

    pub(super) fn emails(&self) -> Vec<&str> {
        self.rows().iter().map(|(email, ..)| *email).collect()
    }

    fn is_list(&self) -> bool {
        self.plan
            .as_ref()
            .is_some_and(|plan| plan.shape == Shape::List)
    }
}

#[test]
fn a_list_with_a_mistake_is_a_list_and_the_mistake_is_named() {
    for (text, emails, named) in [
        (
            "To: \"Meier, Hans\" <hans@a.example>, eva@a.example; Karl <karl@a.example",
            &["hans@a.example", "eva@a.example"][..],
            &[(1, "Karl <karl@a.example", "import-angle-brackets")][..],
        ),
        (
            "a@x.example, b@x.example, c@@x.example",
            &["a@x.example", "b@x.example"],
            &[(1, "c@@x.example", "error-email-malformed")],
        ),
        (
            "Bob <b@xexample>",
            &[],
            &[(1, "Bob <b@xexample>", "error-email-malformed")],
        ),
        (
            "To: a@x.example, b@x.example\nCc: bad@@x.example, c@x.example",
            &["a@x.example", "b@x.example", "c@x.example"],
            &[(2, "bad@@x.example", "error-email-malformed")],
        ),
        (
            "Karl karl@a.example>, eva@a.example",
            &["eva@a.example"],
            &[(1, "Karl karl@a.example>", "import-angle-brackets")],
        ),
        (
            "\"Meier, Hans <hans@a.example>, \"Kim, Eva\" <eva@a.example>",
            &["eva@a.example"],
            &[(1, "\"Meier, Hans <hans@a.example>", "import-name-quotes")],
        ),
        (
            "Karl <karl a.example>, eva@a.example",
            &["eva@a.example"],
            &[(1, "Karl <karl a.example>", "error-email-malformed")],
        ),
        (
            "karl@old.example <karl@a.example>, eva@a.example",
            &["eva@a.example"],
            &[(
                1,
                "karl@old.example <karl@a.example>",
                "import-second-address",
            )],
        ),
        (
            "<a@x.example> Ivan <b@x.example>; eva@a.example",
            &["eva@a.example"],
            &[(
                1,
                "<a@x.example> Ivan <b@x.example>",
                "import-second-address",
            )],
        ),
        (
            "Иван a@x.example Олег b@x.example, eva@a.example",
            &["eva@a.example"],
            &[(
                1,
                "Иван a@x.example Олег b@x.example",
                "import-second-address",
            )],
        ),
        (
            "eva@a.example, Karl karl@a.example Meier",
            &["eva@a.example"],
            &[(1, "Karl karl@a.example Meier", "import-name-unclear")],
        ),
        (
            "eva@a.example, iv\u{200b}an@a.example",
            &["eva@a.example"],
            &[(1, "iv[U+200B]an@a.example", "error-email-invisible")],
        ),
    ] {
        let read = read(text);
        assert_eq!(read.emails(), emails, "{text}");
        assert_eq!(read.named(), named, "{text}");
    }
}

#[test]
fn what_is_no_mistake_is_read_as_it_was_meant() {
    for text in [
        "To: Ivan <a@b.example>, c@d.example.",
        "Кому: Ivan <a@b.example>; Копия: c@d.example",
        "Cc: Ivan <a@b.example> c@d.example",
        "Скрытая копия: 'Ivan' <a@b.example>,\n <c@d.example>",
        "To: Ivan <a@b.example>\nBcc: c@d.example",
        "Bcc: Ivan <a@b.example>, 'c@d.example'",
        "Board: Ivan <a@b.example>, [c@d.example];",
        "Ivan <a@b.example> <c@d.example>",
        "\"Ivan <a@b.example>, c@d.example\"",
        "E-mail: Ivan <a@b.example>; E-mail: mailto:c@d.example?subject=Hi",
        "Ivan: a@b.example\nE-mail: c@d.example",
        "Кому:\nIvan <a@b.example>，c@d.example",
    ] {
        people(
            text,
            &[("a@b.example", "Ivan", ""), ("c@d.example", "", "")],
        );
    }
    // A header with one address is no name.
    for header in [
        "To",
        "Кому",
        "Cc",
        "Копия",
        "Bcc",
        "Скрытая копия",
        "E-mail",
    ] {
        let text = format!("{header}: a@b.example");
        people(&text, &[("a@b.example", "", "")]);
    }
    let read = read("Ivan <a@b.example> Олег <c@d.example>");
    assert_eq!(
        read.rows(),
        [("a@b.example", "Ivan", ""), ("c@d.example", "Олег", "")]
    );
}

#[test]
fn in_a_table_no_address_is_taken_for_a_name_or_dropped() {
    for (text, line, key, address) in [
        (
            "Email,Name\na@x.ru,b@@x.ru",
            2,
            "import-second-address",
            "b@@x.ru",
        ),
        (
            "Email,Name\na@x.ru,Анна b@x",
            2,
            "import-second-address",
            "b@x",
        ),
        (
            "a@x.ru;Анна;пишет с b@x.ru по пятницам",
            1,
            "import-second-address",
            "b@x.ru",
        ),
        (
            "a@x.ru;Анна;друг;<b x.ru>",
            1,
            "import-second-address",
            "b x.ru",
        ),
        (
            "Email,Name\na@x.ru,Анна,b@x.ru",
            2,
            "import-extra-cells",
            "b@x.ru",
        ),
        (
            "Email;Комментарий\n;звонить b@x.ru днём",
            2,
            "error-email-missing",
            "b@x.ru",
        ),
        (
            "Email;Имя\nb@@x.ru;Анна",
            2,
            "error-email-malformed",
            "b@@x.ru",
        ),
    ] {
        let read = read(text);
        assert_eq!(read.people, [], "{text}");
        assert_eq!(read.wrong(), [(line, key)], "{text}");
        let problem = &read.problems[0];
        assert!(problem.text.contains(address), "{text}: {}", problem.text);
    }
    // Further behind than a line is shown, it is named all the same.
    let long = format!("Имя;Email;x\n{};b@@x.ru;", "Ж".repeat(90));
    let read_long = read(&long);
    assert!(read_long.problems[0].text.ends_with("… · b@@x.ru"));
    // What is under a heading of its own stays as it is.
    people(
        "Email;Имя;Telegram;Комментарий\na@x.ru;Анна;@anna;пишет с b@x.ru и с @work",
        &[("a@x.ru", "Анна", "пишет с b@x.ru и с @work")],
    );
    people(
        "a@x.ru;Анна;@anna\nb@x.ru;Horns @ Hooves;@work по пятницам",
        &[
            ("a@x.ru", "Анна", "@anna"),
            ("b@x.ru", "Horns @ Hooves", "@work по пятницам"),
        ],
    );
}

#[test]
fn a_recipient_in_the_place_of_the_headings_is_reported() {
    let wishes = crate::domain::audience::import::Wishes {
        headings: Some(true),
        ..Default::default()
    };
    let read = super::read_with("a@x.ru;Анна\nb@x.ru;Олег".as_bytes(), &wishes);
    assert_eq!(read.wrong(), [(1, "import-heading-address")]);
    assert_eq!(read.emails(), ["b@x.ru"]);
}

/// A line of a megabyte, of whichever marks, is read in its own time: if it were looked at anew for each
/// of them, this would take hours.
#[test]
fn no_marks_make_reading_a_list_more_than_linear() {
    for marks in [
        "\"", "\\\"", "\"a\" b", "(", "((", ")", "<", ">", "a@b<", "<a@b> ", "To:", " a: ",
        "\"\"x", "@", "a@", "\"@", " @", "@ a.bc ", ": ", "Cc: a@b ",
    ] {
        let line = marks.repeat((1 << 18) / marks.len());
        let read = read(&format!("To: a@b.example; {line}"));
        assert!(read.is_list(), "{marks}");
        assert_eq!(read.emails().first(), Some(&"a@b.example"), "{marks}");
    }
}

/// Somebody in a list, as they were meant.
#[derive(Debug, Clone)]
struct Member {
    address: String,
    text: String,
    is_sound: bool,
}

fn member() -> impl Strategy<Value = (usize, usize, usize)> {
    (0..9_usize, 0..9_usize, 0..12_usize)
}

/// Writes somebody down, with a name in one of the usual manners and one mistake or none.
fn written(number: usize, (name, manner, mistake): (usize, usize, usize)) -> Member {
    let names = [
        "Ivan",
        "Иван Петров",
        "Meier, Hans",
        "Dr. Kim",
        "Anna (sales)",
        "O'Neil",
        "ООО Ромашка",
        "Ivan @ Home",
        "@ivan",
    ];
    let name = names[name];
    let sound = format!("n{number}.x@d{number}.example");
    let (address, is_sound) = match mistake {
        0 => (sound.replace('@', "@@"), false),
        1 => (sound.replace(".example", "example"), false),
        2 => (sound.replace(".example", "..example"), false),
        3 => (format!("n{number}@"), false),
        _ => (sound, true),
    };
    let quoted = format!("\"{name}\"");
    let bare = name.replace(',', "");
    let (text, is_whole) = match (manner, mistake) {
        (0, 4) => (format!("{name} <{address}"), false),
        (0, 5) => (format!("{bare} {address}>"), false),
        (1, 4) => (format!("\"{name} <{address}>"), false),
        (1, 5) => (format!("{name}\" <{address}>"), false),
        (0, _) => (format!("{name} <{address}>"), true),
        (1, _) => (format!("{quoted} <{address}>"), true),
        (2, _) => (format!("'{bare}' <{address}>"), true),
        (3, _) => (format!("<{address}>"), true),
        (4, _) => (
            format!("{} {address}", bare.replace(['(', ')', '@'], "")),
            true,
        ),
        (5, _) => (
            format!("{address} ({})", bare.replace(['(', ')'], "")),
            true,
        ),
        (6, _) => (format!("mailto:{address}"), true),
        (_, 6) => (format!("{address}."), true),
        _ => (address.clone(), true),
    };
    Member {
        address,
        text,
        is_sound: is_sound && is_whole,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn everybody_in_a_list_is_read_or_reported(
        members in prop::collection::vec((member(), 0..6_usize), 1..9),
        header in 0..8_usize,
        end in 0..4_usize,
    ) {
        let headers = ["", "", "To: ", "Кому: ", "Cc:", "Копия: ", "Bcc: ", "Скрытая копия: "];
        let mut text = headers[header].to_owned();
        let mut all = Vec::new();
        for (number, (member, separator)) in members.into_iter().enumerate() {
            if number > 0 {
                text.push_str([", ", "; ", ",", ";", "\n", "\t"][separator]);
                if separator == 4 && header > 1 && number % 2 == 0 {
                    text.push_str(headers[header]);
                }
            }
            let member = written(number, member);
            text.push_str(&member.text);
            all.push(member);
        }
        // Two full stops say that something was left out.
        if end < 3 || !text.ends_with('.') {
            text.push_str(["", ";", ",", "."][end]);
        }
        let read = read(&text);
        let emails = read.emails();
        prop_assert!(header < 2 || read.is_list(), "{text:?}");
        for member in &all {
            let is_read = emails.contains(&member.address.as_str());
            let mut named = read.problems.iter();
            let is_named = named.any(|it| it.text.contains(&member.address));
            prop_assert!(is_read != is_named, "{member:?} of {text:?}: {:?}", read.problems);
            // In a list a mistake is one person's, and nobody else is left out for it.
            if member.is_sound && read.is_list() {
                prop_assert!(is_read, "{member:?} of {text:?}: {:?}", read.problems);
            }
            for row in &read.people {
                prop_assert!(!row.draft.name.contains(&member.address), "{text:?}");
                prop_assert!(!row.draft.name.contains(':'), "{text:?}");
            }
        }
    }
}
