//! `mailapp doctor`: whether the database is sound and every kept number the right one.

use crate::app::App;
use crate::cli::args::Doctor;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::phrase::Phrase;
use crate::store::doctor::{self, Difference, Finding};

pub(in crate::cli) async fn run(app: &App, args: &Doctor, say: &Say) -> Exit {
    let findings = match app.store.read(doctor::examine).await {
        Ok(findings) => findings,
        Err(error) => return error.into(),
    };
    let is_well = findings.iter().all(|finding| finding.ok);
    for finding in &findings {
        if args.json {
            say.out(&serde_json::to_string(finding).unwrap_or_default());
        } else {
            tell(finding, say);
        }
    }
    match (is_well, args.json) {
        (true, true) => Exit::Done,
        (true, false) => {
            say.out(&say.text("doctor-well"));
            Exit::Done
        }
        (false, true) => Exit::Failed,
        (false, false) => Exit::Refused(Phrase::new("doctor-ill")),
    }
}

fn tell(finding: &Finding, say: &Say) {
    let name = say.text(&format!("doctor-{}", finding.check));
    let state = say.text(if finding.ok {
        "doctor-fine"
    } else {
        "doctor-differs"
    });
    say.out(&format!("{name}: {state}"));
    for difference in &finding.differences {
        say.out(&format!("  {}", described(difference, say)));
    }
}

fn described(difference: &Difference, say: &Say) -> String {
    let nothing = || "—".to_owned();
    match (&difference.kept, &difference.counted) {
        (None, None) => difference.subject.clone(),
        (kept, counted) => say.phrase(
            &Phrase::new("doctor-difference")
                .with("subject", difference.subject.as_str())
                .with("kept", kept.clone().unwrap_or_else(nothing))
                .with("counted", counted.clone().unwrap_or_else(nothing)),
        ),
    }
}
