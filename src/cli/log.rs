//! The log, on standard error.

/// Logs go to standard error. Commands stay quiet unless something is wrong: they say themselves
/// what they do.
pub(super) fn init(filter: &str, is_server: bool) {
    use std::io::IsTerminal as _;

    use tracing_subscriber::filter::filter_fn;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;

    let filter = if is_server { filter } else { "off" };
    let built = tracing_subscriber::EnvFilter::try_new(filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    // Its announcements are ours to make, and a page that is not found is no error of ours.
    let built = [
        "rocket=off",
        "rocket_dyn_templates=warn",
        "refinery_core=warn",
    ]
    .iter()
    .filter_map(|directive| directive.parse().ok())
    .fold(built, tracing_subscriber::EnvFilter::add_directive);
    // Nor is a guard that turns somebody away, or says that a page has not changed: what is said of
    // that in our own handlers' name ends like this.
    let no_guards = filter_fn(|said| !said.target().ends_with("::_"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let ready = tracing_subscriber::registry()
        .with(built)
        .with(no_guards)
        .with(lines)
        .try_init();
    // Only tests start it twice.
    drop(ready);
}
