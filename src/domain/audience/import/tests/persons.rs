//! Whose address and whose name they are: nobody is added under another's.

use super::{Plan, Read, people, read};

impl Read {
    fn text_of(&self, line: u64) -> &str {
        let mut found = self.problems.iter().filter(|it| it.line == line);
        found.next().map_or("", |it| &it.text)
    }

    fn has_address_column(&self) -> bool {
        self.plan.as_ref().is_some_and(Plan::has_addresses)
    }
}

#[test]
fn nobody_gets_the_address_of_another_column() {
    for table in [
        "name;email;friend name;friend email\nAnn;a@x.ru;Bob;b@x.ru\nCy;;Di;d@x.ru\nEd;;Flo;f@x.ru",
        "name;email;name;email\nAnn;a@x.ru;Bob;b@x.ru\nCy;;Di;d@x.ru\nEd;;Flo;f@x.ru",
        "Client,E-mail,Contact person,Contact e-mail\nAnn,a@x.ru,Bob,b@x.ru\nCy,,Di,d@x.ru\nEd,,Flo,f@x.ru",
        "Имя;E-mail;Куратор;E-mail рабочий\nAnn;a@x.ru;Bob;b@x.ru\nCy;;Di;d@x.ru\nEd;;Flo;f@x.ru",
        "First,E-mail 1 - Value,x,E-mail 2 - Value\nAnn,a@x.ru,,b@x.ru\nCy,,,d@x.ru\nEd,,,f@x.ru",
    ] {
        let read = read(table);
        assert_eq!(read.rows(), [("a@x.ru", "Ann", "")], "{table}");
        let missing = "error-email-missing";
        assert_eq!(read.wrong(), [(3, missing), (4, missing)], "{table}");
        assert!(read.text_of(3).contains("d@x.ru"), "{table}");
    }
    let parts = "Фамилия;Имя;Отчество;E-mail;E-mail рабочий\nПетров;Иван;;ivan@x.ru;i@work.ru\nКим;Ян;;;k@work.ru\nЛи;Ян;;;l@work.ru";
    let read_parts = read(parts);
    assert_eq!(read_parts.rows(), [("ivan@x.ru", "Петров Иван", "")]);
    assert_eq!(read_parts.problems.len(), 2);
    assert!(read_parts.text_of(3).contains("k@work.ru"));
    // An address with a mistake does not make another one its owner's.
    let malformed = read("name;email;friend name;friend email\nAnn;a@@x.ru;Bob;b@x.ru");
    assert!(!malformed.has_address_column());
    // Nor does a column of which nothing is filled in.
    let blank = read("name;email;friend name;friend email\nAnn;;Bob;b@x.ru");
    assert!(!blank.has_address_column());
    // One's other address is one's own.
    people(
        "Имя;Email;Рабочий e-mail\nАнна;;a@x.ru",
        &[("a@x.ru", "Анна", "")],
    );
    people(
        "Email;Email address\nyes;a@x.ru\nno;b@x.ru",
        &[("a@x.ru", "", ""), ("b@x.ru", "", "")],
    );
}

#[test]
fn nobody_gets_the_name_of_another() {
    for table in [
        "email;friend name;friend email\na@x.ru;Bob;b@x.ru",
        "name;email;name;email\n;a@x.ru;Bob;b@x.ru",
        "name;email;friend name;friend email\n;a@x.ru;Bob;b@x.ru",
        "E-mail,Contact person,Contact e-mail\na@x.ru,Bob,b@x.ru",
    ] {
        people(table, &[("a@x.ru", "", "")]);
    }
    people("Email;Customer name\na@x.ru;Ann", &[("a@x.ru", "Ann", "")]);
}

#[test]
fn a_column_of_names_stays_one_whatever_stands_in_it() {
    let table = "Имя;Email\nb@x.ru;a@x.ru\nc@x.ru;d@x.ru\nАнна;e@x.ru";
    let read_table = read(table);
    assert_eq!(read_table.rows(), [("e@x.ru", "Анна", "")]);
    let second = "import-second-address";
    assert_eq!(read_table.wrong(), [(2, second), (3, second)]);
    for (table, line) in [
        ("name;email\nAnn;a@x.ru\nwritten by z@x.ru", 3),
        ("Ann;a@x.ru\nwritten by z@x.ru", 2),
        ("name;email\nAnn;a@x.ru\nwritten by z@x.ru;", 3),
    ] {
        let read = read(table);
        assert_eq!(read.rows(), [("a@x.ru", "Ann", "")], "{table}");
        assert_eq!(read.problems.len(), 1, "{table}");
        assert!(read.text_of(line).contains("z@x.ru"), "{table}");
    }
    people(
        "Имя;Email\nАнна (a@x.ru);a@x.ru\n=?UTF-8?B?0JDQvdC90LA=?=;b@x.ru",
        &[("a@x.ru", "Анна", ""), ("b@x.ru", "Анна", "")],
    );
}

#[test]
fn addresses_without_a_heading_are_named() {
    let read = read("Email;Имя;\na@x.ru;Анна;b@x.ru\nc@x.ru;Вера;\nd@x.ru;Глеб;пишет с g@x.ru");
    assert_eq!(read.rows(), [("c@x.ru", "Вера", "")]);
    let second = "import-second-address";
    assert_eq!(read.wrong(), [(2, second), (4, second)]);
    assert!(read.text_of(2).contains("b@x.ru") && read.text_of(4).contains("g@x.ru"));
}

#[test]
fn a_link_with_more_addresses_is_reported_with_them() {
    for (text, other) in [
        ("mailto:a@x.ru?cc=c@x.ru, b@x.ru", "c@x.ru"),
        ("mailto:a@x.ru?subject=Hi&bcc=c@x.ru, b@x.ru", "c@x.ru"),
        ("mailto:a@x.ru?to=c%40x.ru, b@x.ru", "c@x.ru"),
        ("mailto:a@x.ru?subject=d@x.ru, b@x.ru", "d@x.ru"),
        ("Ann <MAILTO:a@x.ru?cc=c@x.ru>; b@x.ru", "c@x.ru"),
        ("Email;Имя\nmailto:a@x.ru?cc=c@x.ru;Анна\nb@x.ru;", "c@x.ru"),
    ] {
        let read = read(text);
        assert_eq!(read.rows(), [("b@x.ru", "", "")], "{text}");
        let problem = &read.problems[0];
        assert_eq!(problem.phrase.key, "import-second-address", "{text}");
        let named = format!("{:?}", problem.phrase);
        assert!(named.contains(&format!("\"{other}\"")), "{text}: {named}");
    }
    people(
        "mailto:a%2Bb@x.ru?subject=Hi, mailto:c@x.ru?cc=c@x.ru",
        &[("a+b@x.ru", "", ""), ("c@x.ru", "", "")],
    );
    // Schemes upon schemes are looked at once.
    let many = format!("To: a@x.ru, c@x.ru, {}b@x.ru", "mailto:".repeat(1 << 17));
    assert_eq!(read(&many).emails(), ["a@x.ru", "c@x.ru"]);
    let many = format!("Email\n{}b@x.ru\na@x.ru", "mailto:".repeat(1 << 13));
    assert_eq!(read(&many).rows(), [("a@x.ru", "", "")]);
}

#[test]
fn an_at_of_another_width_is_one() {
    people(
        "Ann <a＠x.ru>, b﹫x.ru",
        &[("a@x.ru", "Ann", ""), ("b@x.ru", "", "")],
    );
    people(
        "Email;Имя\na＠x.ru;Анна\nb@x.ru;",
        &[("a@x.ru", "Анна", ""), ("b@x.ru", "", "")],
    );
    for text in ["a@x.ru;Анна;b＠x.ru", "Email;Имя\na@x.ru;b＠x.ru"] {
        let read = read(text);
        assert_eq!(read.people, [], "{text}");
        assert_eq!(read.problems[0].phrase.key, "import-second-address");
    }
    // What this program has written comes back as it was.
    people("email,name\na@x.ru,'＠home", &[("a@x.ru", "＠home", "")]);
}

#[test]
fn a_cell_in_quotation_marks_is_one_cell() {
    people(
        "name,email,comment\nAnn,a@x.ru,\"x\ny@x.ru,z\"\nBob,b@x.ru,w",
        &[("a@x.ru", "Ann", "x\ny@x.ru,z"), ("b@x.ru", "Bob", "w")],
    );
}

#[test]
fn one_mistake_in_brackets_is_one_mistake() {
    for text in [
        "Вера <vera@klient,example>",
        "Вера <vera@klient;example>",
        "Вера <vera@klient,example>, Анна <a@x.ru>",
    ] {
        let read = read(text);
        assert_eq!(read.wrong(), [(1, "error-email-domain")], "{text}");
        assert_eq!(read.text_of(1), text.split(", ").next().unwrap_or(text));
    }
}

#[test]
fn what_stands_round_names_in_mails_is_no_part_of_them() {
    for text in [
        "1. Ann <a@x.ru>\n2. b@x.ru",
        "1) Ann <a@x.ru>\n2) b@x.ru",
        "- Ann <a@x.ru>\n- b@x.ru",
        "* Ann <a@x.ru>\n* b@x.ru",
        "• Ann <a@x.ru>\n• b@x.ru",
        "Ann - a@x.ru\nb@x.ru",
        "a@x.ru - Ann\nb@x.ru",
        "Ann — <a@x.ru>, b@x.ru",
        "Kopie: Ann <a@x.ru>, b@x.ru",
        "CCI: Ann <a@x.ru>; An: b@x.ru",
        "An: Ann <a@x.ru>\nCc b@x.ru",
        "=?UTF-8?B?QW5u?= <a@x.ru>, b@x.ru",
        "=?utf-8?Q?A?= =?utf-8?Q?nn?= <a@x.ru>, b@x.ru",
        "\"=?utf-8?Q?Ann?=\" <a@x.ru>, b@x.ru",
        "'Ann' <a@x.ru>, 'b@x.ru'",
        "\"'Ann'\" <a@x.ru>, <'b@x.ru'>",
        "\"\"Ann\"\" <a@x.ru>, 'b@x.ru",
        "“Ann” <a@x.ru>, b@x.ru",
    ] {
        people(text, &[("a@x.ru", "Ann", ""), ("b@x.ru", "", "")]);
    }
    let unbalanced = read("Ann <a@x.ru>, b@x.ru (Bob");
    assert_eq!(unbalanced.wrong(), [(1, "import-name-parentheses")]);
    people(
        "An <a@x.ru>, ООО \"Ромашка\" и \"Лютик\" <b@x.ru>, Anne-Marie <c@x.ru>",
        &[
            ("a@x.ru", "An", ""),
            ("b@x.ru", "ООО \"Ромашка\" и \"Лютик\"", ""),
            ("c@x.ru", "Anne-Marie", ""),
        ],
    );
}

#[test]
fn nobody_vanishes_above_the_headings_in_a_line_that_cannot_be_read() {
    let long = format!("{} q@x.ru\nName,Email\nA,a@x.ru\n", "x".repeat(70_000));
    for table in [
        "\"Bo\" x,q@x.ru\nName,Email\nA,a@x.ru\n",
        "\"Bo,q@x.ru\nName,Email\nA,a@x.ru\nB,b@x.ru\n",
        "sep=,\n\"Bo\" x,q@x.ru\nName,Email\nA,a@x.ru\n",
        "\"Отчёт\" от ivan@x.ru\n\nИмя;Email\nА;a@x.ru\nБ;b@x.ru\n",
        &long,
    ] {
        assert!(!read(table).problems.is_empty(), "{}", &table[..20]);
    }
    // A title in quotation marks is nobody.
    people(
        "\"Ромашка\" ООО\nИмя;Email\nА;a@x.ru\n",
        &[("a@x.ru", "А", "")],
    );
}
