//! Lives through documents that change, people who work in any of a run's tickets, and a network that goes away between
//! any two requests; nothing that was ticked or written may get lost, and each ticket is there once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use runsheet::body::{Body, seal};
use runsheet::checklist::State;
use runsheet::config::{LongBodies, TicketRules};
use runsheet::issue::{Issue, IssueDraft, IssuePatch, IssueRef};
use runsheet::merge::{Policy, merge};
use runsheet::run::RunKey;
use runsheet::tracker::parts::Parts;
use runsheet::tracker::{
    Created, Length, Listing, Ticket, Tracker, TrackerError, Updated, Waiting,
};

use super::Server;

/// What a ticket takes here.
const LIMIT: usize = 2_400;

/// A tracker that takes little.
struct Short(Box<dyn Tracker>);

impl Tracker for Short {
    fn name(&self) -> &str {
        self.0.name()
    }
    fn rules(&self) -> TicketRules {
        TicketRules {
            long_bodies: LongBodies::Split,
            ..self.0.rules()
        }
    }
    fn measure(&self, body: &str) -> Option<Length> {
        Some(Length {
            size: body.len(),
            limit: LIMIT,
            unit: "bytes",
        })
    }
    fn list(&self) -> Result<Listing, TrackerError> {
        self.0.list()
    }
    fn find(&self, run: &RunKey) -> Result<Vec<Ticket>, TrackerError> {
        self.0.find(run)
    }
    fn get(&self, issue: &IssueRef) -> Result<Issue, TrackerError> {
        self.0.get(issue)
    }
    fn create(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, TrackerError> {
        assert!(draft.body.len() < LIMIT, "{}", draft.body.len());
        self.0.create(run, draft)
    }
    fn update(
        &self,
        issue: &IssueRef,
        change: &mut dyn FnMut(&Issue) -> IssuePatch,
    ) -> Result<Updated, TrackerError> {
        self.0.update(issue, change)
    }
    fn attach(&self, whole: &IssueRef, part: &IssueRef) -> Result<(), TrackerError> {
        self.0.attach(whole, part)
    }
    fn comment(&self, issue: &IssueRef, text: &str) -> Result<(), TrackerError> {
        self.0.comment(issue, text)
    }
}

/// Numbers that look random and are the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A step: its id, its words, how many lines stand under it.
type Step = (usize, String, usize);

/// A procedure's phases, each a title and steps.
#[derive(Clone, Debug)]
struct Document {
    phases: Vec<(String, Vec<Step>)>,
    next: usize,
}

impl Document {
    fn new(random: &mut Random) -> Self {
        let mut document = Self {
            phases: Vec::new(),
            next: 0,
        };
        for _ in 0..1 + random.below(4) {
            document.add_phase(random);
        }
        document
    }

    fn step(&mut self, random: &mut Random) -> Step {
        self.next += 1;
        let id = self.next;
        // Words that no other step has, so that nobody takes one for another.
        let words = format!("Do thing{id} with tool{id} at place{id}");
        (id, words, random.below(7))
    }

    fn add_phase(&mut self, random: &mut Random) {
        let steps = 1 + random.below(6);
        let steps = (0..steps).map(|_| self.step(random)).collect();
        self.next += 1;
        let at = random.below(self.phases.len() + 1);
        self.phases
            .insert(at, (format!("Phase {}", self.next), steps));
    }

    fn change(&mut self, random: &mut Random) {
        let phase = random.below(self.phases.len());
        let step = random.below(self.phases[phase].1.len());
        match random.below(9) {
            0 => self.add_phase(random),
            1 if self.phases.len() > 1 => drop(self.phases.remove(phase)),
            2 => {
                let new = self.step(random);
                self.phases[phase].1.insert(step, new);
            }
            3 if self.phases[phase].1.len() > 1 => drop(self.phases[phase].1.remove(step)),
            4 => self.phases[phase].1[step].1.push_str(" again"),
            5 => self.phases[phase].1[step].2 = random.below(14),
            6 => self.phases[phase].0.push_str(" now"),
            7 => {
                let moved = self.phases.remove(phase);
                let at = random.below(self.phases.len() + 1);
                self.phases.insert(at, moved);
            }
            _ if self.phases[phase].1.len() > 1 => {
                let moved = self.phases[phase].1.remove(step);
                let to = random.below(self.phases.len());
                let at = random.below(self.phases[to].1.len() + 1);
                self.phases[to].1.insert(at, moved);
            }
            _ => {}
        }
    }

    fn body(&self, run: &RunKey) -> String {
        let mut text = "*From a document.*\n\nWhat it is about.\n".to_owned();
        for (at, (title, steps)) in self.phases.iter().enumerate() {
            text.push_str(&format!("\n## {title}\n\n"));
            for (nth, (id, words, lines)) in steps.iter().enumerate() {
                text.push_str(&format!(
                    "- [ ] {words} <!-- rs step-{id} n={}.{} p={at} -->\n",
                    at + 1,
                    nth + 1
                ));
                if *lines > 0 {
                    let line = format!("  tool{id} --place {id} --carefully\n");
                    text.push_str(&format!("  ```sh\n{}  ```\n", line.repeat(*lines)));
                }
            }
        }
        seal(&text, run)
    }

    fn ids(&self) -> BTreeSet<String> {
        let steps = self.phases.iter().flat_map(|(_, steps)| steps);
        steps.map(|(id, _, _)| format!("step-{id}")).collect()
    }
}

/// What became of one life.
#[derive(Debug, Default)]
pub(super) struct Lived {
    pub(super) cuts: usize,
    pub(super) ticks: usize,
    pub(super) parts: usize,
    /// How often something that a person wrote stood in two tickets.
    pub(super) doubled: usize,
}

struct Life<'a> {
    server: &'a Server,
    random: Random,
    document: Document,
    run: RunKey,
    /// The steps that somebody has ticked.
    ticked: BTreeSet<String>,
    /// What people wrote.
    written: Vec<String>,
    lived: Lived,
}

pub(super) fn live(server: &Server, seed: u64) -> Lived {
    let mut random = Random(seed);
    let mut life = Life {
        document: Document::new(&mut random),
        run: format!("life/{seed}").parse().unwrap(),
        server,
        random,
        ticked: BTreeSet::new(),
        written: Vec::new(),
        lived: Lived::default(),
    };
    life.bring();
    for _ in 0..6 {
        for _ in 0..life.random.below(4) {
            life.tick();
        }
        if life.random.chance(40) {
            life.write();
        }
        for _ in 0..life.random.below(3) {
            life.document.change(&mut life.random);
        }
        life.bring();
        life.check(seed);
    }
    life.lived
}

impl Life<'_> {
    /// Returns a tracker that knows nothing of those before, and waits so many seconds for what is in its way.
    fn tracker(&self, seconds: u64) -> Parts {
        let waiting = Waiting::real(Duration::from_secs(seconds));
        Parts::new(Short(self.server.connect(waiting)))
    }

    /// Opens the run or brings it up to date, with the network going away some times before it succeeds.
    fn bring(&mut self) {
        for _ in 0..self.random.below(4) {
            let (answers, hears) = (self.random.below(24), self.random.chance(50));
            self.server.cut(Some(answers), hears);
            self.lived.cuts += usize::from(self.sync(0).is_err());
            self.server.cut(None, false);
            if self.random.chance(30) {
                self.tick();
            }
        }
        for tries in 0.. {
            match self.sync(60) {
                Ok(()) => return,
                // What was lost may still show itself.
                Err(why) => assert!(tries < 3, "{why}: {:?}", why.hint()),
            }
        }
    }

    fn sync(&self, seconds: u64) -> Result<(), TrackerError> {
        let tracker = self.tracker(seconds);
        let ours = self.document.body(&self.run);
        let found = tracker.find(&self.run)?.into_iter().next();
        let change = &mut |issue: &Issue| IssuePatch {
            body: Some(merge(&ours, &issue.body, &Policy::default()).body),
            ..IssuePatch::default()
        };
        if let Some(ticket) = found {
            tracker.update(&ticket.issue.reference, change)?;
            return Ok(());
        }
        let draft = IssueDraft {
            title: "A life".to_owned(),
            body: ours.clone(),
            labels: vec!["runsheet".to_owned()],
            ..IssueDraft::default()
        };
        match tracker.create(&self.run, &draft)? {
            Created::New(_) => Ok(()),
            Created::Existing(ticket) => tracker.update(&ticket.issue.reference, change).map(drop),
        }
    }

    /// A person ticks an open box in any ticket of the run.
    fn tick(&mut self) {
        let found = self.server.tick_one(&self.run, self.random.below(1_000));
        if let Some(id) = found {
            self.lived.ticks += 1;
            self.ticked.insert(id);
        }
    }

    /// A person writes something into any ticket of the run.
    fn write(&mut self) {
        let words = format!("Word{} from ann.", self.random.below(1_000_000));
        if self
            .server
            .write_one(&self.run, self.random.below(1_000), &words)
        {
            self.written.push(words);
        }
    }

    fn check(&mut self, seed: u64) {
        let tracker = self.tracker(60);
        let listed = tracker.list().unwrap().tickets;
        let mut own = listed.into_iter().filter(|it| it.run == self.run);
        let ticket = own.next().unwrap();
        assert!(own.next().is_none(), "seed {seed}: two tickets");
        let body = Body::read(&ticket.issue.body);
        let ids = self.document.ids();
        // Each step stands there once, in what is read as one ticket and in all tickets together.
        let stands: BTreeSet<String> = body.steps().map(|(it, _)| it.id.0.clone()).collect();
        assert!(stands.is_superset(&ids), "seed {seed}: {stands:?} {ids:?}");
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let texts = self.server.texts(&self.run);
        for text in &texts {
            for (marker, _) in Body::read(text).steps() {
                *counts.entry(marker.id.0.clone()).or_default() += 1;
            }
        }
        let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "seed {seed}: {twice:?}");
        self.ticked.retain(|id| ids.contains(id));
        for id in &self.ticked {
            let item = body.item(&runsheet::procedure::StepId(id.clone())).unwrap();
            assert!(
                matches!(item.state, State::Done(_)),
                "seed {seed}: the tick of {id} is lost: {}",
                ticket.issue.body
            );
        }
        for words in &self.written {
            let count: usize = texts
                .iter()
                .map(|text| text.matches(words.as_str()).count())
                .sum();
            // What moved from one ticket to another while the network went away may stand in both.
            assert!(
                count > 0,
                "seed {seed}: `{words}`: {}",
                texts.join("\n=====\n")
            );
            self.lived.doubled += usize::from(count > 1);
        }
        // One ticket for each part that the head names, and none that it does not.
        self.lived.parts = self.lived.parts.max(texts.len() - 1);
        assert_eq!(
            texts.len(),
            self.server.parts_named(&self.run) + 1,
            "seed {seed}"
        );
        // It is as it should be by now.
        self.server.forget();
        self.sync(60).unwrap();
        assert_eq!(self.server.writes(), Vec::<String>::new(), "seed {seed}");
    }
}
