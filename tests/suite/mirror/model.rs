//! The three-way merge by base in its plainest form: for each step a list of what was agreed on, and for each ticket
//! what it says and up to where it knows the list.

use std::collections::VecDeque;

use jiff::Timestamp;
use runsheet::checklist::{Evidence, State};

/// A run's tickets.
pub(crate) struct Model {
    pub(crate) steps: Vec<Step>,
    /// The reports that each ticket has not got: the step, and where the list has what it says.
    waiting: Vec<VecDeque<(usize, State, Option<usize>)>>,
}

pub(crate) struct Step {
    /// What was agreed on, and whether only since nobody could tell.
    agreed: Vec<(State, bool)>,
    pub(crate) now: Vec<State>,
    knows: Vec<usize>,
}

impl Model {
    pub(crate) fn new(steps: usize, tickets: usize) -> Self {
        let step = || Step {
            agreed: vec![(State::Open, false)],
            now: vec![State::Open; tickets],
            knows: vec![0; tickets],
        };
        Self {
            steps: (0..steps).map(|_| step()).collect(),
            waiting: vec![VecDeque::new(); tickets],
        }
    }

    /// Somebody sets a step in one ticket.
    pub(crate) fn set(&mut self, step: usize, ticket: usize, state: State) {
        self.steps[step].now[ticket] = state;
    }

    /// Somebody reports to one ticket, or to all at once, which is agreed on with that.
    pub(crate) fn report(&mut self, step: usize, ticket: Option<usize>, state: State) {
        let place = ticket.is_none().then(|| {
            self.steps[step].agreed.push((state.clone(), false));
            self.steps[step].agreed.len() - 1
        });
        for at in 0..self.waiting.len() {
            if ticket.is_none_or(|ticket| ticket == at) {
                self.waiting[at].push_back((step, state.clone(), place));
            }
        }
    }

    /// What waits reaches the tickets that are there.
    pub(crate) fn deliver(&mut self, is_there: impl Fn(usize) -> bool) {
        for ticket in (0..self.waiting.len()).filter(|it| is_there(*it)) {
            for (step, state, place) in std::mem::take(&mut self.waiting[ticket]) {
                let step = &mut self.steps[step];
                step.now[ticket] = state;
                step.knows[ticket] = place.unwrap_or(step.knows[ticket]);
            }
        }
    }

    /// Holds these tickets against each other; returns the steps that are contested.
    pub(crate) fn sync(&mut self, tickets: &[usize]) -> Vec<usize> {
        let steps = self.steps.iter_mut().enumerate();
        let contested = steps.filter_map(|(at, step)| step.sync(tickets).then_some(at));
        contested.collect()
    }
}

impl Step {
    fn sync(&mut self, tickets: &[usize]) -> bool {
        let last = tickets.iter().map(|it| self.knows[*it]).max().unwrap();
        let mut claims = Vec::new();
        let mut is_told_otherwise = false;
        let mut is_beside = false;
        for ticket in tickets {
            let (state, _) = &self.agreed[self.knows[*ticket]];
            if self.now[*ticket] == *state {
                continue;
            }
            claims.push(self.now[*ticket].clone());
            let (newest, standing) = &self.agreed[last];
            is_told_otherwise |= self.knows[*ticket] == last;
            is_beside |= self.knows[*ticket] < last && (state != newest || *standing);
        }
        if is_beside && !is_told_otherwise {
            claims.push(self.agreed[last].0.clone());
        }
        let still_stands =
            claims.is_empty() || is_beside && !is_told_otherwise && self.agreed[last].1;
        let agreed = match still_stands {
            true => self.agreed[last].clone(),
            false => settle(&claims),
        };
        let mut place = last;
        if agreed != self.agreed[last] {
            self.agreed.push(agreed.clone());
            place = self.agreed.len() - 1;
        }
        for ticket in tickets {
            self.now[*ticket] = agreed.0.clone();
            self.knows[*ticket] = place;
        }
        agreed.1
    }
}

fn settle(claims: &[State]) -> (State, bool) {
    if let Some(one) = one_of(claims) {
        return (one, false);
    }
    if claims.iter().all(|claim| key(claim).0.is_some()) {
        let last = claims.iter().map(|claim| key(claim).0).max().unwrap();
        let latest: Vec<State> = claims
            .iter()
            .filter(|it| key(it).0 == last)
            .cloned()
            .collect();
        if let Some(one) = one_of(&latest) {
            return (one, false);
        }
    }
    (State::Open, true)
}

/// Returns what all of them say, in the words of who says it last; `None` where they say different things.
fn one_of(claims: &[State]) -> Option<State> {
    let same = claims
        .iter()
        .all(|claim| outcome(claim) == outcome(&claims[0]));
    let last = claims.iter().max_by_key(|claim| key(claim))?;
    same.then(|| last.clone())
}

fn outcome(state: &State) -> (u8, &str) {
    match state {
        State::Open => (0, ""),
        State::Done(_) => (1, ""),
        State::Skipped { reason, .. } => (2, reason),
        State::Failed { reason, .. } => (3, reason),
    }
}

fn key(state: &State) -> (Option<Timestamp>, Option<String>) {
    match state {
        State::Open => (None, None),
        State::Done(evidence)
        | State::Skipped { evidence, .. }
        | State::Failed { evidence, .. } => {
            let Evidence { at, by, .. } = evidence.clone();
            (at, by)
        }
    }
}
