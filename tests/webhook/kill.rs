//! A server that is killed while it delivers: what was not told is told by the next.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use remit_api::config::{Settings, secret};
use remit_api::found::{found, organization};
use serde_json::json;

use super::receiver::{Heard, Receiver};
use super::{deliveries, log, made};
use crate::client::Client;
use crate::server::{number, scratch};

/// Names the folder of the server that is to be killed, to the process that is this server.
const FOLDER: &str = "REMIT_TEST_KILLED_SERVER";
/// How many events are told.
const EVENTS: usize = 1_000;

/// The server that is killed: a process of its own, because only such a one can be. Its folder gets its address.
#[test]
#[ignore = "another test starts it, and kills it"]
#[expect(clippy::disallowed_methods, reason = "the process learns here, and only here, that it is this server")]
fn a_server_that_is_to_be_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let settings = Settings {
        database_url: Some(format!("sqlite:{}", folder.join("remit.db").display())),
        listen: Some(([127, 0, 0, 1], 0).into()),
        metrics_listen: Some("off".into()),
        rate_limit: Some("off".into()),
        webhooks_allow_private: Some("on".into()),
        workers: Some(1),
        ..Settings::default()
    };
    let config = settings.resolve().expect("a configuration");
    let key = secret(&config.secret_file).expect("a secret");
    let store = remit_api::serve::open(&config).expect("a store");
    actix_web::rt::System::new().block_on(async {
        if store.organizations().await.expect("the directory").is_empty() {
            let place = organization("A place", "place", "Europe/London", 4).expect("an organization");
            let founded = found(&store, place).await.expect("it is founded");
            std::fs::write(folder.join("token"), founded.key).expect("a file");
        }
        let ready = |address: &str, _| {
            std::fs::write(folder.join("part"), address).expect("a file");
            std::fs::rename(folder.join("part"), folder.join("address")).expect("a file");
        };
        remit_api::serve::serve(&config, store, key, ready).await.expect("it serves");
    });
}

/// Starts it, and waits until it is ready.
fn start(folder: &Path) -> (Child, Client) {
    let address = folder.join("address");
    std::fs::remove_file(&address).ok();
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "--ignored", "webhook::kill::a_server_that_is_to_be_killed"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process");
    let patience = Instant::now() + Duration::from_secs(60);
    while !address.exists() {
        assert!(Instant::now() < patience, "the server was not ready");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let token = std::fs::read_to_string(folder.join("token")).expect("a token");
    (child, Client::new(&std::fs::read_to_string(address).expect("an address"), Some(token)))
}

fn kill(mut child: Child) {
    // SIGKILL: nothing is said, nothing is written down.
    child.kill().and_then(|()| child.wait()).expect("it is killed");
}

#[test]
fn what_a_killed_server_was_telling_is_told_at_least_once_and_nothing_is_made_up() {
    let folder = scratch().join(format!("killed-{}", number()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let receiver = Receiver::willing();
    let (child, client) = start(&folder);
    let document = json!({"url": receiver.url(), "actions": ["theme.*"], "state": "paused"});
    let (hook, secret) = made(&client, &document);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let client = client.clone();
            scope.spawn(move || {
                for theme in 0..EVENTS / 8 {
                    let theme = client.theme(&format!("{writer}-{theme}"));
                    client.patch(&theme.location(), &theme.etag(), &json!({"success": "It is told."})).expect(200);
                }
            });
        }
    });
    let told: Vec<_> = log(&client, 1).into_iter().filter(|entry| entry["subject"]["kind"] == "theme").collect();
    assert_eq!(told.len(), EVENTS);
    let expected: BTreeSet<String> =
        told.iter().map(|entry| format!("evt_{}", &entry["hash"].as_str().expect("a hash")[..32])).collect();
    client.patch(&hook, &client.get(&hook).etag(), &json!({"state": "active"})).expect(200);

    let mut heard: Vec<Heard> = (0..EVENTS / 3).map(|_| receiver.next()).collect();
    kill(child);
    let (child, client) = start(&folder);
    let mut known: BTreeSet<String> = heard.iter().map(Heard::id).collect();
    assert!(known.len() < EVENTS, "it was killed in the middle");
    while known.len() < EVENTS {
        let next = receiver.next();
        known.insert(next.id());
        heard.push(next);
    }
    assert_eq!(known, expected, "each is told, and none is made up");
    let verifier = standardwebhooks::Webhook::new(&secret).expect("a secret");
    let mut first: BTreeMap<String, &Heard> = BTreeMap::new();
    let mut last: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for heard in &heard {
        verifier.verify(&heard.body, &heard.headers).expect("the secret outlives the server");
        match first.get(&heard.id()) {
            Some(before) => assert_eq!(before.body, heard.body, "what is told again is the same"),
            None => {
                let before = last.insert(heard.subject(), heard.place());
                assert!(before.is_none_or(|before| before < heard.place()), "in order, about one subject");
                first.insert(heard.id(), heard);
            }
        }
    }
    // Told again is what one round had under way, at most.
    assert!(heard.len() <= EVENTS + 300, "{}", heard.len());
    deliveries(&client, &hook, |told| told.iter().all(|one| one["state"] == "delivered"));
    kill(child);
}
