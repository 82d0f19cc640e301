//! How fast mails go out: near, far, and many.

use std::time::Duration;

use crate::Bench;
use crate::estate::Estate;
use crate::figures::{Table, grouped, median, millis};
use crate::postfix::{self, Sink};
use crate::product::{self, CONNECTIONS, Sent};
use crate::proxy::Proxy;

/// Half of the far line's round trip.
const ONE_WAY: Duration = Duration::from_millis(10);

pub fn near(bench: &Bench, table: &mut Table) {
    let sizes = bench.sizes;
    let sink = Sink::start();
    let work = format!(
        "{} mails of 2 KB over {CONNECTIONS} connections, loopback",
        grouped(sizes.near.into())
    );
    beside_source(sizes.rounds, sizes.near, sink.port, work, "1.0", table);
}

pub fn far(bench: &Bench, table: &mut Table) {
    let sizes = bench.sizes;
    let sink = Sink::start();
    let proxy = Proxy::to(sink.port, ONE_WAY);
    let round_trip = millis(proxy.round_trip());
    eprintln!("  a command and its reply: {round_trip:.1} ms");
    let work = format!(
        "{} mails at {round_trip:.0} ms round trip",
        grouped(sizes.far.into())
    );
    beside_source(sizes.rounds, sizes.far, proxy.port, work, "3.5", table);
}

/// Ours and Postfix's, turn by turn, so that what else the machine does concerns both.
fn beside_source(
    rounds: usize,
    count: u32,
    port: u16,
    work: String,
    wanted: &str,
    table: &mut Table,
) {
    let estate = Estate::with_recipients(count);
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let source = postfix::source(port, count);
        eprintln!("  smtp-source: {source:.0} mails/s");
        let own = f64::from(count) / product::send(&estate, port, count).seconds;
        theirs.push(source);
        ours.push(own);
        ratios.push(own / source);
    }
    table.row(
        work,
        format!("{} mails/s", grouped(median(ours))),
        format!(
            "`smtp-source -d -s {CONNECTIONS}`: {} mails/s, {:.2} ×",
            grouped(median(theirs)),
            median(ratios)
        ),
        &format!("at least {wanted} ×"),
    );
}

pub fn large(bench: &Bench, table: &mut Table) {
    let sizes = bench.sizes;
    let sink = Sink::start();
    let small = Estate::with_recipients(sizes.small);
    let large = bench.large();
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        // Around the large one, so that a machine that grows slower concerns both.
        few.push(product::send(&small, sink.port, sizes.small));
        many.push(product::send(large, sink.port, sizes.large));
        few.push(product::send(&small, sink.port, sizes.small));
    }
    let per_mail = |sent: &[Sent], count: u32| {
        median(
            sent.iter()
                .map(|sent| sent.seconds * 1e6 / f64::from(count))
                .collect(),
        )
    };
    let used = |sent: &[Sent], count: u32| {
        let micros = |sent: &Sent| sent.used.as_secs_f64() * 1e6 / f64::from(count);
        median(sent.iter().map(micros).collect())
    };
    let peak = |sent: &[Sent]| sent.iter().map(|sent| sent.peak_mib).fold(0.0, f64::max);
    let (cost_few, cost_many) = (per_mail(&few, sizes.small), per_mail(&many, sizes.large));
    let (small_count, large_count) = (grouped(sizes.small.into()), grouped(sizes.large.into()));
    table.row(
        format!("{large_count} recipients, cost of a mail"),
        format!(
            "{cost_many:.1} µs, {:.1} µs of processor time",
            used(&many, sizes.large)
        ),
        format!(
            "{small_count} recipients: {cost_few:.1} µs, {:.1} µs; {:.2} ×",
            used(&few, sizes.small),
            cost_many / cost_few
        ),
        "at most 1.2 ×",
    );
    table.row(
        format!("{large_count} recipients, highest memory"),
        format!("{:.1} MiB", peak(&many)),
        format!("{small_count} recipients: {:.1} MiB", peak(&few)),
        "under 100 MB",
    );
}
