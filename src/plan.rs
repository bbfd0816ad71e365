//! What would be created, changed, kept and left, before anything is.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::merge::{Change, ChangeKind, Conflict, Fate, Merge, Tick};
use crate::procedure::StepId;
use crate::run::RunKey;

/// Everything that one command would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Plan {
    /// Each ticket that was looked at, in the order of the runs.
    pub tickets: Vec<TicketPlan>,
    /// The steps on which the tickets of one run say different things; they are open in all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<Contested>,
}

/// What would happen to one ticket.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
pub struct TicketPlan {
    /// The run.
    pub run: RunKey,
    /// The tracker's name.
    pub tracker: String,
    /// Where the ticket is; `None` before it is created.
    pub ticket: Option<String>,
    /// What would happen.
    #[serde(flatten)]
    pub action: Action,
    /// The steps that reports set, with the state's word.
    pub reported: Vec<Reported>,
    /// What the procedure's changes do.
    pub changes: Vec<Change>,
    /// What becomes of the ticks.
    pub ticks: Vec<Tick>,
    /// What the procedure and a person both changed.
    pub conflicts: Vec<Conflict>,
    /// What is worth telling.
    pub notices: Vec<String>,
}

/// A step that a report sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reported {
    /// The step's text.
    pub text: String,
    /// The state's word: `done`, `open`, `skipped` or `failed`.
    pub state: String,
    /// The tracker whose ticket it was carried over from; `None` where it was reported here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// A step that was set to different states in the tickets of one run, so that nobody can tell which holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Contested {
    /// The run.
    pub run: RunKey,
    /// The step.
    pub step: StepId,
    /// Its text.
    pub text: String,
    /// What each ticket said, by tracker; empty where that was told before.
    pub said: BTreeMap<String, String>,
    /// Whether the tickets showed it before.
    pub standing: bool,
}

/// What would happen to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "action", content = "reason")]
pub enum Action {
    /// It would be created.
    Create,
    /// Its body or its fields would change.
    Update,
    /// It is as it should be.
    Keep,
    /// It is left alone, and why.
    Leave(String),
}

impl Plan {
    /// Tells whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.tickets.iter().all(TicketPlan::is_empty)
    }

    /// Tells whether a conflict stands in any ticket.
    pub fn has_conflicts(&self) -> bool {
        let mut tickets = self.tickets.iter();
        !self.contested.is_empty() || tickets.any(|ticket| !ticket.conflicts.is_empty())
    }
}

impl TicketPlan {
    /// Returns the plan of creating a ticket.
    pub fn create(run: RunKey, tracker: impl Into<String>) -> Self {
        Self {
            run,
            tracker: tracker.into(),
            ticket: None,
            action: Action::Create,
            reported: Vec::new(),
            changes: Vec::new(),
            ticks: Vec::new(),
            conflicts: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Returns the plan of writing `merge` over the body `found`.
    pub fn update(
        run: RunKey,
        tracker: impl Into<String>,
        ticket: impl Into<String>,
        found: &str,
        merge: &Merge,
    ) -> Self {
        let action = if merge.body == found {
            Action::Keep
        } else {
            Action::Update
        };
        let notices = merge.notices.iter().map(ToString::to_string);
        let notices = notices.chain(merge.pinned.clone()).collect();
        Self {
            ticket: Some(ticket.into()),
            action,
            changes: merge.changes.clone(),
            ticks: merge.ticks.clone(),
            conflicts: merge.conflicts.clone(),
            notices,
            ..Self::create(run, tracker)
        }
    }

    /// Tells whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        matches!(self.action, Action::Keep | Action::Leave(_))
    }

    /// Returns what the changes do in one sentence: `2 added, 1 removed, 3 reworded, 9 ticks kept`; empty for none.
    pub fn changelog(&self) -> String {
        changelog(&self.changes, &self.ticks, &self.conflicts)
    }
}

/// Returns what a merge does in one sentence: `2 added, 1 removed, 3 reworded, 9 ticks kept`; empty for no change.
pub fn changelog(changes: &[Change], ticks: &[Tick], conflicts: &[Conflict]) -> String {
    let changed = |kind| changes.iter().filter(|change| change.kind == kind).count();
    let new_conflicts = conflicts
        .iter()
        .filter(|conflict| !conflict.standing)
        .count();
    let mut parts: Vec<String> = [
        (changed(ChangeKind::Added), "added"),
        (changed(ChangeKind::Removed), "removed"),
        (changed(ChangeKind::Reworded), "reworded"),
        (changed(ChangeKind::Moved), "moved"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    push_counted(
        &mut parts,
        changed(ChangeKind::Text),
        "text changed",
        "texts changed",
    );
    push_counted(
        &mut parts,
        changed(ChangeKind::Group),
        "group box changed",
        "group boxes changed",
    );
    push_counted(&mut parts, new_conflicts, "conflict", "conflicts");
    if parts.is_empty() {
        return String::new();
    }
    let stands = |tick: &&Tick| {
        matches!(
            tick.fate,
            Fate::Kept | Fate::Moved | Fate::Reworded | Fate::Split | Fate::Joined
        )
    };
    let kept = ticks.iter().filter(stands).count();
    push_counted(&mut parts, kept, "tick kept", "ticks kept");
    push_counted(
        &mut parts,
        ticks.len() - kept,
        "tick dropped",
        "ticks dropped",
    );
    parts.join(", ")
}

fn push_counted(parts: &mut Vec<String>, count: usize, one: &str, many: &str) {
    match count {
        0 => {}
        1 => parts.push(format!("1 {one}")),
        _ => parts.push(format!("{count} {many}")),
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ticket in &self.tickets {
            write!(f, "{ticket}")?;
        }
        for contested in &self.contested {
            write!(f, "{contested}")?;
        }
        Ok(())
    }
}

impl fmt::Display for TicketPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.ticket {
            Some(ticket) => format!("{} ({ticket})", self.tracker),
            None => self.tracker.clone(),
        };
        let verb = match &self.action {
            Action::Create => "create".to_owned(),
            Action::Update => "update".to_owned(),
            Action::Keep => "keep".to_owned(),
            Action::Leave(reason) => format!("leave, {reason}"),
        };
        let sentence = match self.changelog() {
            sentence if sentence.is_empty() => sentence,
            sentence => format!(": {sentence}"),
        };
        writeln!(f, "{} in {place}: {verb}{sentence}", self.run)?;
        fmt_details(f, &self.changes, &self.ticks, &self.conflicts)?;
        // Some of them are on steps that the changes have brought.
        for reported in &self.reported {
            write!(f, "  {:<9} {}", reported.state, reported.text)?;
            match &reported.from {
                Some(tracker) => writeln!(f, " (from {tracker})")?,
                None => writeln!(f)?,
            }
        }
        for notice in &self.notices {
            writeln!(f, "  {:<9} {notice}", "note")?;
        }
        Ok(())
    }
}

impl fmt::Display for Contested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standing = if self.standing { " (as before)" } else { "" };
        writeln!(
            f,
            "{}: open since its tickets differ: {}{standing}",
            self.run, self.text
        )?;
        for (tracker, words) in &self.said {
            writeln!(f, "  {:<9} {tracker}: {words}", "conflict")?;
        }
        Ok(())
    }
}

impl Merge {
    /// Returns what it does in one sentence, as [`changelog`] does.
    pub fn changelog(&self) -> String {
        changelog(&self.changes, &self.ticks, &self.conflicts)
    }
}

impl fmt::Display for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_details(f, &self.changes, &self.ticks, &self.conflicts)?;
        for notice in &self.notices {
            writeln!(f, "  {:<9} {notice}", "note")?;
        }
        Ok(())
    }
}

/// Writes one line for each change, each tick that did not simply stay, and each conflict.
fn fmt_details(
    f: &mut fmt::Formatter<'_>,
    changes: &[Change],
    ticks: &[Tick],
    conflicts: &[Conflict],
) -> fmt::Result {
    for change in changes {
        let word = match change.kind {
            ChangeKind::Added => "add",
            ChangeKind::Removed => "remove",
            ChangeKind::Reworded => "reword",
            ChangeKind::Moved => "move",
            ChangeKind::Text => "text",
            ChangeKind::Group => "group",
            ChangeKind::Marker => "marker",
        };
        writeln!(f, "  {word:<9} {}", change.text)?;
        if let Some(before) = &change.before {
            writeln!(f, "  {:<9} {before}", "  was")?;
        }
    }
    for tick in ticks {
        let word = match tick.fate {
            Fate::Kept => continue,
            Fate::Moved => "kept, the step moved",
            Fate::Reworded => "kept, the step was reworded",
            Fate::Split => "kept, its step was split, and this is a part of it",
            Fate::Unticked => "dropped, the step was reworded",
            Fate::Doubtful => "dropped, it is not sure that this is the step that was done",
            Fate::Part => "dropped, the step was joined with one that is not done",
            Fate::Ungrouped => "dropped, it was for the substeps, and they are gone",
            Fate::Joined => "now one with that of the step before",
            Fate::Reopened => "dropped, it was for the substeps, and one is open",
            Fate::Gone => "dropped with its step",
        };
        writeln!(f, "  {:<9} {word}: {}", "tick", tick.text)?;
    }
    for conflict in conflicts {
        let standing = if conflict.standing {
            " (as before)"
        } else {
            ""
        };
        let ours = match conflict.ours.as_str() {
            "" => "no longer has it",
            ours => ours,
        };
        writeln!(f, "  {:<9} the procedure: {ours}{standing}", "conflict")?;
        writeln!(f, "  {:<9} the ticket:    {}", "", conflict.theirs)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::seal;
    use crate::merge::{Policy, merge};

    const BEFORE: &str =
        "- [ ] Stop it all now <!-- rs stop n=1 -->\n- [ ] Start it <!-- rs start n=2 -->\n";
    const NOW: &str = "- [ ] Stop it all at once now <!-- rs stop n=1 -->\n- [ ] Look at it <!-- rs look n=2 -->\n";

    fn run() -> RunKey {
        RunKey {
            procedure: "upgrade".to_owned(),
            variant: crate::run::Variant::default(),
            name: "2.3.0".to_owned(),
        }
    }

    fn plan(ours: &str, found: &str) -> TicketPlan {
        let merge = merge(&seal(ours, &run()), found, &Policy::default());
        TicketPlan::update(run(), "tickets", "tickets/1.md", found, &merge)
    }

    #[test]
    fn the_plan_of_an_unchanged_world_is_empty() {
        let found = seal(BEFORE, &run()).replace("[ ] Stop", "[x] Stop");
        let plan = plan(BEFORE, &found);
        assert!(plan.is_empty());
        assert_eq!(plan.changelog(), "");
        assert_eq!(
            plan.to_string(),
            "upgrade/2.3.0 in tickets (tickets/1.md): keep\n"
        );
    }

    #[test]
    fn a_plan_says_what_it_would_do() {
        let found = seal(BEFORE, &run()).replace("[ ] St", "[x] St");
        let plan = plan(NOW, &found);
        assert!(!plan.is_empty());
        assert_eq!(
            plan.to_string(),
            "upgrade/2.3.0 in tickets (tickets/1.md): update: 1 added, 1 removed, 1 reworded, 1 tick kept, 1 tick dropped\n\
             \x20 add       Look at it\n\
             \x20 remove    Start it\n\
             \x20 reword    Stop it all at once now\n\
             \x20   was     Stop it all now\n\
             \x20 tick      kept, the step was reworded: Stop it all now\n\
             \x20 tick      dropped with its step: Start it\n"
        );
        let json = serde_json::to_value(&plan).unwrap();
        assert_eq!(json["action"], "update");
        assert_eq!(json["changes"][0]["kind"], "added");
    }

    #[test]
    fn a_conflict_is_in_the_plan() {
        let found = seal(BEFORE, &run()).replace("Stop it all now", "Halt the whole thing");
        let plan = Plan {
            tickets: vec![plan(NOW, &found)],
            ..Plan::default()
        };
        assert!(plan.has_conflicts());
    }
}
