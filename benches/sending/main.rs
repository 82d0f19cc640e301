//! `cargo bench --bench sending`: what the whole product does, beside Postfix's own load generator
//! against the same receiving server in the same run. Prints a table in Markdown; asserts that
//! every mail was accepted and journalled, and nothing about time.
//!
//! `cargo bench --bench sending -- [quick] [NAME…]` takes small sizes, or only the named parts
//! (`PARTS`). Needs `smtp-sink` and `smtp-source` (Debian: package postfix), nothing else on the
//! machine's cores, and for the table about 1 GB in the folder for temporary files.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a benchmark measures real time, speaks, and stops at the first surprise"
)]

mod estate;
mod figures;
mod pages;
mod postfix;
mod process;
mod product;
mod proxy;
mod start;
mod volume;

use std::cell::OnceCell;
use std::process::ExitCode;

use estate::Estate;
use figures::Table;

/// How much is measured.
struct Sizes {
    /// Every figure is the median of so many.
    rounds: usize,
    /// Mails on the loopback.
    near: u32,
    /// Mails over a line with a delay.
    far: u32,
    /// Recipients of the small and of the large mailing.
    small: u32,
    large: u32,
    /// Requests of each page.
    requests: usize,
}

const FULL: Sizes = Sizes {
    rounds: 3,
    near: 50_000,
    far: 4_000,
    small: 10_000,
    large: 1_000_000,
    requests: 1_000,
};

/// For whoever works on the benchmark, or looks for a regression by the way.
const QUICK: Sizes = Sizes {
    rounds: 1,
    near: 5_000,
    far: 400,
    small: 2_000,
    large: 100_000,
    requests: 100,
};

/// What the parts have in common.
struct Bench {
    sizes: &'static Sizes,
    large: OnceCell<Estate>,
}

impl Bench {
    /// The large mailing, made when it is first needed.
    fn large(&self) -> &Estate {
        self.large
            .get_or_init(|| Estate::with_recipients(self.sizes.large))
    }
}

type Part = fn(&Bench, &mut Table);

/// In the order of the table.
const PARTS: [(&str, Part); 6] = [
    ("near", volume::near),
    ("far", volume::far),
    ("large", volume::large),
    ("click", pages::click),
    ("pages", pages::pages),
    ("start", start::start),
];

fn main() -> ExitCode {
    let mut sizes = &FULL;
    let mut chosen = Vec::new();
    for word in std::env::args().skip(1) {
        match word.as_str() {
            // Cargo says so to every benchmark.
            "--bench" => {}
            "quick" => sizes = &QUICK,
            name if PARTS.iter().any(|(known, _)| *known == name) => chosen.push(word),
            _ => {
                let names = PARTS.map(|(name, _)| name).join(" | ");
                eprintln!("«{word}»? usage: cargo bench --bench sending -- [quick] [{names}] …");
                return ExitCode::from(2);
            }
        }
    }
    if !postfix::is_installed() {
        eprintln!("smtp-sink and smtp-source are missing; on Debian: apt-get install postfix");
        return ExitCode::FAILURE;
    }
    let bench = Bench {
        sizes,
        large: OnceCell::new(),
    };
    let mut table = Table::default();
    for (name, part) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|known| known == name) {
            eprintln!("{name} …");
            part(&bench, &mut table);
        }
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("Medians of {} on {cores} cores.\n", sizes.rounds);
    print!("{table}");
    ExitCode::SUCCESS
}
