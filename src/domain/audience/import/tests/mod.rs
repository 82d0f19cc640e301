//! Files as people have them: what is taken for what, who is added, and what is said of the rest.

mod files;
mod lists;
mod persons;
mod subscriptions;

use std::io::Cursor;

use super::*;

/// A text that was read: who is in it, and what is wrong.
#[derive(Debug, Default)]
struct Read {
    people: Vec<Row>,
    repeated: usize,
    problems: Vec<Problem>,
    plan: Option<Plan>,
    refused: Option<&'static str>,
}

fn read_with(octets: &[u8], wishes: &Wishes) -> Read {
    let plan = match plan(&mut Cursor::new(octets), wishes) {
        Ok(plan) => plan,
        Err(PlanError::Refused(phrase)) => {
            return Read {
                refused: Some(phrase.key),
                ..Read::default()
            };
        }
        Err(PlanError::Io(error)) => panic!("{error}"),
    };
    let mut read = Read::default();
    for found in plan.people(octets) {
        match found.unwrap() {
            Found::Person(row) => read.people.push(row),
            Found::Repeated(_) => read.repeated += 1,
            Found::Wrong(problem) => read.problems.push(problem),
        }
    }
    read.plan = Some(plan);
    read
}

fn read(text: &str) -> Read {
    read_with(text.as_bytes(), &Wishes::default())
}

impl Read {
    fn rows(&self) -> Vec<(&str, &str, &str)> {
        let rows = self.people.iter().map(|row| &row.draft);
        rows.map(|it| (it.email.as_typed(), it.name.as_str(), it.comment.as_str()))
            .collect()
    }

    fn wrong(&self) -> Vec<(u64, &'static str)> {
        self.problems
            .iter()
            .map(|it| (it.line, it.phrase.key))
            .collect()
    }

    fn roles(&self) -> Vec<&'static str> {
        let columns = self.plan.iter().flat_map(|plan| &plan.columns);
        columns
            .map(|column| column.role.map_or("", Role::name))
            .collect()
    }

    fn ignored(&self) -> Vec<String> {
        self.plan.as_ref().map(Plan::ignored).unwrap_or_default()
    }

    fn encoding(&self) -> &'static str {
        self.plan.as_ref().map_or("", |plan| plan.encoding.name())
    }
}

/// Everybody in a text in which nothing is wrong.
#[track_caller]
fn people(text: &str, expected: &[(&str, &str, &str)]) -> Read {
    let read = read(text);
    assert_eq!(read.refused, None, "{text}");
    assert_eq!(read.problems, [], "{text}");
    assert_eq!(read.rows(), expected, "{text}");
    read
}

const IVAN: (&str, &str, &str) = ("ivan@example.ru", "Ivan Petrov", "");

#[test]
fn a_table_is_read_however_it_is_written() {
    let expected = [
        ("ivan@example.ru", "Иван Петров", "друг"),
        ("ольга@почта.рф", "", ""),
    ];
    for table in [
        "ivan@example.ru,Иван Петров,друг\nольга@почта.рф",
        "ivan@example.ru;Иван Петров;друг\r\nольга@почта.рф;;\r\n",
        "ivan@example.ru\tИван Петров\tдруг\n\n\nольга@почта.рф\t\t",
        "Иван Петров,ivan@example.ru,друг\n,ольга@почта.рф,",
        "\u{feff}Ф. И. О.;Телефон;E-mail;Комментарий\nИван Петров;1;ivan@example.ru;друг\n;2;ольга@почта.рф;",
        "Комментарий,Адрес эл. почты,Имя,Фамилия\nдруг,ivan@example.ru,Иван,Петров\n,ольга@почта.рф,,",
        "email,comment,name\n\"ivan@example.ru\",\"друг\",\"Иван Петров\"\nольга@почта.рф",
        "sep=;\nEmail;Имя;Комментарий\nivan@example.ru;Иван Петров;друг\nольга@почта.рф;;",
        "\"sep=|\"\nEmail|Имя|Комментарий\nivan@example.ru|Иван Петров|друг\nольга@почта.рф||",
        "Email, Name, Comment\nivan@example.ru, \"Иван Петров\", \"друг\"\nольга@почта.рф, , ",
        "Список клиентов;;\nна 1 января;;\n\nEmail;Имя;Комментарий\nivan@example.ru;Иван Петров;друг\nольга@почта.рф;;",
    ] {
        people(table, &expected);
    }
    people(
        "a@example.ru\nb@example.ru",
        &[("a@example.ru", "", ""), ("b@example.ru", "", "")],
    );
    assert_eq!(read("").refused, Some("import-empty"));
    assert_eq!(read(" \n ;;\n").refused, Some("import-empty"));
    let index = "Почтовый индекс;Почта;Имя клиента\n101000;a@example.ru;Анна";
    people(index, &[("a@example.ru", "Анна", "")]);
    // The separator is that of the first line that has one.
    people(
        "a@example.ru\nb@example.ru;Борис;",
        &[("a@example.ru", "", ""), ("b@example.ru", "Борис", "")],
    );
    // Numbers are nobody's name.
    people(
        "1;ivan@example.ru;Ivan Petrov\n2;b@x.ru;",
        &[IVAN, ("b@x.ru", "", "")],
    );
}

#[test]
fn address_books_and_shops_are_understood_by_what_stands_in_their_columns() {
    let outlook = "Title,First Name,Middle Name,Last Name,Suffix,Company,Assistant's Name,E-mail Address,\
        E-mail Type,E-mail Display Name,E-mail 2 Address,E-mail 2 Type,E-mail 2 Display Name,Manager's Name,Notes\n\
        Mr.,Ivan,,Petrov,,Romashka,Olga,ivan@example.ru,SMTP,Ivan Petrov (ivan@example.ru),,,,Boris,vip";
    let gmail = "Name,Given Name,Additional Name,Family Name,Yomi Name,Group Membership,E-mail 1 - Type,\
        E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,Notes\n\
        Ivan Petrov,Ivan,,Petrov,,* My Contacts,* Work,ivan@example.ru,,,vip";
    let google = "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Last Name,Name Prefix,\
        Nickname,File As,Organization Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value\n\
        Ivan,,Petrov,,,,,,Romashka,vip,* myContacts,* Work,ivan@example.ru,+7 900";
    let thunderbird = "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email,Screen Name,\
        Work Phone,Organization,Notes\nIvan,Petrov,Ivan Petrov,Vanya,ivan@example.ru,i@example.ru,ivan77,,Romashka,vip";
    let bitrix = "ID;Имя;Фамилия;Рабочий телефон;Рабочий e-mail;Частный e-mail;Компания;Ответственный;Комментарий\n\
        7;Ivan;Petrov;+7;ivan@example.ru;;Ромашка;Анна;vip";
    let russian = "Имя;Отчество;Фамилия;Организация;Имя помощника;Адрес эл. почты;Тип эл. почты;\
        Краткое имя эл. почты;Адрес 2 эл. почты;Имя руководителя;Заметки\n\
        Ivan;;Petrov;Ромашка;Ольга;ivan@example.ru;SMTP;Ivan Petrov (ivan@example.ru);;Борис;vip";
    for table in [outlook, gmail, google, thunderbird, bitrix, russian] {
        people(table, &[("ivan@example.ru", "Ivan Petrov", "vip")]);
    }
    let mailchimp = "Email Address,First Name,Last Name,Address,MEMBER_RATING,OPTIN_TIME,NOTES\n\
        ivan@example.ru,Ivan,Petrov,Moscow,2,2024-01-01,";
    let shop = "Order ID;Product name;Customer name;Email\n1;Чайник;Ivan Petrov;ivan@example.ru";
    let login = "user_email,user_name,first_name,last_name\nivan@example.ru,ivan77,Ivan,Petrov";
    let event = "Название мероприятия;Имя участника;Имя файла билета;Почта\nСлёт;Ivan Petrov;t1.pdf;ivan@example.ru";
    let full = "ФИО (полностью);Почта\nIvan Petrov;ivan@example.ru";
    let flags = "Имя;Подписка на e-mail рассылку;Дата подтверждения e-mail;Адрес e-mail\n\
        Ivan Petrov;да;01.02.2024;ivan@example.ru";
    let postal = "ФИО;Адрес;Электронный адрес\nIvan Petrov;Москва;ivan@example.ru";
    let equal = "email,email_status,email_availability,phone,Name,Имя\nivan@example.ru,active,available,,Ivan Petrov,Иван";
    let form = "Отметка времени,Как вас зовут?,Ваш e-mail\n01.02.2024,Ivan Petrov,ivan@example.ru";
    let unnamed = "Имя;Куда писать\nIvan Petrov;ivan@example.ru";
    let boss = "Клиент;Email менеджера;Email\nIvan Petrov;boss@example.ru;ivan@example.ru";
    for table in [
        mailchimp, shop, login, event, full, flags, postal, equal, form, unnamed, boss,
    ] {
        people(table, &[IVAN]);
    }
    // A whole name where there is one, its parts where there is not.
    let parts = "Display Name,First Name,Last Name,Email\n,Ivan,Petrov,ivan@example.ru\nOlga S.,Olga,Sh,o@x.ru";
    people(parts, &[IVAN, ("o@x.ru", "Olga S.", "")]);
}

#[test]
fn what_is_not_understood_is_left_to_be_chosen_by_hand() {
    let onec = "Наименование;ИНН;Адрес электронной почты;Комментарий\nООО \"Ромашка\";77;info@example.ru;опт";
    let read = people(onec, &[("info@example.ru", "", "опт")]);
    assert_eq!(read.ignored(), ["Наименование", "ИНН"]);
    let amocrm = "ID,Тип,Наименование,Компания,Ответственный,Рабочий email,Личный email,Примечание 1\n\
        1,контакт,Иван Петров,Ромашка,Анна,ivan@example.ru,,x";
    let read = people(amocrm, &[("ivan@example.ru", "", "x")]);
    assert_eq!(read.roles(), ["", "", "", "", "", "email", "", "comment"]);
    for which in [Which::Number(2), Which::Heading("наименование".to_owned())] {
        let wishes = Wishes {
            roles: vec![(Role::Name, which)],
            ..Wishes::default()
        };
        let read = read_with(amocrm.as_bytes(), &wishes);
        assert_eq!(read.rows(), [("ivan@example.ru", "Иван Петров", "x")]);
    }
    let missing = Wishes {
        roles: vec![(Role::Email, Which::Number(9))],
        ..Wishes::default()
    };
    let read = read_with(amocrm.as_bytes(), &missing);
    assert_eq!(read.refused, Some("import-no-such-column"));
    // Two columns of addresses under headings that say nothing.
    let unclear = "Имя;Туда;Сюда\nИван;a@x.ru;b@x.ru\nОлег;c@x.ru;d@x.ru";
    assert!(
        !plan(&mut Cursor::new(unclear), &Wishes::default())
            .unwrap()
            .has_addresses()
    );
    // None at all.
    let none = "Фамилия,Город\nx,y\n";
    assert!(
        !plan(&mut Cursor::new(none), &Wishes::default())
            .unwrap()
            .has_addresses()
    );
    // The first line is a person if it does not speak of columns, whatever is wrong with it.
    let first = read_with("Участник А;x\nИван;a@x.ru".as_bytes(), &Wishes::default());
    assert_eq!(first.wrong(), [(1, "error-email-malformed")]);
    let wishes = Wishes {
        headings: Some(true),
        ..Wishes::default()
    };
    let first = read_with("Кто там;Куда\nИван;a@x.ru".as_bytes(), &wishes);
    assert_eq!(first.rows(), [("a@x.ru", "", "")]);
    assert_eq!(first.ignored(), ["Кто там"]);
}

#[test]
fn a_list_of_addresses_is_as_many_people() {
    let three = [
        ("anna@x.ru", "", ""),
        ("boris@x.ru", "", ""),
        ("vera@x.ru", "", ""),
    ];
    for list in [
        "anna@x.ru, boris@x.ru, vera@x.ru",
        "anna@x.ru; boris@x.ru; vera@x.ru",
        "anna@x.ru;\nboris@x.ru;\nvera@x.ru;\n",
        "anna@x.ru,\nboris@x.ru,\nvera@x.ru,",
        "anna@x.ru boris@x.ru vera@x.ru",
        "Кому: <anna@x.ru>, <boris@x.ru>,\r\n vera@x.ru",
        "mailto:anna@x.ru\nmailto:boris@x.ru\nmailto:vera@x.ru",
        "anna@x.ru\tboris@x.ru\tvera@x.ru",
    ] {
        people(list, &three);
    }
    let named = [("a@b.ru", "Ivan", ""), ("c@d.ru", "Petrov, O.", "")];
    for list in [
        "Ivan <a@b.ru>, \"Petrov, O.\" <c@d.ru>",
        "Ivan <a@b.ru>; Petrov, O. <c@d.ru>;",
        "'Ivan' <a@b.ru>\n\"Petrov, O.\" <c@d.ru>\n",
        "a@b.ru (Ivan); c@d.ru (Petrov, O.)",
    ] {
        people(list, &named);
    }
    people(
        "Иван Петров a@b.ru\nОлег c@d.ru",
        &[("a@b.ru", "Иван Петров", ""), ("c@d.ru", "Олег", "")],
    );
    people(
        "Email\nИван <a@b.ru>\nc@d.ru",
        &[("a@b.ru", "Иван", ""), ("c@d.ru", "", "")],
    );
    people(
        "Иван <a@b.ru>;друг\nc@d.ru;",
        &[("a@b.ru", "Иван", "друг"), ("c@d.ru", "", "")],
    );
    // A long line of thousands is one, too.
    let many: Vec<String> = (0..5_000).map(|n| format!("n{n}@example.ru")).collect();
    assert_eq!(read(&many.join(", ")).people.len(), 5_000);
    let wrong = read("a@x.ru, b@x.ru, c@x.ru, d@x.ru, e@x.ru, нет@");
    assert_eq!(wrong.wrong(), [(1, "error-email-malformed")]);
    assert_eq!(wrong.people.len(), 5);
}

#[test]
fn nothing_is_dropped_in_silence() {
    for (text, line, key) in [
        ("Email,Name\na@x.ru,Anna,b@x.ru", 2, "import-extra-cells"),
        (
            "email,name,comment\na@x.ru,Петров, Иван,друг",
            2,
            "import-extra-cells",
        ),
        ("a@x.ru,Anna,b@x.ru", 1, "import-second-address"),
        (
            "Email,Name\nx@x.ru,Олег\ny@x.ru,\nz@x.ru,Ян\na@x.ru,b@x.ru",
            5,
            "import-second-address",
        ),
        (
            "Email,Name\n\"a@x.ru, b@x.ru\",Anna",
            2,
            "import-several-addresses",
        ),
        (
            "Email,Name\na@x.ru ::: b@x.ru,Anna",
            2,
            "import-several-addresses",
        ),
        ("Email,Name\n,Anna", 2, "error-email-missing"),
        ("Email\niv\u{200b}an@x.ru", 2, "error-email-invisible"),
        ("Email,Name\na@x.ru,\"Анна\nx@y.ru,Олег", 2, "import-quotes"),
    ] {
        let read = read(text);
        assert_eq!(
            read.people.iter().filter(|row| row.line == line).count(),
            0,
            "{text}"
        );
        assert_eq!(read.wrong().first(), Some(&(line, key)), "{text}");
    }
    let read = people(
        "Email\n\"\u{200b}ivan@example.ru\"\n\"olga@example.ru\u{200b}\"\nb@x.ru",
        &[
            ("ivan@example.ru", "", ""),
            ("olga@example.ru", "", ""),
            ("b@x.ru", "", ""),
        ],
    );
    assert_eq!(read.people.iter().filter(|row| row.cleaned).count(), 2);
    // The same address beside itself is nobody's name.
    people("Email,Name\na@x.ru,A@x.ru", &[("a@x.ru", "", "")]);
}

#[test]
fn a_wrong_line_is_named_and_a_repeated_address_is_counted() {
    let read = read("email\na@example.ru\n\nнет\nA@Example.ru\n");
    assert_eq!((read.people.len(), read.repeated), (1, 1));
    let problem = &read.problems[0];
    assert_eq!((problem.line, problem.text.as_str()), (4, "нет"));
    for first in ["ivan.mail.ru", "ivan.gmail.com", "почта"] {
        let read = read_with(
            format!("{first}\nolga@example.ru").as_bytes(),
            &Wishes::default(),
        );
        assert_eq!(
            read.problems.len(),
            usize::from(first != "почта"),
            "{first}"
        );
    }
}

#[test]
fn a_quotation_mark_that_is_not_closed_swallows_nobody() {
    for table in [
        "k@x.ru,К,\"не закрыта\nl@x.ru,Л,друг\nm@x.ru,М,\"тоже\nn@x.ru,Н,ok",
        "b@x.ru,Б,\"не закрыта\nc@x.ru,\"Вася\"\nd@x.ru,Г",
        "a@x.ru,А,12\"\nb@x.ru,Б,\"не закрыта\nc@x.ru\n\n",
        "a@x.ru,А,\"не закрыта\nb@x.ru,Б,друг\"\n",
    ] {
        let read = read(table);
        assert!(
            read.wrong().iter().any(|(_, key)| *key == "import-quotes"),
            "{table}"
        );
        let lines = table.lines().filter(|line| line.contains('@')).count();
        assert_eq!(read.people.len() + read.problems.len(), lines, "{table}");
    }
    people(
        "ok@x.ru,TV 12\" Ltd,\"line1\nline2 \"\"x\"\"\"",
        &[("ok@x.ru", "TV 12\" Ltd", "line1\nline2 \"x\"")],
    );
    people(
        "ivan@example.ru\t\"Ромашка\" ООО\tопт\nolga@example.ru\tЛютик\t",
        &[
            ("ivan@example.ru", "\"Ромашка\" ООО", "опт"),
            ("olga@example.ru", "Лютик", ""),
        ],
    );
    assert_eq!(read("a@x.ru\rнет\rb@x.ru").problems[0].line, 2);
}
