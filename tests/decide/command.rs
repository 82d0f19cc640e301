//! The same on the command line, with the real program.

use mailapp::actions::{self, Whom};
use mailapp::domain::accounts::user::Actor;
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::store::StoreError;
use serde_json::Value;

use crate::support::app::DAY;
use crate::support::process::Folder;
use crate::{ANNA, BORIS};

/// An installation of Anna's whose mailing 1 has a finished run: two mails of it are in doubt, one
/// since the connection broke, one since the program died.
async fn doubtful_folder() -> Folder {
    let folder = Folder::filled().await;
    let app = folder.app();
    let mut everybody = Selection::default();
    everybody.add_matching("", &[]);
    for email in [ANNA, BORIS] {
        let draft = RecipientDraft::parse(email, "", "").unwrap();
        actions::create_recipient(&app, &Actor::Schedule, 1, draft)
            .await
            .unwrap();
    }
    let draft = MessageDraft::parse("Новости", "Добрый день!").unwrap();
    let message_id = actions::create_message(&app, &Actor::Schedule, 1, draft)
        .await
        .unwrap();
    let now = app.clock.now();
    let draft = MailingDraft {
        title: String::new(),
        message_id,
        starts_at: now,
        ends_at: now + DAY,
        automatic: false,
    };
    let mailing = actions::create_mailing(&app, &Actor::Schedule, 1, draft, everybody)
        .await
        .unwrap();
    actions::send_mailing(&app, &Actor::CommandLine, mailing, Whom::All)
        .await
        .unwrap();
    let doubt = |c: &rusqlite::Connection| {
        Ok::<_, StoreError>(c.execute_batch(
            "UPDATE deliveries SET state = 'in_doubt', attempts = 1;
             INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to,
                                   text, server)
             SELECT run_id, id, 1, 1795426200000, 5, 'in_doubt', 'recipient',
                    CASE id WHEN 1 THEN '[lost] Connection reset by peer' ELSE '[interrupted]' END,
                    'mx.example.ru' FROM deliveries;
             UPDATE runs SET state = 'finished', finished_at = 1, queued = 0, in_doubt = 2,
                             attempts_in_doubt = 2",
        )?)
    };
    app.store.write(doubt).await.unwrap();
    folder
}

fn objects(said: &str) -> Vec<Value> {
    said.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_tells_what_is_in_doubt_and_decides_as_the_page_does() {
    let folder = doubtful_folder().await;
    let (code, said) = folder.run(&["doubts", "1"]);
    assert_eq!(code, Some(0), "{said}");
    for words in [ANNA, BORIS, "mailapp send-again 1", "mailapp leave 1"] {
        assert!(said.contains(words), "«{words}» is not in {said}");
    }
    let (_, said) = folder.run(&["doubts", "1", "--json"]);
    let listed = objects(&said);
    assert_eq!(listed.len(), 2, "{said}");
    assert_eq!(listed[1]["reason"], "doubt-lost");
    assert_eq!(listed[1]["detail"], "Connection reset by peer");
    assert_eq!(listed[0]["reason"], "doubt-interrupted");

    let (code, said) = folder.run(&["send-again", "1", "1", "99"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("Письмо № 99 этой отправки не под вопросом"),
        "{said}"
    );
    let waiting = "SELECT count(*) FROM deliveries WHERE state = 'waiting'";
    assert_eq!(
        folder.count(waiting).await,
        0,
        "not the one without the other"
    );
    let (code, said) = folder.run(&["leave", "1", "1"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("1 письмо оставлено под вопросом."), "{said}");

    let (code, said) = folder.run(&["send-again", "1", "--json"]);
    assert_eq!(code, Some(3), "one is left in doubt: {said}");
    let told = objects(&said);
    assert_eq!(
        (&told[0]["event"], &told[0]["count"]),
        (&"sent_again".into(), &1.into())
    );
    let last = told.last().unwrap();
    assert_eq!(last["event"], "finished");
    assert_eq!(
        (&last["counters"]["accepted"], &last["counters"]["in_doubt"]),
        (&1.into(), &1.into())
    );
    assert_eq!(last["undecided"], 0);
    assert_eq!(last["replies"][0]["outcome"], "accepted");
    let (code, said) = folder.run(&["send-again", "1"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("под вопросом никого нет"), "{said}");
    for (arguments, words) in [
        (vec!["doubts", "9"], "Рассылки № 9 нет."),
        (
            vec!["leave", "1", "--run", "7"],
            "У рассылки № 1 нет отправки № 7.",
        ),
    ] {
        let (code, said) = folder.run(&arguments);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_tells_how_a_run_stands_as_the_page_does() {
    let folder = doubtful_folder().await;
    let (code, said) = folder.run(&["status", "1"]);
    assert_eq!(code, Some(0), "{said}");
    for words in [
        "Закончено: успешно 0, не успешно 0, ждут повтора 0, в очереди 0, под вопросом 2",
        "2 письма под вопросом. Какие и почему: mailapp doubts 1",
        "Последние ответы почтового сервера:\n  ×1 программа прервалась",
        "  ×1 связь оборвалась: Connection reset by peer",
    ] {
        assert!(said.contains(words), "«{words}» is not in {said}");
    }
    let stand = |c: &rusqlite::Connection| {
        Ok::<_, StoreError>(c.execute_batch(
            "UPDATE deliveries SET state = 'waiting', due_at = 4000000000000;
             UPDATE runs SET state = 'active', in_doubt = 0, deferred = 2;
             INSERT INTO relay_status (name, down_since, next_try_at, text)
             VALUES ('relay', 1, 2, '[not-listening]')",
        )?)
    };
    folder.store().write(stand).await.unwrap();
    let (_, said) = folder.run(&["status", "1"]);
    for words in [
        "2 ждут; следующая попытка через",
        "Отправка ждёт почтовый сервер: там никто не отвечает",
    ] {
        assert!(said.contains(words), "«{words}» is not in {said}");
    }
    let (_, said) = folder.run(&["status", "1", "--json"]);
    let told = objects(&said).remove(0);
    assert_eq!(
        (&told["event"], &told["next_retry_at"], &told["slow"]["why"]),
        (
            &"active".into(),
            &"2096-10-02T07:06:40Z".into(),
            &"slow-relay-down".into()
        )
    );
    assert_eq!(told["replies"].as_array().unwrap().len(), 2);
    let pause = |c: &rusqlite::Connection| {
        Ok::<_, StoreError>(c.execute_batch(
            "UPDATE runs SET state = 'paused', pause_reason = 'refusals',
                             pause_detail = '554 5.7.1 Spam'",
        )?)
    };
    folder.store().write(pause).await.unwrap();
    let (_, said) = folder.run(&["status", "1"]);
    for words in ["тот же отказ: 554 5.7.1 Spam", "нажмите «Продолжить»"]
    {
        assert!(said.contains(words), "«{words}» is not in {said}");
    }
}
