//! The way to a relay that wants encryption and a password: what is insisted on, what is tried,
//! and that nothing goes out where it must not.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::domain::Id;
use mailapp::domain::accounts::user::Language;
use mailapp::domain::mailings::run::{PauseReason, RunState};
use mailapp::i18n::Reader;
use support::app::{House, SECOND};
use support::smtp::{Abilities, Flaw, Identity, PASSWORD, SmtpServer, Stage, USER};
use support::{all_together, until};

const ANNA: &str = "anna@example.ru";
const SIGN_IN: [(&str, &str); 2] = [("relay.username", USER), ("relay.password", PASSWORD)];

/// The run stands still because of the relay; why, in the words that its owner sees.
async fn paused_because(house: &House, run: Id) -> String {
    let run = house
        .wait_for(run, "the run is paused", |run| {
            run.state == RunState::Paused
        })
        .await;
    assert_eq!(run.counters.queued, 1);
    assert!(
        matches!(
            run.pause_reason,
            Some(PauseReason::Relay | PauseReason::Password)
        ),
        "{:?}",
        run.pause_reason
    );
    run.pause_detail
        .expect("a pause that is the relay's says why")
}

async fn is_sent(house: House, server: &SmtpServer) {
    let run = house.send_to(&[ANNA]).await;
    assert_eq!(house.wait_until_finished(run).await.counters.accepted, 1);
    server.mail_to(ANNA);
    house.close(server).await;
}

fn asking_for(auth: &'static [&'static str]) -> SmtpServer {
    SmtpServer::able_to(Abilities {
        auth,
        ..Abilities::default()
    })
}

#[tokio::test]
async fn every_way_to_sign_in_works() {
    for (name, mechanism) in [
        ("plain", "PLAIN"),
        ("login", "LOGIN"),
        ("cram-md5", "CRAM-MD5"),
    ] {
        let server = asking_for(&["LOGIN", "CRAM-MD5", "PLAIN"]);
        let mut settings = SIGN_IN.to_vec();
        settings.push(("relay.mechanism", name));
        is_sent(House::with(&server, &settings).await, &server).await;
        let signed_in = server.log().sessions[0].signed_in.clone();
        assert_eq!(signed_in, Some((mechanism.to_owned(), USER.to_owned())));
    }
}

#[tokio::test]
async fn of_several_ways_to_sign_in_one_that_the_server_offers_is_taken() {
    for offered in [
        &["LOGIN"][..],
        &["PLAIN"],
        &["CRAM-MD5"],
        &["X-ODD", "LOGIN", "PLAIN"],
    ] {
        let server = asking_for(offered);
        is_sent(House::with(&server, &SIGN_IN).await, &server).await;
        let (mechanism, _) = server.log().sessions[0].signed_in.clone().unwrap();
        assert!(offered.contains(&mechanism.as_str()), "{mechanism}");
    }
}

#[tokio::test]
async fn the_password_does_not_go_out_where_a_digest_is_offered() {
    let server = asking_for(&["PLAIN", "LOGIN", "CRAM-MD5"]);
    is_sent(House::with(&server, &SIGN_IN).await, &server).await;
    let (mechanism, _) = server.log().sessions[0].signed_in.clone().unwrap();
    assert_eq!(mechanism, "CRAM-MD5");
}

#[tokio::test]
async fn a_wrong_password_pauses_the_run_with_the_servers_words() {
    for mechanism in ["plain", "login", "cram-md5"] {
        let server = asking_for(&["PLAIN", "LOGIN", "CRAM-MD5"]);
        let house = House::with(
            &server,
            &[
                ("relay.username", USER),
                ("relay.password", "wrong"),
                ("relay.mechanism", mechanism),
            ],
        )
        .await;
        let run = house.send_to(&[ANNA]).await;
        let why = paused_because(&house, run).await;
        assert_eq!(why, "[auth] 535 5.7.8 Who are you?");
        let reason = house.run(run).await.pause_reason;
        assert_eq!(reason, Some(PauseReason::Password));
        assert!(server.transactions().is_empty());
        assert_eq!(
            server.said("AUTH").len(),
            1,
            "it is not tried again and again"
        );
        house.close(&server).await;
    }
}

#[tokio::test]
async fn a_server_that_cannot_check_passwords_just_now_is_waited_for() {
    let server = asking_for(&["PLAIN"]);
    server
        .on(Stage::Auth)
        .first(1)
        .reply("454 4.7.0 Temporary authentication failure");
    let house = House::with(&server, &SIGN_IN).await;
    let run = house.send_to(&[ANNA]).await;
    let relay = until("the relay is down", async || house.relay_down().await).await;
    assert_eq!(
        relay.text,
        "[auth] 454 4.7.0 Temporary authentication failure"
    );
    house.pass(SECOND);
    assert_eq!(house.wait_until_finished(run).await.counters.accepted, 1);
    house.close(&server).await;
}

#[tokio::test]
async fn a_server_that_offers_no_way_to_sign_in_that_we_know_pauses_the_run() {
    let server = asking_for(&["GSSAPI"]);
    let house = House::with(&server, &SIGN_IN).await;
    let run = house.send_to(&[ANNA]).await;
    assert_eq!(paused_because(&house, run).await, "[no-auth]");
    assert_eq!(server.said("AUTH"), [""; 0]);
    house.close(&server).await;
}

#[tokio::test]
async fn a_server_that_wants_a_password_that_is_not_set_says_so() {
    let server = asking_for(&["PLAIN"]);
    let house = House::sending_through(&server).await;
    house.send_to(&[ANNA]).await;
    let relay = until("the relay is down", async || house.relay_down().await).await;
    assert_eq!(relay.text, "530 5.7.0 Sign in first");
    house.close(&server).await;
}

#[tokio::test]
async fn without_starttls_nothing_is_sent_and_no_password_is_said() {
    let server = asking_for(&["PLAIN"]);
    let mut settings = SIGN_IN.to_vec();
    settings.push(("relay.security", "starttls"));
    let house = House::with(&server, &settings).await;
    let run = house.send_to(&[ANNA]).await;
    let why = paused_because(&house, run).await;
    assert_eq!(why, "[no-starttls]");
    assert_eq!(server.commands(0), ["EHLO localhost"]);
    house.close(&server).await;
}

/// A server under TLS from the first byte, or under STARTTLS, with a password.
fn encrypted(security: &str, name: &str) -> (SmtpServer, tempfile::TempDir) {
    let identity = Identity::of(name);
    let folder = tempfile::tempdir().unwrap();
    identity.authority_file(folder.path());
    let mut abilities = Abilities {
        auth: &["PLAIN"],
        ..Abilities::default()
    };
    if security == "tls" {
        abilities.implicit_tls = Some(identity);
    } else {
        abilities.starttls = Some(identity);
    }
    (SmtpServer::able_to(abilities), folder)
}

#[tokio::test]
async fn with_a_certificate_that_is_trusted_mail_goes_out_encrypted() {
    for security in ["tls", "starttls"] {
        let (server, folder) = encrypted(security, "127.0.0.1");
        let authority = folder.path().join("authority.pem");
        let mut settings = SIGN_IN.to_vec();
        settings.push(("relay.security", security));
        settings.push(("relay.ca_file", authority.to_str().unwrap()));
        is_sent(House::with(&server, &settings).await, &server).await;
        let session = server.log().sessions.remove(0);
        assert!(session.is_encrypted && session.signed_in.is_some());
        let hellos = session
            .commands
            .iter()
            .filter(|line| line.starts_with("EHLO"))
            .count();
        // What was offered in clear is not believed (RFC 3207 §4.2).
        assert_eq!(hellos, if security == "tls" { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_pauses_the_run() {
    for security in ["tls", "starttls"] {
        let (server, _folder) = encrypted(security, "127.0.0.1");
        let mut settings = SIGN_IN.to_vec();
        settings.push(("relay.security", security));
        let house = House::with(&server, &settings).await;
        let run = house.send_to(&[ANNA]).await;
        let why = paused_because(&house, run).await.to_lowercase();
        assert!(why.contains("certificate"), "{why}");
        assert_eq!(server.said("AUTH"), [""; 0]);
        assert!(server.transactions().is_empty());
        house.close(&server).await;
    }
}

#[tokio::test]
async fn a_certificate_for_somebody_else_pauses_the_run() {
    for security in ["tls", "starttls"] {
        let (server, folder) = encrypted(security, "smtp.example.ru");
        let authority = folder.path().join("authority.pem");
        let mut settings = SIGN_IN.to_vec();
        settings.push(("relay.security", security));
        settings.push(("relay.ca_file", authority.to_str().unwrap()));
        let house = House::with(&server, &settings).await;
        let run = house.send_to(&[ANNA]).await;
        let why = paused_because(&house, run).await.to_lowercase();
        assert!(why.contains("certificate"), "{why}");
        assert_eq!(server.said("AUTH"), [""; 0]);
        house.close(&server).await;
    }
}

#[tokio::test]
async fn words_slipped_in_before_the_encryption_are_not_believed() {
    let (server, folder) = encrypted("starttls", "127.0.0.1");
    server
        .on(Stage::Starttls)
        .bytes(b"220 2.0.0 Go on\r\n250-mx.example\r\n250 AUTH PLAIN\r\n");
    let authority = folder.path().join("authority.pem");
    let mut settings = SIGN_IN.to_vec();
    settings.push(("relay.security", "starttls"));
    settings.push(("relay.ca_file", authority.to_str().unwrap()));
    let house = House::with(&server, &settings).await;
    let run = house.send_to(&[ANNA]).await;
    let why = paused_because(&house, run).await;
    assert_eq!(why, "[injected]");
    assert!(server.transactions().is_empty());
    house.close(&server).await;
}

#[tokio::test]
async fn a_connection_that_breaks_off_in_the_handshake_is_tried_again() {
    let cases = vec![("tls", Stage::Connect), ("starttls", Stage::Starttls)];
    all_together(cases, async |(security, stage)| {
        let (server, folder) = encrypted(security, "127.0.0.1");
        server.on(stage).first(1).close();
        let authority = folder.path().join("authority.pem");
        let mut settings = SIGN_IN.to_vec();
        settings.push(("relay.security", security));
        settings.push(("relay.ca_file", authority.to_str().unwrap()));
        let house = House::with(&server, &settings).await;
        let run = house.send_to(&[ANNA]).await;
        until("the relay is down", async || house.relay_down().await).await;
        house.pass(SECOND);
        assert_eq!(house.wait_until_finished(run).await.counters.accepted, 1);
        house.close(&server).await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_know_ehlo_is_greeted_the_old_way() {
    let server = SmtpServer::start();
    server.on(Stage::Ehlo).reply("502 5.5.1 What?");
    is_sent(House::sending_through(&server).await, &server).await;
    assert_eq!(
        server.commands(0)[..2],
        ["EHLO localhost", "HELO localhost"]
    );
}

/// A server with this certificate, and a house that trusts its authority.
async fn with_certificate(identity: Identity, security: &str) -> (SmtpServer, House) {
    let folder = tempfile::tempdir().unwrap();
    let authority = identity.authority_file(folder.path());
    let mut abilities = Abilities::default();
    if security == "tls" {
        abilities.implicit_tls = Some(identity);
    } else {
        abilities.starttls = Some(identity);
    }
    let server = SmtpServer::able_to(abilities);
    let settings = [
        ("relay.security", security),
        ("relay.ca_file", authority.to_str().unwrap()),
    ];
    let house = House::with(&server, &settings).await;
    (server, house)
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_in_plain_words() {
    for (flaw, key) in [
        (Flaw::Expired, "[certificate-expired]"),
        (Flaw::NotYet, "[certificate-not-yet]"),
        (Flaw::OtherName, "[certificate-name]"),
        (Flaw::SelfSigned, "[certificate-issuer]"),
        (Flaw::Authority, "[certificate-authority]"),
        (Flaw::ForClients, "[certificate-purpose]"),
    ] {
        let (server, house) = with_certificate(Identity::flawed(flaw), "tls").await;
        let run = house.send_to(&[ANNA]).await;
        let why = paused_because(&house, run).await;
        assert_eq!(why, key, "{flaw:?}");
        for language in [Language::En, Language::Ru] {
            let reader = Reader::new(language, "UTC");
            let said = reader.pause_reason(PauseReason::Relay, &why);
            assert!(!said.contains("Error") && !said.contains('['), "{said}");
        }
        house.close(&server).await;
    }
}

#[tokio::test]
async fn a_self_signed_certificate_that_is_no_authoritys_can_be_trusted() {
    let identity = Identity::self_signed("127.0.0.1", false);
    let (server, house) = with_certificate(identity, "starttls").await;
    is_sent(house, &server).await;
}

#[tokio::test]
async fn a_server_without_tls_on_its_port_is_told_from_one_with_a_bad_certificate() {
    let server = SmtpServer::start();
    let house = House::with(&server, &[("relay.security", "tls")]).await;
    house.send_to(&[ANNA]).await;
    let relay = until("the relay is down", async || house.relay_down().await).await;
    assert_eq!(relay.text, "[tls-none]");
    house.close(&server).await;
}
