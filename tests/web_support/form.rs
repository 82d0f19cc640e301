//! A form, as a browser fills and sends it.

use super::html::Token;

/// A form with what it would send if its button were pressed now.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// The fields that are there but send nothing: boxes without a tick, and buttons.
    silent: Vec<(String, String)>,
}

impl Form {
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn values(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Types into a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(known, _)| known == name);
        field.unwrap_or_else(|| panic!("no field {name}")).1 = value.to_owned();
        self
    }

    /// Ticks a box.
    #[must_use]
    pub fn tick(mut self, name: &str, value: &str) -> Self {
        self.press_or_tick(name, value);
        self
    }

    #[must_use]
    pub fn untick(mut self, name: &str, value: &str) -> Self {
        let field = (name.to_owned(), value.to_owned());
        let at = self.fields.iter().position(|known| *known == field);
        self.fields
            .remove(at.unwrap_or_else(|| panic!("{field:?} has no tick")));
        self.silent.push(field);
        self
    }

    /// Presses one of several buttons.
    #[must_use]
    pub fn press(mut self, name: &str, value: &str) -> Self {
        self.press_or_tick(name, value);
        self
    }

    /// Whether there is such a button to press.
    pub fn has(&self, name: &str, value: &str) -> bool {
        let is_it = |(known, held): &(String, String)| known == name && held == value;
        self.silent.iter().any(is_it)
    }

    fn press_or_tick(&mut self, name: &str, value: &str) {
        let field = (name.to_owned(), value.to_owned());
        assert!(self.silent.contains(&field), "nothing to press: {field:?}");
        self.fields.push(field);
    }
}

/// The forms of a page.
pub(super) fn forms(tokens: Vec<Token>) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut current: Option<Form> = None;
    // The list or text area being read: its name, what is chosen in it.
    let mut list: Option<(String, Option<String>)> = None;
    let mut area: Option<(String, String)> = None;
    for token in tokens {
        match token {
            Token::Open(tag) if tag.name == "form" => {
                current = Some(Form {
                    action: tag.get("action").unwrap_or_default().to_owned(),
                    fields: Vec::new(),
                    silent: Vec::new(),
                });
            }
            Token::Close(name) if name == "form" => forms.extend(current.take()),
            Token::Text(text) => {
                if let Some((_, value)) = &mut area {
                    value.push_str(&text);
                }
            }
            token => {
                if let Some(form) = &mut current {
                    read_control(form, token, &mut list, &mut area);
                }
            }
        }
    }
    forms
}

fn read_control(
    form: &mut Form,
    token: Token,
    list: &mut Option<(String, Option<String>)>,
    area: &mut Option<(String, String)>,
) {
    match token {
        Token::Close(name) if name == "textarea" => {
            form.fields.extend(area.take().map(|(name, text)| {
                let text = text.strip_prefix('\n').unwrap_or(&text).to_owned();
                (name, text)
            }));
        }
        Token::Close(name) if name == "select" => {
            form.fields.extend(
                list.take()
                    .map(|(name, chosen)| (name, chosen.unwrap_or_default())),
            );
        }
        Token::Open(tag) if tag.name == "option" => {
            if let Some((_, chosen)) = list
                && (chosen.is_none() || tag.has("selected"))
            {
                *chosen = Some(tag.get("value").unwrap_or_default().to_owned());
            }
        }
        Token::Open(tag) => {
            let Some(name) = tag.get("name").map(str::to_owned) else {
                return;
            };
            let value = tag.get("value").unwrap_or_default().to_owned();
            match tag.name.as_str() {
                "select" => *list = Some((name, None)),
                "textarea" => *area = Some((name, String::new())),
                "button" => form.silent.push((name, value)),
                "input" if tag.get("type") == Some("checkbox") && !tag.has("checked") => {
                    form.silent.push((name, value));
                }
                "input" => form.fields.push((name, value)),
                _ => {}
            }
        }
        _ => {}
    }
}
