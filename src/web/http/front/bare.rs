//! Answers without a page, to what no browser sends: they are said before Rocket hears of a request.
//!
//! hyper answers by itself what it cannot read as a request, with a status and nothing else, and has
//! no setting for that. So the socket puts the same with words in its place.

use hyper::StatusCode;

use super::bounds::{MAX_REQUEST_TARGET, MOST_HEAD};

/// Why something is no request that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    BadSyntax,
    Host,
    RequestTarget,
    Head,
    Length,
    /// No resource here has such a method.
    Method,
    /// Its body is encoded in a way that is not decoded here.
    TransferCoding,
}

impl Why {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::BadSyntax | Self::Host => StatusCode::BAD_REQUEST,
            Self::Length => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RequestTarget => StatusCode::URI_TOO_LONG,
            Self::Head => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Method | Self::TransferCoding => StatusCode::NOT_IMPLEMENTED,
        }
    }

    /// What is said, in both languages: which one the client reads is not known.
    pub(super) fn text(self) -> String {
        match self {
            Self::BadSyntax => "The request is not valid HTTP.\n\
                Запрос не соответствует протоколу HTTP.\n"
                .to_owned(),
            Self::Host => "The request must have exactly one valid Host header.\n\
                В запросе должен быть ровно один заголовок Host с правильным значением.\n"
                .to_owned(),
            Self::Length => "The body of the request is too large.\n\
                Тело запроса слишком большое.\n"
                .to_owned(),
            Self::RequestTarget => {
                let kib = MAX_REQUEST_TARGET / 1_024;
                format!(
                    "The address is too long: at most {kib} KB.\n\
                     Адрес слишком длинный: допускается не более {kib} КБ.\n"
                )
            }
            Self::Method => "The request's method is not supported: use GET, HEAD or POST.\n\
                Метод запроса не поддерживается: используйте GET, HEAD или POST.\n"
                .to_owned(),
            Self::TransferCoding => "The transfer coding of the request's body is not supported: \
                send the body with Content-Length or with Transfer-Encoding: chunked.\n\
                Кодирование передачи тела запроса не поддерживается: \
                отправьте тело с Content-Length или с Transfer-Encoding: chunked.\n"
                .to_owned(),
            Self::Head => {
                let kib = MOST_HEAD / 1_024;
                format!(
                    "The headers are too large: at most {kib} KB and 100 lines are accepted. \
                     In a browser, delete this site's cookies.\n\
                     Заголовки слишком велики: принимается не более {kib} КБ и 100 строк. \
                     В браузере удалите cookie этого сайта.\n"
                )
            }
        }
    }
}

/// What is to be sent in place of hyper's own answer to `head`, if it is one.
pub(super) fn instead_of(own: &[u8], head: &[u8]) -> Option<Vec<u8>> {
    let own = std::str::from_utf8(own).ok()?;
    let (code, _) = own.strip_prefix("HTTP/1.1 ")?.split_once(' ')?;
    let why = match code.parse().ok()? {
        StatusCode::BAD_REQUEST | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            if has_immense_length(head) =>
        {
            Why::Length
        }
        StatusCode::BAD_REQUEST => Why::BadSyntax,
        StatusCode::URI_TOO_LONG => Why::RequestTarget,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Why::Head,
        _ => return None,
    };
    let date = own.lines().find(|line| {
        line.get(..5)
            .is_some_and(|name| name.eq_ignore_ascii_case("date:"))
    });
    let date = date.map(|line| format!("{line}\r\n")).unwrap_or_default();
    let (status, text) = (why.status(), why.text());
    let reason = status.canonical_reason().unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 {} {reason}\r\n{date}Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\n\r\n{text}",
        status.as_str(),
        text.len(),
    );
    Some(answer.into_bytes())
}

/// Whether a body is announced that is longer than hyper can count.
fn has_immense_length(head: &[u8]) -> bool {
    head.split(|octet| *octet == b'\n').any(|line| {
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.split_once(':') else {
            return false;
        };
        let value = value.trim();
        name.eq_ignore_ascii_case("content-length")
            && !value.is_empty()
            && value.bytes().all(|octet| octet.is_ascii_digit())
            // The last two have a meaning of their own to hyper.
            && value.parse::<u64>().map_or(true, |length| length >= u64::MAX - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hyper_refuses_without_a_word_is_refused_with_words() {
        let instead = |own: &str, head: &str| {
            let answer = instead_of(own.as_bytes(), head.as_bytes())?;
            Some(String::from_utf8(answer).unwrap())
        };
        let own = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\
            content-length: 0\r\ndate: Mon, 23 Nov 2026 09:30:00 GMT\r\n\r\n";
        let answer = instead(own, "GET / HTTP/1.1\r\nCookie: a").unwrap();
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        assert!(answer.contains("\r\ndate: Mon, 23 Nov 2026 09:30:00 GMT\r\n"));
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", text.len())));
        assert!(text.contains("32 KB") && text.contains("32 КБ"), "{text}");
        let long = "9".repeat(30);
        for (length, code) in [
            (long.as_str(), "413"),
            ("18446744073709551615", "413"),
            ("18446744073709551614", "413"),
            ("18446744073709551613", "431"),
            ("5", "431"),
            ("", "431"),
            ("-9", "431"),
        ] {
            let head = format!("POST / HTTP/1.1\r\ncontent-LENGTH: {length}\r\n\r\n");
            let answer = instead(own, &head).unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {code}")), "{length}");
        }
        for other in [
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "ok",
        ] {
            assert_eq!(instead(other, ""), None);
        }
    }
}
