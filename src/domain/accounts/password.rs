//! Which passwords are good enough (NIST SP 800-63B §3.1.1.2): any characters, no composition
//! rules, 8 to 256 of them, but not one that guessers try first.

use std::sync::LazyLock;

use crate::domain::phrase::Phrase;

/// Shortest password, in characters.
pub const MIN_LENGTH: usize = 8;
/// Longest password, in characters: a bound on work, not on secrecy.
pub const MAX_LENGTH: usize = 1_024;

/// Keys of the Russian layout over those of the Latin one: `пароль` is typed `gfhjkm`.
const RUSSIAN_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";
const LATIN_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";

/// Words that Russian speakers pick first, beyond what the English lists know.
const RUSSIAN_WORDS: &str =
    "пароль привет любовь люблю любимая любимый любимка тебя ненавижу нежность счастье удача победа
     солнышко солнце котенок котёнок кошка собака зайчик зайка малышка малыш лапочка красотка красавица
     принцесса королева король ангел ангелочек незабудка ромашка роза весна зима осень звезда мечта
     россия москва питер украина родина спартак зенит динамо локомотив футбол хоккей чемпион
     мама папа мамочка семья друзья подруга дружба жизнь свобода богатство деньги машина мерседес
     наташа наталья марина андрей сергей дмитрий дима максим александр саша елена лена светлана света
     ольга кристина анастасия настя екатерина катя юлия юля ирина татьяна таня виктория вика дарья даша
     мария маша алина алексей иван николай владимир михаил денис артем артём роман руслан антон павел
     евгений женя виктор олег игорь юрий вадим никита кирилл ксения полина валерия людмила галина
     рассылка рассыльщик админ администратор менеджер секрет доступ пользователь компьютер клавиатура
     интернет самсунг йцукен фыва ячсмить";

/// How Russian letters are written with Latin ones; where people differ, the short way is second.
const LATIN_LETTERS: [(char, &str, &str); 33] = [
    ('а', "a", "a"),
    ('б', "b", "b"),
    ('в', "v", "v"),
    ('г', "g", "g"),
    ('д', "d", "d"),
    ('е', "e", "e"),
    ('ё', "yo", "e"),
    ('ж', "zh", "j"),
    ('з', "z", "z"),
    ('и', "i", "i"),
    ('й', "y", "i"),
    ('к', "k", "k"),
    ('л', "l", "l"),
    ('м', "m", "m"),
    ('н', "n", "n"),
    ('о', "o", "o"),
    ('п', "p", "p"),
    ('р', "r", "r"),
    ('с', "s", "s"),
    ('т', "t", "t"),
    ('у', "u", "u"),
    ('ф', "f", "f"),
    ('х', "kh", "h"),
    ('ц', "ts", "c"),
    ('ч', "ch", "ch"),
    ('ш', "sh", "sh"),
    ('щ', "shch", "sch"),
    ('ъ', "", ""),
    ('ы', "y", "i"),
    ('ь', "", ""),
    ('э', "e", "e"),
    ('ю', "yu", "u"),
    ('я', "ya", "ia"),
];

/// The words that guessers try, as they are typed: with the Russian layout, on the same keys of the
/// Latin one, and in Latin letters.
static KNOWN_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let in_latin = |word: &str, pick: fn(&(char, &'static str, &'static str)) -> &'static str| {
        word.chars()
            .filter_map(|c| LATIN_LETTERS.iter().find(|(letter, ..)| *letter == c))
            .map(pick)
            .collect::<String>()
    };
    let mut known: Vec<String> = RUSSIAN_WORDS
        .split_whitespace()
        .flat_map(|word| {
            [
                word.to_owned(),
                relaid(word, RUSSIAN_KEYS, LATIN_KEYS),
                in_latin(word, |(_, long, _)| long),
                in_latin(word, |(_, _, short)| short),
            ]
        })
        .collect();
    known.push("mailapp".to_owned());
    known.sort_unstable();
    known.dedup();
    known
});

/// A password that was found good enough; still secret.
#[derive(Clone)]
pub struct NewPassword(String);

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl NewPassword {
    /// `own_words` are those of the account: its e-mail, its name.
    ///
    /// # Errors
    /// Too short, too long, or easily guessed.
    pub fn parse(raw: &str, own_words: &[&str]) -> Result<Self, Phrase> {
        let length = raw.chars().count();
        if length < MIN_LENGTH {
            return Err(Phrase::new("error-password-short").with("min", MIN_LENGTH));
        }
        if length > MAX_LENGTH {
            return Err(Phrase::new("error-password-long").with("max", MAX_LENGTH));
        }
        let mut known: Vec<String> = own_words
            .iter()
            .flat_map(|words| words.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.chars().count() > 2)
            .map(str::to_lowercase)
            .collect();
        known.extend(KNOWN_WORDS.iter().cloned());
        if is_made_of(raw, &known) {
            return Err(Phrase::new("error-password-weak"));
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        // The estimator's cost grows with the square of the length; the front decides anyway.
        let front: String = raw.chars().take(64).collect();
        let guessable = [
            front.clone(),
            relaid(&front.to_lowercase(), RUSSIAN_KEYS, LATIN_KEYS),
        ]
        .iter()
        .any(|spelling| zxcvbn::zxcvbn(spelling, &known).score() < zxcvbn::Score::Two);
        if guessable {
            return Err(Phrase::new("error-password-weak"));
        }
        Ok(Self(raw.to_owned()))
    }

    /// For hashing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A sentence of more words than this is no longer guessed by trying them all.
const FEW_WORDS: usize = 3;

/// Whether a password is few of the words that a guesser knows, and little else.
fn is_made_of(raw: &str, words: &[String]) -> bool {
    let mut words: Vec<&String> = words.iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut left = raw.to_lowercase();
    let mut found = 0;
    for word in words {
        found += usize::from(left.contains(word.as_str()));
        left = left.replace(word.as_str(), " ");
    }
    let letters = left.chars().filter(|c| c.is_alphanumeric()).count();
    (1..=FEW_WORDS).contains(&found) && letters <= 4
}

fn relaid(text: &str, from: &str, to: &str) -> String {
    text.chars()
        .map(|c| {
            from.chars()
                .position(|key| key == c)
                .and_then(|index| to.chars().nth(index))
                .unwrap_or(c)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(raw: &str) -> Option<&'static str> {
        NewPassword::parse(raw, &["anna.petrova@example.ru", "Анна Петрова"])
            .err()
            .map(|phrase| phrase.key)
    }

    #[test]
    fn a_password_is_8_characters_of_any_kind_at_least() {
        assert_eq!(complaint("кхм7Ёж!"), Some("error-password-short"));
        assert_eq!(complaint("кхм7Ёж!x"), None);
        assert_eq!(complaint("🦔🐟🌧🧊🪵🧶🛶🪁"), None);
        assert_eq!(complaint("tall grey heron waits"), None);
        assert_eq!(complaint("зимой роза, кошка и машина"), None);
        assert_eq!(
            complaint(&"heron-grey7".repeat(200)),
            Some("error-password-long")
        );
    }

    #[test]
    fn what_guessers_try_first_is_refused_in_both_languages() {
        for raw in [
            "password1",
            "12345678",
            "qwertyuiop",
            "йцукенгшщз",
            "пароль123",
            "gfhjkm123",
            "aaaaaaaaaaaa",
            "annapetrova",
            "петрова2026",
            "mailapp1",
            "привет123",
            "anna.petrova@example.ru",
            "Петрова_Анна_1987",
            "anna anna anna anna",
            "люблютебя",
            "ятебялюблю",
            "любимая1",
            "ненавижу",
            "незабудка",
            "lubov123",
            "solnyshko",
            "k.,k.nt,z",
        ] {
            assert_eq!(complaint(raw), Some("error-password-weak"), "{raw}");
        }
    }
}
