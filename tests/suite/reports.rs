//! Reports arrive: once in effect, in order, whatever fails, dies or runs at the same time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::print_stderr,
    reason = "figures for whoever runs the long tests"
)]

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use proptest::prelude::*;
use runsheet::body::{Body, seal};
use runsheet::checklist::State as Shown;
use runsheet::config::TicketRules;
use runsheet::issue::{Issue, IssueDraft, IssuePatch, IssueRef};
use runsheet::procedure::StepId;
use runsheet::report::line::parse;
use runsheet::run::RunKey;
use runsheet::state::State;
use runsheet::state::queue::Entry;
use runsheet::sync::Mode;
use runsheet::sync::delivery::deliver;
use runsheet::tracker::folder::{FolderError, FolderTracker};
use runsheet::tracker::{Created, Listing, Tracker, TrackerError, Updated, Waiting};
use tempfile::TempDir;

use super::cli::{long_procedure, scrubbed, words};

const STEPS: usize = 4;

/// What goes wrong with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Nothing is written.
    Before,
    /// It is written, and the answer is lost.
    After,
}

/// A folder of tickets whose next write may fail.
struct Flaky {
    folder: FolderTracker,
    fault: Cell<Fault>,
}

impl Tracker for Flaky {
    fn name(&self) -> &str {
        self.folder.name()
    }

    fn rules(&self) -> TicketRules {
        self.folder.rules()
    }

    fn list(&self) -> Result<Listing, TrackerError> {
        self.folder.list()
    }

    fn get(&self, issue: &IssueRef) -> Result<Issue, TrackerError> {
        self.folder.get(issue)
    }

    fn create(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, TrackerError> {
        self.folder.create(run, draft)
    }

    fn update(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError> {
        let fault = self.fault.replace(Fault::None);
        let lost = || {
            let path = Path::new(&issue.0).to_owned();
            TrackerError::Folder(FolderError::Contended { path })
        };
        if fault == Fault::Before {
            // The change was asked for, as by a tracker that fails when it sends it.
            change(&self.folder.get(issue)?);
            return Err(lost());
        }
        let updated = self.folder.update(issue, change)?;
        if fault == Fault::After {
            return Err(lost());
        }
        Ok(updated)
    }

    fn comment(&self, issue: &IssueRef, text: &str) -> Result<(), TrackerError> {
        self.folder.comment(issue, text)
    }

    fn has_comment(&self, issue: &IssueRef, text: &str) -> Result<bool, TrackerError> {
        self.folder.has_comment(issue, text)
    }
}

/// A run with a ticket in a folder, and the states of two machines.
struct World {
    folder: TempDir,
    states: Vec<State>,
    /// Where the ticket is.
    ticket: IssueRef,
}

fn at_nine() -> Timestamp {
    "2026-01-01T09:00:00Z".parse().unwrap()
}

/// Waits a little: a process that another test starts holds our locks until it has begun.
fn a_little() -> Waiting {
    Waiting::real(Duration::from_secs(5))
}

impl World {
    fn new(machines: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let tracker = FolderTracker::new("tickets", folder.path().join("tickets"), at_nine);
        let run: RunKey = "move/1".parse().unwrap();
        let lines: String = (0..STEPS)
            .map(|step| {
                format!(
                    "- [ ] Move shelf {step} <!-- rs s{step} n={} -->\n",
                    step + 1
                )
            })
            .collect();
        let draft = IssueDraft {
            title: "Move".to_owned(),
            body: seal(&lines, &run),
            ..IssueDraft::default()
        };
        let Created::New(issue) = tracker.create(&run, &draft).unwrap() else {
            panic!("there was one");
        };
        let states = (0..machines)
            .map(|machine| {
                let place = folder.path().join(format!("state-{machine}"));
                State::open(&place, &a_little()).unwrap()
            })
            .collect();
        Self {
            states,
            ticket: issue.reference,
            folder,
        }
    }

    fn tracker(&self, fault: Fault) -> Vec<Box<dyn Tracker>> {
        let folder = self.folder.path().join("tickets");
        vec![Box::new(Flaky {
            folder: FolderTracker::new("tickets", folder, at_nine),
            fault: Cell::new(fault),
        })]
    }

    /// Reports on a machine and delivers there.
    fn report(&mut self, machine: usize, line: &str, fault: Fault) {
        let entry = Entry::new(
            parse(line).unwrap(),
            None,
            at_nine(),
            vec!["tickets".to_owned()],
        );
        self.states[machine].add(&[entry]).unwrap();
        self.deliver(machine, fault);
    }

    fn deliver(&mut self, machine: usize, fault: Fault) {
        let trackers = self.tracker(fault);
        let state = &mut self.states[machine];
        deliver(state, &[], None, &trackers, Mode::Apply, &a_little()).unwrap();
    }

    fn text(&self) -> String {
        fs::read_to_string(self.folder.path().join("tickets").join(&self.ticket.0)).unwrap()
    }

    fn edit(&self, from: &str, to: &str) {
        let text = self.text();
        assert!(text.contains(from), "{text}");
        let path = self.folder.path().join("tickets").join(&self.ticket.0);
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Returns how each step stands: its word, and who said it.
    fn shown(&self) -> Vec<(&'static str, Option<String>)> {
        let body = Body::read(&self.text());
        assert_eq!(body.notices, []);
        (0..STEPS)
            .map(|step| {
                let item = body.item(&StepId(format!("s{step}"))).unwrap();
                match item.state.clone() {
                    Shown::Open => ("open", None),
                    Shown::Done(evidence) => ("done", evidence.by),
                    Shown::Skipped { evidence, .. } => ("skipped", evidence.by),
                    Shown::Failed { evidence, .. } => ("failed", evidence.by),
                }
            })
            .collect()
    }
}

/// A report: the machine, the step, what it says, and what goes wrong with its write.
type Act = (usize, usize, &'static str, Fault);

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let state = prop::sample::select(vec!["done", "open", "skipped", "failed"]);
    let fault = prop::sample::select(vec![Fault::None, Fault::Before, Fault::After]);
    prop::collection::vec((0..2usize, 0..STEPS, state, fault), 1..14)
}

fn line(step: usize, state: &str, by: usize) -> String {
    let reason = match state {
        "skipped" | "failed" => r#","reason":"so""#,
        _ => "",
    };
    format!(r#"{{"run":"1","step":"s{step}","state":"{state}","by":"r{by}"{reason}}}"#)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// On one machine the reports count in the order they came. On two, where no answer tells one of the other,
    /// each has its own steps here.
    #[test]
    fn reports_of_two_lose_nothing_in_any_interleaving(acts in acts(), shared in any::<bool>()) {
        let mut world = World::new(2);
        let mut wanted = vec![("open", None); STEPS];
        for (number, (who, step, state, fault)) in acts.iter().enumerate() {
            let (machine, step) = match shared {
                true => (0, *step),
                false => (*who, step / 2 * 2 + who),
            };
            world.report(machine, &line(step, state, number), *fault);
            let by = (*state != "open").then(|| format!("r{number}"));
            wanted[step] = (state, by);
        }
        for machine in 0..2 {
            world.deliver(machine, Fault::None);
            prop_assert!(world.states[machine].waiting().unwrap().is_empty());
        }
        prop_assert_eq!(world.shown(), wanted);

        // Delivered twice is once.
        let before = world.text();
        if let Some((number, (who, step, state, _))) = acts.iter().enumerate().next_back() {
            let (machine, step) = match shared {
                true => (0, *step),
                false => (*who, step / 2 * 2 + who),
            };
            world.report(machine, &line(step, state, number), Fault::None);
            prop_assert_eq!(world.text(), before);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Where only answers are lost, each report counts when it was written, whoever gives it: trying it again later
    /// takes nothing from those that followed.
    #[test]
    fn a_report_whose_answer_was_lost_never_comes_after_a_later_one(acts in acts()) {
        let mut world = World::new(2);
        let mut wanted = vec![("open", None); STEPS];
        for (number, (machine, step, state, fault)) in acts.iter().enumerate() {
            let fault = match fault {
                Fault::Before => Fault::After,
                fault => *fault,
            };
            world.report(*machine, &line(*step, state, number), fault);
            let by = (*state != "open").then(|| format!("r{number}"));
            wanted[*step] = (state, by);
        }
        for machine in 0..2 {
            world.deliver(machine, Fault::None);
            prop_assert!(world.states[machine].waiting().unwrap().is_empty());
        }
        prop_assert_eq!(world.shown(), wanted);
    }
}

#[test]
fn what_a_person_did_after_a_lost_answer_stands() {
    let mut world = World::new(1);
    world.report(0, &line(0, "done", 1), Fault::After);
    world.report(0, &line(1, "done", 1), Fault::Before);
    world.edit("- [x] Move shelf 0", "- [ ] Move shelf 0");
    world.deliver(0, Fault::None);
    let shown = world.shown();
    assert_eq!((shown[0].0, shown[1].0), ("open", "done"));
    assert!(world.states[0].waiting().unwrap().is_empty());
}

#[test]
fn a_report_that_was_not_written_adds_to_a_tick_that_a_person_made_meanwhile() {
    let mut world = World::new(1);
    world.report(0, &line(0, "done", 1), Fault::Before);
    world.edit("- [ ] Move shelf 0", "- [x] Move shelf 0");
    world.deliver(0, Fault::None);
    assert_eq!(world.shown()[0], ("done", Some("r1".to_owned())));
}

#[test]
fn an_undo_whose_answer_was_lost_does_not_take_a_later_tick_away() {
    let mut world = World::new(1);
    world.report(0, &line(0, "done", 1), Fault::None);
    world.report(0, &line(0, "open", 2), Fault::After);
    world.edit("- [ ] Move shelf 0", "- [x] Move shelf 0");
    world.deliver(0, Fault::None);
    assert_eq!(world.shown()[0].0, "done");
}

#[test]
fn a_report_that_another_machine_undid_after_its_answer_was_lost_does_not_come_again() {
    let mut world = World::new(2);
    let untouched = |text: &str| {
        let text = text.replace(" w=2", "");
        text.replace(" s=x", "")
    };
    let before = untouched(&world.text());
    world.report(0, &line(0, "done", 1), Fault::After);
    world.report(1, &line(0, "open", 2), Fault::None);
    assert_eq!(untouched(&world.text()), before);
    world.deliver(0, Fault::None);
    assert_eq!(world.shown()[0].0, "open");
    assert!(world.states[0].waiting().unwrap().is_empty());
}

#[test]
fn a_clock_that_goes_back_changes_no_order() {
    let mut world = World::new(1);
    for (state, received) in [
        ("done", "2026-06-01T00:00:00Z"),
        ("open", "2026-01-01T00:00:00Z"),
    ] {
        let report = parse(&line(0, state, 1)).unwrap();
        let received = received.parse().unwrap();
        let entry = Entry::new(report, None, received, vec!["tickets".to_owned()]);
        world.states[0].add(&[entry]).unwrap();
    }
    world.deliver(0, Fault::None);
    assert_eq!(world.shown()[0].0, "open");
}

/// Returns how many steps are ticked, each by whom it should be.
fn ticked(folder: &Path, steps: usize) -> usize {
    let ticket = fs::read_to_string(folder.join("tickets/move-the-archive-1.md")).unwrap();
    let body = Body::read(&ticket);
    assert_eq!(body.notices, []);
    assert_eq!(body.steps().count(), steps);
    let is_by = |by: &str, number: &str| by == format!("p{number}");
    let mut ticked = 0;
    for item in body.progress().items {
        if let Shown::Done(evidence) = &item.state {
            assert!(is_by(&evidence.by.clone().unwrap(), &item.number));
            ticked += 1;
        }
    }
    ticked
}

fn opened(steps: usize) -> TempDir {
    let folder = long_procedure(steps);
    let open = scrubbed(env!("CARGO_BIN_EXE_runsheet"), folder.path())
        .args(words("open move-the-archive --run 1 -q"))
        .status();
    assert!(open.unwrap().success());
    folder
}

fn run(folder: &Path, args: &str) -> i32 {
    let ended = scrubbed(env!("CARGO_BIN_EXE_runsheet"), folder)
        .args(words(args))
        .output()
        .unwrap();
    ended.status.code().unwrap()
}

/// Many processes, each reporting one step after the other, each step by a process of its own.
fn many_at_once(processes: usize, each: usize) {
    let steps = processes * each;
    let folder = opened(steps);
    thread::scope(|scope| {
        for process in 0..processes {
            let path = folder.path();
            scope.spawn(move || {
                for step in process * each + 1..=(process + 1) * each {
                    let done = format!("done 1 {step} --by p{step} -q --wait 10m");
                    assert_eq!(run(path, &done), 0);
                }
            });
        }
    });
    assert_eq!(ticked(folder.path(), steps), steps);
}

#[test]
fn reports_of_many_processes_all_arrive() {
    many_at_once(6, 8);
}

#[test]
#[ignore = "takes minutes: 12 processes with 100 reports each"]
fn twelve_hundred_reports_of_twelve_processes_all_arrive() {
    many_at_once(12, 100);
}

/// Kills `runs` processes at moments spread over the time that one takes.
fn killed(runs: usize) {
    let folder = opened(runs);
    let path = folder.path();
    let since = Instant::now();
    assert_eq!(run(path, "done 1 1 --by p1 -q"), 0);
    let span = since.elapsed() * 5 / 4;
    let mut random: u64 = 0x2545_f491_4f6c_dd1d;
    let (mut survived, mut undone, mut arrived) = (0, Vec::new(), Vec::new());
    for step in 2..=runs {
        let mut child = scrubbed(env!("CARGO_BIN_EXE_runsheet"), path)
            .args(words(&format!("done 1 {step} --by p{step} -q")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        thread::sleep(span.mul_f64((random % 1000) as f64 / 1000.0));
        // One that has ended cannot be killed.
        let _ = child.kill();
        let is_whole = child.wait().unwrap().success();
        survived += usize::from(is_whole);
        let now = ticked(path, runs);
        if is_whole {
            arrived.push(step);
        }
        if step % 5 == 0 {
            // What was said before this, and died, must not come after it.
            assert_eq!(run(path, &format!("undo 1 {step} -q")), 0);
            undone.push(step);
            arrived.retain(|known| *known != step);
        }
        assert!(now >= arrived.len());
    }
    assert_eq!(run(path, "sync -q"), 0);
    let state = State::existing(&path.join(".runsheet"), &a_little()).unwrap();
    assert!(state.unwrap().waiting().unwrap().is_empty());
    let ticket = fs::read_to_string(path.join("tickets/move-the-archive-1.md")).unwrap();
    let progress = Body::read(&ticket).progress();
    for item in &progress.items {
        let step: usize = item.number.parse().unwrap();
        if arrived.contains(&step) {
            assert!(matches!(item.state, Shown::Done(_)), "{step} is lost");
        }
        if undone.contains(&step) {
            assert_eq!(item.state, Shown::Open, "{step} came again");
        }
    }
    assert_eq!(run(path, "sync -q"), 0);
    assert_eq!(
        fs::read_to_string(path.join("tickets/move-the-archive-1.md")).unwrap(),
        ticket
    );
    let killed = runs - 1 - survived;
    eprintln!(
        "{killed} of {runs} killed, {} ticked in the end, {} undone",
        ticked(path, runs),
        undone.len()
    );
}

#[test]
fn processes_that_are_killed_break_and_lose_nothing() {
    killed(30);
}

#[test]
#[ignore = "takes a minute: 200 processes killed"]
fn two_hundred_processes_that_are_killed_break_and_lose_nothing() {
    killed(200);
}
