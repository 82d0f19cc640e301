# What is done often. `just` lists it; tests/run and cargo do the work, and no recipe is needed to build.

# Lists the recipes.
_default:
    @just --list --unsorted

# Runs mailapp in this folder; without a mail server, emails are captured.
dev *ARGS:
    cargo run -- serve {{ ARGS }}

# Shows the whole product with example data and a mail server of its own.
demo *ARGS:
    cargo run --release -- demo {{ ARGS }}

# Installs what the tests need (Chromium, Postfix, nginx …).
install:
    tests/run --install

# Formatting, lints and every test, or only the tests whose names contain NAME.
test *NAME:
    tests/run {{ NAME }}

# One file of tests: just one pages import.
one TARGET *NAME:
    cargo test --locked --test {{ TARGET }} {{ NAME }}

# Kills the program and breaks its mail server ten times as often, on the optimised program.
faults:
    FAULTS=long cargo test --locked --release --test faults --test database

# Formats the code.
fmt:
    cargo fmt

# Formatting and lints, without the tests.
lint:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings

# Licences, advisories and sources of the dependencies; needs cargo-deny and the network.
deny:
    cargo deny check

# Takes the README's pictures of the demo.
pictures:
    cargo test --locked --test browser pictures -- --ignored

# Writes docs/commands.md below its first part, from the program's own help.
docs:
    cargo build --locked --bin mailapp
    sed -i '/^<!-- Below this line/,$!b;/^<!-- Below this line/!d' docs/commands.md
    echo >> docs/commands.md
    target/debug/mailapp help --markdown --lang en | sed -n '/^## `mailapp`$/,$p' >> docs/commands.md

# Figures of sending: just bench quick, just bench near click.
bench *PARTS:
    cargo bench --bench sending -- {{ PARTS }}

# Figures of the pages at a million recipients: three minutes and 2 GB to build the database.
bench-pages:
    cargo bench --bench pages

# The executable to install: target/release/mailapp.
release:
    cargo build --release --locked --bin mailapp

# The container image.
image TAG="mailapp":
    docker build --tag {{ TAG }} .
