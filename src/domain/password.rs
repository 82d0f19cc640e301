//! Which passwords are good enough (NIST SP 800-63B §3.1.1.2): any characters, no composition
//! rules, 8 to 256 of them, but not one that guessers try first.

use super::phrase::Phrase;

/// Shortest password, in characters.
pub const MIN_LENGTH: usize = 8;
/// Longest password, in characters: a bound on work, not on secrecy.
pub const MAX_LENGTH: usize = 1_024;

/// Keys of the Russian layout over those of the Latin one: `пароль` is typed `gfhjkm`.
const RUSSIAN_KEYS: &str = "йцукенгшщзхъфывапролджэячсмитьбюё";
const LATIN_KEYS: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";

/// Words that Russian speakers pick first, beyond what the English lists know.
const RUSSIAN_WORDS: [&str; 24] = [
    "пароль",
    "привет",
    "любовь",
    "россия",
    "москва",
    "спартак",
    "зенит",
    "солнышко",
    "наташа",
    "марина",
    "андрей",
    "сергей",
    "дмитрий",
    "максим",
    "александр",
    "елена",
    "светлана",
    "ольга",
    "кристина",
    "рассылка",
    "рассыльщик",
    "админ",
    "менеджер",
    "секрет",
];

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
        known.push("mailapp".to_owned());
        known.extend(RUSSIAN_WORDS.iter().map(|word| (*word).to_owned()));
        known.extend(
            RUSSIAN_WORDS
                .iter()
                .map(|word| relaid(word, RUSSIAN_KEYS, LATIN_KEYS)),
        );
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

/// Whether little is left of a password without the words that a guesser knows.
fn is_made_of(raw: &str, words: &[String]) -> bool {
    let mut words: Vec<&String> = words.iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let lower = raw.to_lowercase();
    let left = words
        .iter()
        .fold(lower.clone(), |left, word| left.replace(word.as_str(), " "));
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    letters(&left) < letters(&lower) && letters(&left) <= 4
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
        ] {
            assert_eq!(complaint(raw), Some("error-password-weak"), "{raw}");
        }
    }
}
