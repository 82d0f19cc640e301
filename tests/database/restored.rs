//! Every way back in time that a folder can take is noticed before anybody is mailed twice, and nothing
//! that is none is taken for one.

use std::path::Path;

use crate::copied::{BANNER, REFUSED, send};
use crate::service::{ANNA, Disk, Place, Service, system};
use crate::support::all_together;
use crate::support::smtp::{SmtpServer, Stage};
use crate::support::until;

const COUNT: usize = 4;
const SOON: [(&str, &str); 1] = [("sending.retry", "1s")];

fn shell(script: &str, folder: &Path) {
    let folder = folder.to_str().unwrap();
    let script = format!("set -e; cd {folder}; {script}");
    assert!(system("sh", &["-c", &script]), "{script}");
}

/// How an engine ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Orderly,
    Killed,
}

impl End {
    fn of(self, service: Service) {
        match self {
            Self::Orderly => assert_eq!(service.stop(), Some(0)),
            Self::Killed => service.kill(),
        }
    }
}

/// An installation whose run has reached half of its recipients; the others are tried again and again.
async fn halfway(place: &Place) -> (i64, SmtpServer, Service) {
    let mailing = place.furnish(COUNT).await;
    let server = SmtpServer::start();
    for number in [3, 4] {
        let late = format!("r{number}@example.ru");
        server
            .on(Stage::Rcpt)
            .of(&late)
            .reply("450 4.2.0 come again");
    }
    let service = place.serve_with(&server, &SOON).await;
    send(&service, mailing).await;
    place
        .until("SELECT count(*) FROM deliveries WHERE attempts > 0", 4)
        .await;
    (mailing, server, service)
}

/// Lets everybody be reached, and waits until that is noted beside the database.
async fn finish(place: &Place, server: &SmtpServer) -> Service {
    server.behave();
    let service = place.serve_with(server, &SOON).await;
    let finished = "SELECT count(*) FROM runs WHERE state = 'finished'";
    place.until(finished, 1).await;
    until("it is noted beside the database", async || {
        let attempts = place.count("SELECT max(id) FROM attempts");
        let noted = format!("\nattempts {attempts}\n");
        place.installation().contains(&noted).then_some(())
    })
    .await;
    service
}

/// Nothing is sent from here, and it is said.
async fn stands_still(place: &Place, server: &SmtpServer, mailing: i64, how: &str) {
    let (code, said) = place.run(&["send", &mailing.to_string()]);
    assert_eq!(code, Some(1), "{how}: {said}");
    assert!(said.contains(REFUSED), "{how}: {said}");
    let service = place.serve_with(server, &SOON).await;
    let browser = service.browser(ANNA).await;
    _ = browser.get("/mailings").await.is(200).says(BANNER);
    for number in 1..=COUNT {
        let email = format!("r{number}@example.ru");
        assert_eq!(server.mails_to(&email).len(), 1, "{how}: {email}");
    }
    let unfinished = "SELECT count(*) FROM runs WHERE state = 'active'";
    assert_eq!(place.count(unfinished), 1, "{how}: nobody ended it");
}

/// Each is run in the folder that holds `data` and its backup.
const WAYS: [(&str, &str, &str); 8] = [
    ("cp", "cp -r data backup", "cp -r backup/. data/"),
    ("cp -a", "cp -a data backup", "cp -a backup/. data/"),
    (
        "cp -a, and times are set by hand as well",
        "cp -a data backup",
        "cp -a backup/. data/; for f in backup/*; do touch -r $f data/${f#backup/}; done",
    ),
    (
        "into an empty folder",
        "cp -a data backup",
        "rm -rf data; cp -a backup data",
    ),
    (
        "as rsync does it",
        "cp -a data backup",
        "for f in backup/*; do n=${f#backup/}; cp -a $f data/.$n.x; mv data/.$n.x data/$n; done",
    ),
    ("tar", "tar cf backup.tar data", "tar xf backup.tar"),
    (
        "tar over the same files",
        "tar cf backup.tar data",
        "tar xf backup.tar --overwrite",
    ),
    (
        "another folder of that name",
        "cp -a data backup",
        "mv data away; mv backup data",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn no_way_to_put_a_folder_back_mails_anybody_twice() {
    let mut cases = Vec::new();
    for way in WAYS {
        for ends in [
            [End::Orderly, End::Orderly],
            [End::Killed, End::Orderly],
            [End::Orderly, End::Killed],
        ] {
            cases.push((way, ends));
        }
    }
    all_together(cases, async |((how, back_up, restore), ends)| {
        let place = Place::new();
        let (mailing, server, service) = halfway(&place).await;
        let root = place.beside("");
        ends[0].of(service);
        shell(back_up, &root);
        let service = finish(&place, &server).await;
        ends[1].of(service);
        // A log that belongs to the later state would be replayed into the earlier one.
        shell("rm -f data/mailapp.db-wal data/mailapp.db-shm", &root);
        shell(restore, &root);
        stands_still(&place, &server, mailing, &format!("{how}, {ends:?}")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_the_folder_made_while_the_service_was_at_work_is_noticed() {
    for (how, _, restore) in &WAYS[..2] {
        let place = Place::new();
        let (mailing, server, service) = halfway(&place).await;
        let root = place.beside("");
        shell("cp -a data backup", &root);
        server.behave();
        let finished = "SELECT count(*) FROM runs WHERE state = 'finished'";
        place.until(finished, 1).await;
        until("it is noted beside the database", async || {
            let attempts = place.count("SELECT max(id) FROM attempts");
            let noted = format!("\nattempts {attempts}\n");
            place.installation().contains(&noted).then_some(())
        })
        .await;
        service.kill();
        shell("rm -f data/mailapp.db-wal data/mailapp.db-shm", &root);
        shell(restore, &root);
        stands_still(&place, &server, mailing, how).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_the_whole_file_system_is_noticed_by_what_is_remembered_outside_of_it() {
    let Some(mut disk) = Disk::new() else {
        eprintln!("no disk can be mounted here: not tested");
        return;
    };
    let (mailing, server, service) = halfway(&disk.place).await;
    assert_eq!(service.stop(), Some(0));
    disk.take_snapshot();
    let service = finish(&disk.place, &server).await;
    assert_eq!(service.stop(), Some(0));
    disk.go_back_to_snapshot();
    stands_still(&disk.place, &server, mailing, "snapshot").await;
    let (code, said) = disk.place.run(&["adopt"]);
    assert_eq!(code, Some(0), "{said}");
    // What was remembered of the later state is forgotten with that.
    let (code, said) = disk.place.run(&["adopt"]);
    assert_eq!(code, Some(1), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_way_back_is_taken_for_none() {
    let harmless = [
        ("nothing", "true"),
        ("moved and moved back", "mv data away; mv away data"),
        (
            "moved file by file",
            "mkdir away; mv data/* away; rmdir data; mv away data",
        ),
        ("other modes", "chmod -R u=rwX,g=rX data"),
        ("another owner", "chown -R $(id -u):$(id -g) data"),
        ("hard links elsewhere", "cp -al data links"),
        (
            "a backup is made",
            "cp -a data backup; tar cf backup.tar data",
        ),
        ("what is remembered outside is deleted", "rm -rf caches"),
        (
            "a marker as earlier versions wrote it",
            "grep -v '^itself ' data/mailapp.installation > x; mv x data/mailapp.installation",
        ),
    ];
    let mut cases = Vec::new();
    for change in harmless {
        for end in [End::Orderly, End::Killed] {
            cases.push((change, end));
        }
    }
    all_together(cases, async |((what, script), end)| {
        let place = Place::new();
        let (_, server, service) = halfway(&place).await;
        end.of(service);
        shell(script, &place.beside(""));
        // It goes on by itself, and once more after that.
        let service = finish(&place, &server).await;
        end.of(service);
        let service = place.serve(&server).await;
        let browser = service.browser(ANNA).await;
        _ = browser.get("/mailings").await.does_not_say(BANNER);
        for number in 1..=COUNT {
            let email = format!("r{number}@example.ru");
            assert_eq!(server.mails_to(&email).len(), 1, "{what}, {end:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_the_update_that_is_copied_over_its_successor_is_noticed() {
    let place = Place::new();
    let (mailing, server, service) = halfway(&place).await;
    assert_eq!(service.stop(), Some(0));
    let root = place.beside("");
    // As an earlier version left it, long ago.
    shell(
        "cp -a data backup; cd backup; grep -v '^itself ' mailapp.installation > x
         mv x mailapp.installation; touch -d '1 hour ago' mailapp.installation",
        &root,
    );
    let service = finish(&place, &server).await;
    assert_eq!(service.stop(), Some(0));
    shell("cp -a backup/. data/", &root);
    stands_still(&place, &server, mailing, "before the update").await;
}
