//! Every way to misbehave at every stage, and what must come of it.

use crate::support::smtp::Stage;

/// What a server does in place of what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Fin,
    Rst,
    Silence,
    /// An octet at a time, never the last.
    Drip,
    /// 421, and it is gone.
    Closing,
    Temporary,
    Permanent,
    /// A 2xx that is not the usual one, or not the kind that is wanted.
    Wrong2xx,
    Wrong3xx,
    Garbage,
    /// The usual answer without its line end.
    NoLineEnd,
    /// Lines that all say that there is one more.
    Endless,
    /// Ten megabytes without a line end.
    LongLine,
    /// The usual answer, and FIN behind it.
    EarlyClose,
}

impl Fault {
    /// In the order of the table's columns.
    pub const ALL: [Self; 14] = [
        Self::Fin,
        Self::Rst,
        Self::Silence,
        Self::Drip,
        Self::Closing,
        Self::Temporary,
        Self::Permanent,
        Self::Wrong2xx,
        Self::Wrong3xx,
        Self::Garbage,
        Self::NoLineEnd,
        Self::Endless,
        Self::LongLine,
        Self::EarlyClose,
    ];
}

/// What is recorded, whom it is charged to, and what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was tried. The relay is waited for, nobody is charged.
    Relay,
    /// An attempt that is charged to the relay. It is waited for, nobody's count moves.
    RelayTried,
    /// The run is paused until its owner goes on: waiting would mend nothing.
    Paused,
    /// Deferred, charged to the recipient, tried again after the delay.
    Deferred,
    /// Refused, charged to the recipient, final.
    Refused,
    /// The server may have it. Tried again after the delay, under the same Message-ID.
    InDoubt,
    /// Accepted at the first try, as if nothing had been.
    Accepted,
}

/// A stage's row: a letter for each fault, `-` where there is no such thing.
///
/// `R` the relay's, nothing tried; `r` the relay's, one attempt; `P` paused; `D` deferred;
/// `X` refused; `?` in doubt; `+` accepted.
const TABLE: [(Stage, &str); 12] = [
    //                   FIN RST silence drip | 421 4xx 5xx 2xx 3xx | garbage, no CR LF, endless,
    //                                                              10 MB line, early close
    // What is said before the greeting is the greeting.
    (Stage::Connect, "RRRR ----- -----"),
    (Stage::Banner, "RRRR RRR+R RRRRR"),
    // Without EHLO there are no extensions: not the password's, and not STARTTLS.
    (Stage::Ehlo, "RRRR RRPPR RRRRR"),
    (Stage::Starttls, "RRRR RRRRR RRRRR"),
    (Stage::Handshake, "RRRR RRRRR RRRRR"),
    // 250 is believed, and MAIL then finds out. After 334 the answer is said once more, and the
    // server refuses it for good.
    (Stage::Auth, "RRRR RRPrP RRRRr"),
    // After a good answer to MAIL the recipient's part begins.
    (Stage::Mail, "rrrr rrr+r rrrrD"),
    (Stage::Rcpt, "DDDD rDX+D DDDDD"),
    // Any 3xx is a go-ahead. Once that has been said, all of a short mail goes out.
    (Stage::Data, "DDDD rDXD+ DDDD?"),
    // The mail is long here, and the server does not read it to its end: no final dot goes out.
    (Stage::Body, "DDDD DDDDD DDDDD"),
    // 421 here is an answer to the mail.
    (Stage::Dot, "???? DDX+? ????+"),
    (Stage::Quit, "++++ +++++ +++++"),
];

/// All cells that there are, row by row.
pub fn cells() -> Vec<(Stage, Fault, Verdict)> {
    let mut cells = Vec::new();
    for (stage, row) in TABLE {
        let letters: Vec<char> = row.chars().filter(|letter| *letter != ' ').collect();
        assert_eq!(letters.len(), Fault::ALL.len(), "{stage:?}");
        for (fault, letter) in Fault::ALL.into_iter().zip(letters) {
            let verdict = match letter {
                'R' => Verdict::Relay,
                'r' => Verdict::RelayTried,
                'P' => Verdict::Paused,
                'D' => Verdict::Deferred,
                'X' => Verdict::Refused,
                '?' => Verdict::InDoubt,
                '+' => Verdict::Accepted,
                _ => continue,
            };
            cells.push((stage, fault, verdict));
        }
    }
    cells
}
