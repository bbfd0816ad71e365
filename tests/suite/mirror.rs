//! One run in several trackers: whatever is set in one of its tickets, and whatever fails, they end the same.
//!
//! Histories of ticks, unticks, states written by hand and reports, with syncs between them, trackers that are away,
//! syncs that are cut off and answers that are lost, are held against a model of the three-way merge by base.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::print_stderr,
    reason = "figures for whoever runs the long tests"
)]

mod model;
mod weather;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use runsheet::body::{Body, seal};
use runsheet::checklist::{Evidence, State as Shown};
use runsheet::issue::{IssueDraft, IssuePatch};
use runsheet::merge::{Group, Policy, merge, set};
use runsheet::procedure::StepId;
use runsheet::report::line::parse;
use runsheet::run::RunKey;
use runsheet::state::State;
use runsheet::state::queue::Entry;
use runsheet::sync::Mode;
use runsheet::sync::delivery::deliver;
use runsheet::sync::mirror::{Mirrored, mirror, mirrored_runs};
use runsheet::tracker::folder::FolderTracker;
use runsheet::tracker::jira::Credentials;
use runsheet::tracker::{Listing, Tracker, Waiting};
use tempfile::TempDir;

use self::model::Model;
use self::weather::{Cut, Sky, Weather};
use super::jira_fake::{EMAIL, TOKEN};
use super::tracker_contract::{github, jira, jira_config, jira_server_config, new_disk};
use super::{github_fake, jira_fake};

const STEPS: usize = 5;

/// What happens: what kind, in which ticket, and to which step.
type Event = (u8, u8, u8);

fn run() -> RunKey {
    "move/1".parse().unwrap()
}

fn step(at: usize) -> StepId {
    StepId(format!("s{at}"))
}

fn nine() -> Timestamp {
    "2026-01-01T09:00:00Z".parse().unwrap()
}

/// Returns a time some minutes after nine.
fn after(minutes: usize) -> Timestamp {
    nine() + jiff::SignedDuration::from_mins(i64::try_from(minutes).unwrap())
}

thread_local! {
    static NOW: Cell<Timestamp> = Cell::new(nine());
}

/// Returns waits that take no time.
fn waiting() -> Waiting {
    Waiting {
        now: || NOW.get(),
        wait: Rc::new(|duration, _| NOW.set(NOW.get() + duration)),
        ..Waiting::real(Duration::from_secs(600))
    }
}

/// Returns waits that take no time for us, nor for a server that counts our writes by its own clock.
fn waiting_with(fake: &jira_fake::Fake) -> Waiting {
    let set_clock = fake.clock();
    set_clock(NOW.get());
    Waiting {
        wait: Rc::new(move |duration, _| {
            NOW.set(NOW.get() + duration);
            set_clock(NOW.get());
        }),
        ..waiting()
    }
}

/// Returns the ticket's text; `edition` tells how the document words a step.
fn rendered(edition: usize) -> String {
    let mut text = String::from("# Move\n\n");
    for at in 0..STEPS {
        let words = if at == 1 { edition } else { 0 };
        text.push_str(&format!(
            "- [ ] Move shelf {at} by way {words} <!-- rs s{at} n={} -->\n",
            at + 1
        ));
    }
    seal(&text, &run())
}

/// A server that holds tickets.
enum Server {
    GitHub(github_fake::Fake),
    Jira(jira_fake::Fake),
    DataCenter(jira_fake::Fake),
}

impl Server {
    fn github() -> Self {
        Self::GitHub(github_fake::Fake::start())
    }

    fn connect(&self, disk: &Path) -> Box<dyn Tracker> {
        match self {
            Self::GitHub(fake) => {
                let token = "test_token_admin";
                Box::new(github(&fake.url(), "acme/ops", token, disk, waiting()))
            }
            Self::Jira(fake) => {
                let credentials = Credentials::basic(EMAIL, TOKEN).unwrap();
                let config = jira_config(&fake.url());
                Box::new(jira(&config, credentials, disk, waiting_with(fake)))
            }
            Self::DataCenter(fake) => {
                let credentials = Credentials::bearer("test_token_pat").unwrap();
                let config = jira_server_config(&fake.url());
                Box::new(jira(&config, credentials, disk, waiting_with(fake)))
            }
        }
    }
}

struct World {
    trackers: Vec<Box<dyn Tracker>>,
    sky: Sky,
    state: State,
    model: Model,
    serial: usize,
    edition: usize,
    /// How often it is: events, whole syncs, cut ones, contests.
    counts: [usize; 4],
    _folder: TempDir,
    _servers: Vec<Server>,
}

impl World {
    /// Makes a run with tickets in this many folders, and on these servers.
    fn new(folders: usize, servers: Vec<Server>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sky = Sky::default();
        let mut trackers: Vec<Box<dyn Tracker>> = Vec::new();
        for at in 0..folders {
            let name = format!("folder{at}");
            let path = folder.path().join(&name);
            let tracker = FolderTracker::new(name, path, nine);
            trackers.push(Box::new(Weather::new(
                Box::new(tracker),
                trackers.len(),
                &sky,
            )));
        }
        for server in &servers {
            let tracker = server.connect(&new_disk(folder.path()));
            let tracker = Weather::new(tracker, trackers.len(), &sky);
            trackers.push(Box::new(tracker));
        }
        let draft = IssueDraft {
            title: "Move".to_owned(),
            body: rendered(0),
            labels: vec!["runsheet".to_owned()],
            ..IssueDraft::default()
        };
        for tracker in &trackers {
            tracker.create(&run(), &draft).unwrap();
        }
        Self {
            model: Model::new(STEPS, trackers.len()),
            trackers,
            sky,
            state: State::in_memory().unwrap(),
            serial: 0,
            edition: 0,
            counts: [0; 4],
            _folder: folder,
            _servers: servers,
        }
    }

    fn body(&self, ticket: usize) -> String {
        self.trackers[ticket].find(&run()).unwrap()[0]
            .issue
            .body
            .clone()
    }

    fn shown(&self, ticket: usize, at: usize) -> Shown {
        let body = self.body(ticket);
        Body::read(&body).item(&step(at)).unwrap().state.clone()
    }

    /// A person saves a ticket, whatever the weather is for us.
    fn edit(&self, ticket: usize, change: impl Fn(&str) -> String) {
        let was = self.sky.replace(weather::State::default());
        let found = self.trackers[ticket].find(&run()).unwrap();
        let mut write = |issue: &runsheet::issue::Issue| IssuePatch {
            body: Some(change(&issue.body)),
            ..IssuePatch::default()
        };
        let reference = &found[0].issue.reference;
        self.trackers[ticket].update(reference, &mut write).unwrap();
        self.sky.replace(was);
    }

    fn happen(&mut self, (kind, ticket, at): Event) {
        let (ticket, at) = (usize::from(ticket) % self.trackers.len(), usize::from(at));
        self.counts[0] += 1;
        self.serial += 1;
        match kind % 20 {
            0..=5 => self.toggle(ticket, at % STEPS),
            6 | 7 => self.write_by_hand(ticket, at % STEPS, at / STEPS),
            8 | 9 => self.report(Some(ticket), at % STEPS, at / STEPS),
            10 | 11 => self.report(None, at % STEPS, at / STEPS),
            12 => self.rewrite(ticket),
            13 => self.sync_with_one_away(ticket),
            14 => self.cut(at, Cut::BeforeWrite),
            15 => self.cut(at, Cut::AfterWrite),
            16 => self.cut(at, Cut::LostAnswer),
            _ => self.sync(),
        }
    }

    fn toggle(&mut self, ticket: usize, at: usize) {
        // What the person wants stands before the write, which may take several looks at the ticket.
        let body = self.body(ticket);
        let was_ticked = Body::read(&body).item(&step(at)).unwrap().ticked(&body);
        self.edit(ticket, |body| {
            let found = Body::read(body);
            let item = found.item(&step(at)).unwrap();
            let task = item.task.clone().unwrap();
            let byte = if was_ticked { " " } else { "x" };
            let mut body = body.to_owned();
            body.replace_range(task.start + 1..task.start + 2, byte);
            body
        });
        self.model.set(at, ticket, self.shown(ticket, at));
    }

    /// Somebody writes a state as we do, without a time.
    fn write_by_hand(&mut self, ticket: usize, at: usize, how: usize) {
        let evidence = Evidence {
            by: Some(format!("p{:05}", self.serial)),
            ..Evidence::default()
        };
        let reason = "no answer".to_owned();
        let state = match how % 3 {
            0 => Shown::Done(evidence),
            1 => Shown::Skipped { reason, evidence },
            _ => Shown::Failed { reason, evidence },
        };
        self.edit(ticket, |body| {
            set(body, &step(at), &state, Group::Stays).unwrap()
        });
        self.model.set(at, ticket, self.shown(ticket, at));
    }

    /// Somebody reports to one ticket, or to all of the run.
    fn report(&mut self, ticket: Option<usize>, at: usize, how: usize) {
        let (word, reason) = match how % 4 {
            0 | 1 => ("done", ""),
            2 => ("failed", r#","reason":"it broke""#),
            _ => ("open", ""),
        };
        let (by, time) = (self.serial, after((self.serial * 7919) % 600));
        let line = format!(
            r#"{{"run":"move/1","step":"s{at}","state":"{word}"{reason},"by":"r{by:05}","at":"{time}"}}"#
        );
        let names = self.trackers.iter().enumerate();
        let names = names.filter(|(at, _)| ticket.is_none_or(|ticket| ticket == *at));
        let names: Vec<String> = names.map(|(_, it)| it.name().to_owned()).collect();
        let entry = Entry::new(parse(&line).unwrap(), None, nine(), names);
        self.state.add(&[entry]).unwrap();
        let value = match how % 4 {
            3 => Shown::Open,
            2 => Shown::Failed {
                reason: "it broke".to_owned(),
                evidence: evidence(by, time),
            },
            _ => Shown::Done(evidence(by, time)),
        };
        self.model.report(at, ticket, value);
        self.deliver();
    }

    fn deliver(&mut self) {
        let trackers = &self.trackers;
        deliver(
            &mut self.state,
            &[],
            None,
            trackers,
            Mode::Apply,
            &waiting(),
        )
        .unwrap();
        let away = self.sky.borrow().away;
        self.model.deliver(|ticket| away != Some(ticket));
    }

    /// The document changes, and one ticket follows it.
    fn rewrite(&mut self, ticket: usize) {
        self.edition += 1;
        let ours = rendered(self.edition);
        self.edit(ticket, |body| merge(&ours, body, &Policy::default()).body);
    }

    /// Holds the tickets that are there against each other, as `sync` does.
    fn mirror(&self) -> Option<Mirrored> {
        let mut there: Vec<(&dyn Tracker, Listing)> = Vec::new();
        for tracker in &self.trackers {
            if let Ok(listing) = tracker.list() {
                there.push((tracker.as_ref(), listing));
            }
        }
        let tickets = there.iter().flat_map(|(tracker, listing)| {
            listing
                .tickets
                .iter()
                .map(move |ticket| (*tracker, listing, ticket))
        });
        let (run, places) = mirrored_runs(tickets, |_, ticket| ticket.run.clone()).pop()?;
        Some(mirror(&run, &places, Mode::Apply))
    }

    fn sync(&mut self) {
        self.sync_those(|_| true);
    }

    fn sync_with_one_away(&mut self, away: usize) {
        self.sky.borrow_mut().away = Some(away);
        self.sync_those(|ticket| ticket != away);
        self.sky.borrow_mut().away = None;
    }

    /// Syncs the tickets that are there, and holds what came of it against the model.
    fn sync_those(&mut self, is_there: impl Fn(usize) -> bool) {
        self.deliver();
        let there: Vec<usize> = (0..self.trackers.len())
            .filter(|it| is_there(*it))
            .collect();
        let mirrored = self.mirror();
        if there.len() < 2 {
            assert!(mirrored.is_none());
            return;
        }
        let mirrored = mirrored.unwrap();
        assert!(mirrored.failed.is_empty(), "{:?}", mirrored.failed);
        self.counts[1] += 1;
        let contested = self.model.sync(&there);
        self.counts[3] += mirrored.contested.iter().filter(|it| !it.standing).count();
        let told: BTreeSet<StepId> = mirrored
            .contested
            .iter()
            .map(|it| it.step.clone())
            .collect();
        let expected: BTreeSet<StepId> = contested.into_iter().map(step).collect();
        assert_eq!(told, expected, "what is contested");
        for ticket in there {
            let body = Body::read(&self.body(ticket));
            for at in 0..STEPS {
                let expected = &self.model.steps[at].now[ticket];
                let shown = &body.item(&step(at)).unwrap().state;
                assert_eq!(shown, expected, "step {at} of ticket {ticket}");
            }
        }
    }

    /// A sync goes wrong at the write of that number; the next one ends right.
    fn cut(&mut self, at: usize, cut: Cut) {
        self.deliver();
        self.sky.replace(weather::State {
            cut: Some((at % 4, cut)),
            ..weather::State::default()
        });
        self.mirror();
        self.sky.replace(weather::State::default());
        self.counts[2] += 1;
        self.sync();
    }

    /// Ends the history: one more sync, and then one that has nothing to do.
    fn end(&mut self) {
        self.sync();
        let bodies: Vec<String> = (0..self.trackers.len()).map(|it| self.body(it)).collect();
        self.sky.borrow_mut().writes = 0;
        let quiet = self.mirror().unwrap();
        assert!(quiet.tickets.is_empty() && quiet.failed.is_empty());
        assert_eq!(self.sky.borrow().writes, 0, "a write that nobody needs");
        for (at, body) in bodies.iter().enumerate() {
            assert_eq!(self.body(at), *body);
            for step in 0..STEPS {
                assert_eq!(self.shown(at, step), self.shown(0, step), "step {step}");
            }
        }
    }
}

fn evidence(by: usize, at: Timestamp) -> Evidence {
    Evidence {
        by: Some(format!("r{by:05}")),
        at: Some(at),
        ..Evidence::default()
    }
}

/// Returns as many events, by a generator of numbers that starts with `seed`.
fn events(seed: u64, many: usize) -> Vec<Event> {
    let mut number = seed;
    let mut next = || {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (number >> 33) as u8
    };
    (0..many).map(|_| (next(), next(), next())).collect()
}

fn live(folders: usize, servers: Vec<Server>, events: &[Event]) -> [usize; 4] {
    let mut world = World::new(folders, servers);
    for event in events {
        world.happen(*event);
    }
    world.end();
    world.counts
}

/// Lives through a thousand events, and says what they were.
fn thousand(what: &str, folders: usize, servers: Vec<Server>) {
    let [events, syncs, cut, contests] = live(folders, servers, &events(2026, 1000));
    eprintln!(
        "{what}: {events} events, {syncs} syncs, {cut} of them after one that was cut off, {contests} contests: the tickets are the same, and as the model says"
    );
    assert!(syncs > 100 && cut > 50 && contests > 5);
}

#[test]
fn a_thousand_events_in_two_folders() {
    thousand("folder + folder", 2, Vec::new());
}

#[test]
fn a_thousand_events_in_three_folders() {
    thousand("folder + folder + folder", 3, Vec::new());
}

#[test]
fn a_thousand_events_in_a_folder_and_on_a_server() {
    thousand("folder + GitHub", 1, vec![Server::github()]);
}

#[test]
fn a_thousand_events_in_a_folder_and_in_jira() {
    let jira = Server::Jira(jira_fake::Fake::start());
    thousand("folder + Jira Cloud", 1, vec![jira]);
}

#[test]
fn a_thousand_events_in_a_folder_and_in_jira_data_center() {
    let jira = Server::DataCenter(jira_fake::Fake::start_server());
    thousand("folder + Jira Data Center", 1, vec![jira]);
}

#[test]
fn a_thousand_events_in_a_folder_on_github_and_in_jira() {
    let jira = Server::Jira(jira_fake::Fake::start());
    thousand(
        "folder + GitHub + Jira Cloud",
        1,
        vec![Server::github(), jira],
    );
}

fn histories() -> u32 {
    let asked = std::env::var("RUNSHEET_HISTORIES").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(48)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: histories(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_tickets_end_as_the_merge_by_base_says(events in vec(any::<Event>(), 1..40)) {
        live(2, Vec::new(), &events);
    }

    #[test]
    fn three_tickets_end_as_the_merge_by_base_says(events in vec(any::<Event>(), 1..40)) {
        live(3, Vec::new(), &events);
    }
}
