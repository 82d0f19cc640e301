//! What a heading says of its column, by its words. A name is taken as one only if every word of its
//! heading speaks of people's names: `Product name` and `Имя файла` have a word that does not.

use crate::domain::text;

/// What a column is about, as far as its heading says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Addresses; the rank is higher, the surer it is.
    Email(u8),
    /// Addresses of somebody else: an assistant, a manager, whoever entered the row.
    OthersEmail,
    WholeName,
    /// Recipients, who may be there by their names: `Клиент`.
    Person,
    GivenName,
    MiddleName,
    FamilyName,
    Comment,
    /// Whether they have unsubscribed.
    State(Asks),
    /// Something that address books and shops have, and that is of no use here.
    Known,
    Unknown,
}

/// What a heading of a subscription asks, and so what *yes* and *no* below it mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nothing: `Status`. It may be a status of something else.
    Neither,
    /// Whether they want mail: `Subscribed`, `Подписка`.
    Subscribed,
    /// The same in words that have other uses: `Newsletter`, `Согласие`.
    PerhapsSubscribed,
    /// Whether, or when, they have left: `Unsubscribed`, `Отписан`.
    Unsubscribed,
}

/// Rank of a heading that says *address* and nothing else: `E-mail`.
pub(super) const PLAIN: u8 = 7;
/// Rank of a heading that says whose address it is: `Contact e-mail`.
pub(super) const SURE: u8 = 6;
/// Rank of one of the addresses that somebody has: `Work e-mail`.
pub(super) const QUALIFIED: u8 = 4;
const SECOND: u8 = 3;
/// Rank of a heading that has a word for e-mail among others: `Подписка на e-mail`.
pub(super) const LOOSE: u8 = 1;

const MAIL: &str = "email emails mail mails почта почты почте имейл емейл мейл мейлы почтой";
const ELECTRONIC: &str = "электронный электронная электронной электронного эл electronic e";
const ADDRESS: &str = "address addresses адрес адреса ящик ящика";
/// Words beside it that change nothing.
const MAIL_BESIDE: &str = "value billing s the of for для user users пользователя почтовый почтового обязательно required \
    связи";
const MAIN: &str = "primary main preferred default основной основная work business office рабочий рабочая \
    corporate корпоративный корпоративная personal private личный личная частный частная \
    home домашний домашняя 1 first рассылок рассылки";
const SECONDARY: &str = "secondary second alternate alternative additional other backup другой другая \
    дополнительный дополнительная доп второй вторая запасной резервный 2 3 4 5";
const OTHERS: &str = "assistant assistants manager managers менеджер менеджера ответственный ответственного \
    руководитель руководителя секретаря supervisor boss spouse owner владельца sender \
    отправитель отправителя from reply support author автора agent агента seller продавца \
    referrer referred created modified создал изменил куратор куратора";
/// Words for whoever is a recipient.
const PERSON: &str = "customer client contact person recipient subscriber participant attendee member guest \
    buyer student patient employee friend donor volunteer клиент клиента контакт контакта \
    контактное контактный контактная лицо лица получатель получателя подписчик подписчика \
    участник участника покупатель покупателя заказчик заказчика гость гостя ученик ученика \
    студент студента слушатель слушателя пациент пациента сотрудник сотрудника человек \
    человека родитель родителя абонент абонента адресат адресата";
/// Words in questions that forms ask.
const POLITE: &str = "billing your ваш ваша ваше ваши вашу укажите введите please enter к вам как вас зовут обращаться \
    можно и and of the s обязательно required пожалуйста what is";
const WHOLE: &str =
    "name names fullname displayname full display фио полное полностью полные целиком отображаемое";
const COMPLETE: &str =
    "full fullname displayname display фио полное полностью полные целиком отображаемое";
const GIVEN: &str = "firstname givenname forename fname given first имя имена";
const MIDDLE: &str = "middlename middle additional patronymic mname отчество secondname second";
const FAMILY: &str = "lastname surname familyname lname family last фамилия";
const COMMENT: &str = "comment comments note notes remark remarks комментарий комментарии примечание примечания \
    заметка заметки";
/// Headings of a status, which may be that of a subscription.
const STATUS: &str = "state status статус состояние";
const STATUS_BESIDE: &str = "email e mail почты marketing subscriber подписчика contact контакта";
const UNSUBSCRIBED: &str = "unsubscribed unsubscribe unsubscribes unsubscription unsub optout blacklisted \
    blacklist blocklisted blocklist suppressed suppression dnc отписан отписана отписаны \
    отписался отписалась отписались отписка отписки отписавшийся";
/// What somebody may have done about mailings, or what is forbidden of them.
const REFUSED: &str =
    "отказ отказался отказалась отказались запрет запрета запретил запретила отозвал отозвала";
/// Answers that a heading explains: `Unsubscribed (Y/N)`, `Отписан (да/нет)`.
const ANSWERS: &str = "yes no y n true false да нет д н";
const SUBSCRIBED: &str =
    "subscribed subscription optin подписан подписана подписаны подписка подписки подписался";
const PERHAPS_SUBSCRIBED: &str =
    "newsletter newsletters рассылка рассылку consent согласие согласен marketing";
/// Words beside those that change nothing.
const SUBSCRIPTION_BESIDE: &str = "is has are from the all of for to in out on at by email emails mail mails mailing mailings \
    marketing newsletter newsletters consent accepts accept status state subscriber \
    от на из в всех ли получение получать имейл почты почта почтовая почтовую почтовой статус \
    состояние рассылка рассылки рассылку рассылок согласие новости новостей news";
/// Words of a moment, beside them.
const MOMENT: &str = "at on date time timestamp когда дата время дате";
const KNOWN: &str = "id phone tel telephone mobile телефон тел мобильный city город country страна company \
    компания организация organization должность title date дата birthday рождения address \
    адрес инн tags теги тег group группа source источник наименование название name имя тип \
    type номер no сумма заказ order department отдел регион пол gender возраст age";

/// A heading's words, folded: `E-mail 1`, `userEmail`, `Ф. И. О.` are `email 1`, `user email`, `фио`.
pub(super) fn words(heading: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut before) = (String::new(), ' ');
    for c in heading.chars().filter(|c| !text::is_invisible(*c)) {
        let is_hump = before.is_lowercase() && c.is_uppercase();
        let is_number = before.is_numeric() != c.is_numeric() && before.is_alphanumeric();
        if (!c.is_alphanumeric() || is_hump || is_number) && !word.is_empty() {
            words.push(text::fold(&std::mem::take(&mut word)));
        }
        if c.is_alphanumeric() {
            word.push(c);
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(text::fold(&word));
    }
    joined(&words)
}

/// Puts together what is written in several words.
fn joined(words: &[String]) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some((first, behind)) = rest.split_first() {
        let second = behind.first().map(String::as_str);
        let third = behind.get(1).map(String::as_str);
        let (word, taken) = match (first.as_str(), second, third) {
            ("e" | "е" | "и" | "i", Some("mail" | "mails" | "майл" | "мейл"), _) => {
                ("email", 2)
            }
            ("ф", Some("и"), Some("о")) => ("фио", 3),
            ("ф", Some("и"), _) => ("фио", 2),
            (word, ..) => (word, 1),
        };
        joined.push(word.to_owned());
        rest = &rest[taken..];
    }
    joined
}

/// Whether a word is one of these.
fn has(known: &str, word: &str) -> bool {
    known.split(' ').any(|it| it == word)
}

fn email(words: &[&str]) -> Option<Meaning> {
    let any = |known: &str| words.iter().any(|word| has(known, word));
    let is_mail = any(MAIL) || (any(ELECTRONIC) && any(ADDRESS));
    if !is_mail {
        return None;
    }
    if any(OTHERS) {
        return Some(Meaning::OthersEmail);
    }
    let allowed = [
        MAIL,
        ELECTRONIC,
        ADDRESS,
        MAIL_BESIDE,
        MAIN,
        SECONDARY,
        PERSON,
        POLITE,
    ];
    let is_sure = words
        .iter()
        .all(|word| allowed.iter().any(|known| has(known, word)));
    Some(Meaning::Email(if !is_sure {
        LOOSE
    } else if any(SECONDARY) {
        SECOND
    } else if any(MAIN) {
        QUALIFIED
    } else if any(PERSON) {
        SURE
    } else {
        PLAIN
    }))
}

/// Characters by which a word for somebody is known again in another case: `клиент`, `клиента`.
const STEM: usize = 5;

/// Whose column it is, by the words for people in its heading: `Friend's e-mail`, `Имя клиента`.
pub(super) fn persons(heading: &str) -> Vec<String> {
    let words = words(heading).into_iter();
    let persons = words.filter(|word| has(PERSON, word));
    persons
        .map(|word| word.chars().take(STEM).collect())
        .collect()
}

/// What a heading asks about a subscription, if it does.
fn subscription(words: &[&str]) -> Option<Asks> {
    let words = words.iter().copied().filter(|word| !has(ANSWERS, word));
    let words: Vec<&str> = words.collect();
    let any = |known: &str| words.iter().any(|word| has(known, word));
    let all = |known: &[&str]| {
        let mut words = words.iter();
        words.all(|word| known.iter().any(|known| has(known, word)))
    };
    let follows = |first: &str, second: &str| {
        let mut pairs = words.windows(2);
        pairs.any(|pair| has(first, pair[0]) && has(second, pair[1]))
    };
    let has_left = any(UNSUBSCRIBED)
        || follows("opt opted", "out")
        || follows("not", "email mail contact send subscribed")
        || follows(
            "не",
            "писать отправлять слать беспокоить рассылать присылать подписан подписана",
        )
        || any(REFUSED) && any("рассылка рассылки рассылку рассылок согласие")
        || follows(
            "чёрный черный чёрном черном стоп",
            "список списке лист листе",
        );
    let others = "opt opted do not contact send не писать отправлять слать беспокоить рассылать \
        присылать больше чёрный черный чёрном черном стоп список списке лист листе";
    if has_left
        && all(&[
            UNSUBSCRIBED,
            SUBSCRIBED,
            SUBSCRIPTION_BESIDE,
            MOMENT,
            REFUSED,
            others,
        ])
    {
        return Some(Asks::Unsubscribed);
    }
    // When they began says nothing of whether they have left since.
    if has_left || any(MOMENT) {
        return None;
    }
    let wants = any(SUBSCRIBED) || follows("opt opted", "in");
    if wants && all(&[SUBSCRIBED, SUBSCRIPTION_BESIDE, "opt opted"]) {
        return Some(Asks::Subscribed);
    }
    if any(STATUS) && all(&[STATUS, STATUS_BESIDE]) {
        return Some(Asks::Neither);
    }
    let may_want = any(PERHAPS_SUBSCRIBED) && all(&[PERHAPS_SUBSCRIBED, SUBSCRIPTION_BESIDE]);
    may_want.then_some(Asks::PerhapsSubscribed)
}

fn name(words: &[&str]) -> Option<Meaning> {
    let any = |known: &str| words.iter().any(|word| has(known, word));
    let allowed = [WHOLE, GIVEN, MIDDLE, FAMILY, PERSON, POLITE];
    let is_sure = words
        .iter()
        .all(|word| allowed.iter().any(|known| has(known, word)));
    let (given, middle, family) = (any(GIVEN), any(MIDDLE), any(FAMILY));
    if !is_sure {
        return None;
    }
    if any(COMPLETE) {
        return Some(Meaning::WholeName);
    }
    // «Как вас зовут»
    let asks = any("зовут обращаться");
    match (given, middle, family) {
        (true, _, true) => Some(Meaning::WholeName),
        (true, _, false) => Some(Meaning::GivenName),
        (false, _, true) => Some(Meaning::FamilyName),
        (false, true, false) => Some(Meaning::MiddleName),
        (false, false, false) if any(WHOLE) || asks => Some(Meaning::WholeName),
        (false, false, false) if any(PERSON) => Some(Meaning::Person),
        (false, false, false) => None,
    }
}

/// What a heading says.
pub(super) fn meaning(heading: &str) -> Meaning {
    let words = words(heading);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.is_empty() {
        return Meaning::Unknown;
    }
    let is_number = |word: &str| word.chars().all(char::is_numeric);
    let is_comment = words.iter().any(|word| has(COMMENT, word))
        && words
            .iter()
            .all(|word| has(COMMENT, word) || is_number(word));
    if is_comment {
        return Meaning::Comment;
    }
    if let Some(asks) = subscription(&words) {
        return Meaning::State(asks);
    }
    if let Some(email) = email(&words) {
        return email;
    }
    if let Some(name) = name(&words) {
        return name;
    }
    if words.iter().any(|word| has(KNOWN, word)) && words.len() <= 4 {
        return Meaning::Known;
    }
    Meaning::Unknown
}

/// `ivan.mail.ru` is an address with a mistake in it.
fn looks_like_a_domain(cell: &str) -> bool {
    let mut behind = cell.split('.').skip(1);
    cell.is_ascii() && behind.any(|rest| rest.chars().next().is_some_and(char::is_alphanumeric))
}

/// Whether these cells are headings: one of them says so, and none could be an address.
pub(super) fn are_headings<T: AsRef<str>>(cells: &[T]) -> bool {
    let mut says = false;
    for cell in cells {
        let cell = cell.as_ref();
        let meaning = meaning(cell);
        let is_sure = matches!(meaning, Meaning::Email(rank) if rank > LOOSE);
        if cell.contains('@') || (looks_like_a_domain(cell) && !is_sure) {
            return false;
        }
        says |= !matches!(meaning, Meaning::Unknown);
    }
    says
}

/// Whether one of these cells is the heading of addresses, beyond doubt.
pub(super) fn name_addresses<T: AsRef<str>>(cells: &[T]) -> bool {
    cells
        .iter()
        .any(|cell| matches!(meaning(cell.as_ref()), Meaning::Email(rank) if rank > LOOSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_addresses_are_told_from_what_is_about_e_mail() {
        for heading in [
            "Email",
            "E-mail",
            "e-mail",
            "EMAIL",
            "Mail",
            "Почта",
            "Эл. почта",
            "Электронный адрес",
            "Адрес электронной почты",
            "Адрес e-mail",
            "Email Address",
            "user_email",
            "userEmail",
            "Ваш e-mail",
            "Е-мейл",
            "Имейл",
            "E-mail (обязательно)",
        ] {
            assert_eq!(meaning(heading), Meaning::Email(PLAIN), "{heading}");
        }
        for heading in [
            "Customer E-mail",
            "Контактный email",
            "Электронная почта клиента",
            "Friend e-mail",
        ] {
            assert_eq!(meaning(heading), Meaning::Email(SURE), "{heading}");
        }
        for heading in [
            "E-mail 1 - Value",
            "Primary Email",
            "Рабочий e-mail",
            "E-mail для рассылок",
        ] {
            assert_eq!(meaning(heading), Meaning::Email(QUALIFIED), "{heading}");
        }
        for heading in ["E-mail 2 Address", "Secondary Email", "Другой e-mail"] {
            assert_eq!(meaning(heading), Meaning::Email(SECOND), "{heading}");
        }
        for heading in [
            "Дата подтверждения e-mail",
            "E-mail Type",
            "E-mail Display Name",
            "email_availability",
            "Почтовый индекс почты",
            "E-mail 1 - Label",
        ] {
            assert_eq!(meaning(heading), Meaning::Email(LOOSE), "{heading}");
        }
        for heading in [
            "Manager's e-mail",
            "Email ответственного",
            "Assistant E-mail",
        ] {
            assert_eq!(meaning(heading), Meaning::OthersEmail, "{heading}");
        }
        for heading in [
            "Адрес",
            "Почтовый индекс",
            "Business Street",
            "Mailing list",
        ] {
            assert!(!matches!(meaning(heading), Meaning::Email(_)), "{heading}");
        }
    }

    #[test]
    fn headings_of_peoples_names_are_told_from_those_of_other_names() {
        for (heading, expected) in [
            ("ФИО", Meaning::WholeName),
            ("Ф. И. О.", Meaning::WholeName),
            ("ФИО (полностью)", Meaning::WholeName),
            ("Фамилия, имя, отчество", Meaning::WholeName),
            ("Имя и фамилия", Meaning::WholeName),
            ("Полное имя", Meaning::WholeName),
            ("Display Name", Meaning::WholeName),
            ("Customer name", Meaning::WholeName),
            ("Клиент", Meaning::Person),
            ("Контактное лицо", Meaning::Person),
            ("Как вас зовут?", Meaning::WholeName),
            ("Имя участника", Meaning::GivenName),
            ("First Name", Meaning::GivenName),
            ("first_name", Meaning::GivenName),
            ("FNAME", Meaning::GivenName),
            ("Отчество", Meaning::MiddleName),
            ("Additional Name", Meaning::MiddleName),
            ("Family Name", Meaning::FamilyName),
            ("Фамилия", Meaning::FamilyName),
        ] {
            assert_eq!(meaning(heading), expected, "{heading}");
        }
        for heading in [
            "Product name",
            "Имя файла билета",
            "Название мероприятия",
            "user_name",
            "Screen Name",
            "Nickname",
            "File As",
            "Assistant's Name",
            "Manager's Name",
            "Phonetic First Name",
            "Name Prefix",
            "Имя пользователя",
            "Company name",
            "Наименование",
            "Название компании",
            "Логин",
            "Organization Name",
            "Имя домена",
            "Campaign name",
            "Ответственный",
        ] {
            let meaning = meaning(heading);
            assert!(
                matches!(meaning, Meaning::Known | Meaning::Unknown),
                "{heading}: {meaning:?}"
            );
        }
    }

    #[test]
    fn headings_of_subscriptions_say_what_yes_means() {
        for (heading, asks) in [
            ("unsubscribed", Asks::Unsubscribed),
            ("Unsubscribed at", Asks::Unsubscribed),
            ("UNSUB_TIME", Asks::Unsubscribed),
            ("Email Opt Out", Asks::Unsubscribed),
            ("Unsubscribed from all email", Asks::Unsubscribed),
            ("Do not email", Asks::Unsubscribed),
            ("Отписан", Asks::Unsubscribed),
            ("отписка", Asks::Unsubscribed),
            ("Дата отписки", Asks::Unsubscribed),
            ("Не писать", Asks::Unsubscribed),
            ("Unsubscribed (Y/N)", Asks::Unsubscribed),
            ("Отписан (да/нет)", Asks::Unsubscribed),
            ("Не рассылать", Asks::Unsubscribed),
            ("Отказ от рассылки", Asks::Unsubscribed),
            ("Отказался от рассылки", Asks::Unsubscribed),
            ("Запрет на рассылку", Asks::Unsubscribed),
            ("Отозвал согласие", Asks::Unsubscribed),
            ("Чёрный список", Asks::Unsubscribed),
            ("Стоп-лист", Asks::Unsubscribed),
            ("Blacklisted", Asks::Unsubscribed),
            ("EMAIL_BLACKLISTED", Asks::Unsubscribed),
            ("Suppressed", Asks::Unsubscribed),
            ("Subscribed (yes/no)", Asks::Subscribed),
            ("Подписка (да/нет)", Asks::Subscribed),
            ("Согласие на рассылку (да/нет)", Asks::PerhapsSubscribed),
            ("Subscribed", Asks::Subscribed),
            ("is_subscribed", Asks::Subscribed),
            ("Подписка", Asks::Subscribed),
            ("Подписка на e-mail рассылку", Asks::Subscribed),
            ("Статус подписки", Asks::Subscribed),
            ("Subscription status", Asks::Subscribed),
            ("Accepts Email Marketing", Asks::PerhapsSubscribed),
            ("Согласие на рассылку", Asks::PerhapsSubscribed),
            ("state", Asks::Neither),
            ("email_status", Asks::Neither),
        ] {
            assert_eq!(meaning(heading), Meaning::State(asks), "{heading}");
        }
        for heading in [
            "Тип подписки",
            "Дата подписки",
            "OPTIN_TIME",
            "Unsubscribe link",
            "Причина отписки",
            "Marketing manager",
            "Home state",
        ] {
            let meaning = meaning(heading);
            assert!(!matches!(meaning, Meaning::State(_)), "{heading}");
        }
    }

    #[test]
    fn a_person_is_no_heading() {
        assert!(are_headings(&["Ф.И.О.", "Телефон"]));
        assert!(are_headings(&["ID", "E.mail"]));
        assert!(!are_headings(&["Иван Петров", "Москва"]));
        assert!(!are_headings(&["Имя", "ivan@example.ru"]));
        assert!(!are_headings(&["ivan.mail.ru", "Почта"]));
    }
}
