//! Who has unsubscribed, in whichever words a table says it, is never added as a subscriber.

use super::{Read, people, read};

impl Read {
    fn gone(&self) -> Vec<bool> {
        self.people.iter().map(|row| row.unsubscribed).collect()
    }
}

#[test]
fn a_heading_that_asks_is_answered() {
    for (heading, gone, there) in [
        ("unsubscribed", "yes", "no"),
        ("unsubscribed", "1", "0"),
        ("unsubscribed", "2024-01-01", ""),
        ("Unsubscribed at", "01.02.2024 10:00", ""),
        ("Unsubscribed", "TRUE", "FALSE"),
        ("Unsubscribed", "+", "-"),
        ("Email opt out", "y", "n"),
        ("Subscribed", "no", "yes"),
        ("Отписан", "да", "нет"),
        ("Подписка", "нет", "да"),
        ("Подписка на рассылку", "0", "1"),
        ("отписка", "отписан", ""),
        ("Не писать", "да", ""),
        ("Согласие на рассылку", "нет", "да"),
        ("Newsletter", "no", "yes"),
        ("state", "unsubscribed", "active"),
        ("статус", "Отписана", ""),
    ] {
        let table = format!("email;{heading}\na@x.ru;{gone}\nb@x.ru;{there}");
        let read = people(&table, &[("a@x.ru", "", ""), ("b@x.ru", "", "")]);
        assert_eq!(read.gone(), [true, false], "{table}");
    }
    // Of several columns each counts.
    let two = "email;Подписка;Отписан\na@x.ru;да;да\nb@x.ru;да;нет";
    let read = people(two, &[("a@x.ru", "", ""), ("b@x.ru", "", "")]);
    assert_eq!(read.gone(), [true, false]);
    // No heading is needed where all cells say it.
    let bare = "a@x.ru;Анна;unsubscribed\nb@x.ru;Вера;active";
    let read = people(bare, &[("a@x.ru", "Анна", ""), ("b@x.ru", "Вера", "")]);
    assert_eq!(read.gone(), [true, false]);
}

#[test]
fn what_is_not_understood_costs_its_line_and_not_the_column() {
    for (heading, unknown) in [
        ("state", "pending"),
        ("state", "н/д"),
        ("state", "unsubscribed by phone"),
        ("статус", "VIP"),
        ("Unsubscribed", "maybe"),
        ("Подписка", ""),
        ("Подписка", "по пятницам"),
    ] {
        let table = format!("email;{heading}\na@x.ru;unsubscribed\nb@x.ru;{unknown}");
        let read = read(&table);
        assert_eq!(read.gone(), [true], "{table}");
        assert_eq!(read.wrong(), [(3, "import-state-unclear")], "{table}");
    }
    for only in ["unsubscribed by phone", "pending", "отписался в мае"] {
        let read = read(&format!("email;status\na@x.ru;{only}"));
        assert_eq!(read.people, [], "{only}");
    }
    // However far behind the first one stands.
    let many: Vec<String> = (0..3_000).map(|n| format!("n{n}@x.ru;VIP\n")).collect();
    let table = format!("email;статус\n{}z@x.ru;отписан\n", many.concat());
    let read_table = read(&table);
    assert_eq!(read_table.gone(), [true]);
    assert_eq!(read_table.problems.len(), 3_000);
    // A status of something else is none.
    let other = read("email;status;state\na@x.ru;VIP;CA");
    assert_eq!(other.rows(), [("a@x.ru", "", "")]);
    assert_eq!(other.ignored(), ["status", "state"]);
}

#[test]
fn whoever_left_in_one_line_is_not_added_because_of_another() {
    for table in [
        "Name,Email,Unsubscribed\nA,a@x.ru,no\nB,b@x.ru,\nA,a@x.ru,yes\n",
        "Email,Status\na@x.ru,subscribed\nb@x.ru,subscribed\nA@X.ru,unsubscribed\n",
    ] {
        assert_eq!(
            read(table).wrong(),
            [(4, "import-states-differ")],
            "{table}"
        );
    }
    // The other way round nobody is mailed, either.
    let read = read("Name,Email,Unsubscribed\nA,a@x.ru,yes\nB,b@x.ru,\nA,a@x.ru,no\n");
    assert_eq!(read.wrong(), [(0, ""); 0]);
}
