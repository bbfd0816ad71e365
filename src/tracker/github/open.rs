//! One issue for each run, whoever else opens it, and whatever happens to the answers.
//!
//! 1. Look: an issue that shows the run is the ticket.
//! 2. Keep the intent on the disk, and create.
//! 3. Look again: where an older issue shows the run by now, that one is the ticket, and ours is closed with a
//!    pointer to it.
//!
//! Where the answer to the creation is lost, nothing is sent again before the issue was looked for until the
//! allowed waits are over; then the intent stays, and the next call looks first.

use http::Method;
use jiff::SignedDuration;
use serde_json::json;

use super::client::{Place, Sent};
use super::listing::{is_untouched, ticket};
use super::wire::{WireIssue, WireMilestone};
use super::{GitHubError, GitHubTracker, check_length};
use crate::issue::IssueDraft;
use crate::nearest::nearest;
use crate::run::RunKey;
use crate::tracker::intents::{Intent, hash};
use crate::tracker::{Created, Ticket};

/// How long an issue may take to show itself after its creation was asked for. GitHub ends a request after ten
/// seconds; the rest is for its listings.
pub(super) const SETTLED: SignedDuration = SignedDuration::from_secs(60);

impl GitHubTracker {
    /// Creates the ticket of `run` unless there is one.
    pub(super) fn open_once(
        &self,
        run: &RunKey,
        draft: &IssueDraft,
    ) -> Result<Created, GitHubError> {
        check_length("body", &draft.body, super::BODY_LIMIT)?;
        self.read_new()?;
        if let Some(found) = self.ticket_of(run)? {
            self.store.borrow().intents.forget(run);
            return Ok(Created::Existing(found));
        }
        if let Some(intent) = self.store.borrow().intents.get(run)
            && intent.age(self.client.now()) < SETTLED
            && let Some(found) = self.look_until(run, Some(&intent))?
        {
            return Ok(Created::Existing(found));
        }
        if let Some(found) = self.unlisted(run)? {
            return Ok(Created::Existing(found));
        }
        let request = self.request(draft)?;
        let intent = Intent {
            run: run.clone(),
            sent: self.client.now(),
            body: hash(&draft.body),
            issue: None,
        };
        let doing = format!("create an issue in {}", self.client.repo());
        let mut tries = 0;
        loop {
            tries += 1;
            self.store.borrow().keep_intent(&intent)?;
            let place = Place::Repository("/issues");
            let sent = self
                .client
                .write(&Method::POST, place, &request, &doing, tries);
            match sent {
                Ok(Sent::Done(answer)) => {
                    let issue: WireIssue = answer.value(&doing)?;
                    return self.created(intent, draft, issue);
                }
                Ok(Sent::NotDone(why)) => {
                    self.store.borrow().intents.forget(run);
                    if tries >= super::ATTEMPTS {
                        return Err(GitHubError::Unreachable { doing, why });
                    }
                    // Somebody else may have been faster meanwhile.
                    self.read_new()?;
                    if let Some(found) = self.ticket_of(run)? {
                        return Ok(Created::Existing(found));
                    }
                }
                Ok(Sent::Unknown(_)) => {
                    return match self.look_until(run, None)? {
                        Some(found) => self.found_again(intent, draft, found),
                        None => Err(GitHubError::Unsure { run: run.clone() }),
                    };
                }
                Err(why) => {
                    // Refused, or never sent.
                    self.store.borrow().intents.forget(run);
                    return Err(why);
                }
            }
        }
    }

    /// Closes the twins that an interrupted creation of ours left behind.
    pub(super) fn settle(&self, run: &RunKey) -> Result<(), GitHubError> {
        let Some(intent) = self.store.borrow().intents.get(run) else {
            return Ok(());
        };
        self.read_new()?;
        self.close_twins(&intent)?;
        self.store.borrow().intents.forget(run);
        Ok(())
    }

    /// Tells whether an issue is the later twin of another, made by a creation of ours that was interrupted.
    pub(super) fn is_own_twin(
        &self,
        intents: &[Intent<u64>],
        ticket: &Ticket,
        first: &Ticket,
    ) -> bool {
        ticket.issue.reference != first.issue.reference
            && intents.iter().any(|intent| {
                let issues = self.issues_of(&intent.run);
                let twin = issues
                    .iter()
                    .find(|issue| issue.issue().reference == ticket.issue.reference);
                intent.run == ticket.run
                    && twin.is_some_and(|issue| is_untouched(issue, &intent.body))
            })
    }

    /// Goes on after the answer to a creation: looks whether somebody was faster.
    fn created(
        &self,
        mut intent: Intent<u64>,
        draft: &IssueDraft,
        issue: WireIssue,
    ) -> Result<Created, GitHubError> {
        intent.issue = Some(issue.number);
        self.store.borrow().keep_intent(&intent)?;
        self.check_taken(draft, &issue);
        self.read_new()?;
        // A listing may lag behind the answer.
        self.saw(&issue);
        let first = self.close_twins(&intent)?;
        self.store.borrow().intents.forget(&intent.run);
        match first.filter(|first| first.number != issue.number) {
            Some(first) => match ticket(first.issue()) {
                Some(ticket) => Ok(Created::Existing(ticket)),
                None => Ok(Created::New(issue.issue())),
            },
            None => Ok(Created::New(issue.issue())),
        }
    }

    /// Goes on after the answer was lost and a ticket of the run showed itself.
    fn found_again(
        &self,
        intent: Intent<u64>,
        draft: &IssueDraft,
        found: Ticket,
    ) -> Result<Created, GitHubError> {
        self.close_twins(&intent)?;
        self.store.borrow().intents.forget(&intent.run);
        if found.issue.body == draft.body {
            Ok(Created::New(found.issue))
        } else {
            Ok(Created::Existing(found))
        }
    }

    /// Closes the issues of the run that are later than its first and that only we know of; returns the first.
    fn close_twins(&self, intent: &Intent<u64>) -> Result<Option<WireIssue>, GitHubError> {
        let mut issues = self.issues_of(&intent.run).into_iter();
        let Some(first) = issues.next() else {
            return Ok(None);
        };
        for twin in issues {
            let ours = match intent.issue {
                Some(number) => number == twin.number,
                // Without an answer one's own is not known; an untouched one is nobody's loss.
                None => true,
            };
            if ours && is_untouched(&twin, &intent.body) {
                self.close_twin(&twin, &first)?;
            }
        }
        Ok(Some(first))
    }

    /// Closes an issue and turns it into a pointer; without its marker it is no ticket any more.
    fn close_twin(&self, twin: &WireIssue, first: &WireIssue) -> Result<(), GitHubError> {
        let path = format!("/issues/{}", twin.number);
        let doing = format!("close the twin #{} in {}", twin.number, self.client.repo());
        let body = json!({
            "body": format!("This run was opened twice at the same moment. Its ticket is #{}.", first.number),
            "state": "closed",
            "state_reason": "not_planned",
        });
        for tries in 1..=super::ATTEMPTS {
            let place = Place::Repository(&path);
            match self
                .client
                .write(&Method::PATCH, place, &body, &doing, tries)?
            {
                Sent::Done(answer) => {
                    self.saw(&answer.value(&doing)?);
                    return Ok(());
                }
                // To do it twice does no harm.
                Sent::NotDone(_) => {}
                Sent::Unknown(why) => self.client.pause(tries, &why, &doing)?,
            }
        }
        Ok(())
    }

    /// Looks for the ticket of `run` until it shows itself or the waits are over.
    fn look_until(
        &self,
        run: &RunKey,
        since: Option<&Intent<u64>>,
    ) -> Result<Option<Ticket>, GitHubError> {
        let doing = format!("look for the ticket of `{run}`");
        let mut looks = 0;
        loop {
            looks += 1;
            let why = "the answer to the creation was lost";
            match self.client.pause(looks, why, &doing) {
                Err(GitHubError::Waited { .. }) if since.is_some() => {
                    return Err(GitHubError::Unsure { run: run.clone() });
                }
                Err(GitHubError::Waited { .. }) => return Ok(None),
                paused => paused?,
            }
            let read = match self.read_new() {
                // What cannot be looked at now may be in a moment.
                Err(GitHubError::Unreachable { .. }) => continue,
                Err(GitHubError::Waited { .. }) => {
                    return Err(GitHubError::Unsure { run: run.clone() });
                }
                read => read,
            };
            read?;
            if let Some(found) = self.ticket_of(run)? {
                return Ok(Some(found));
            }
            if since.is_some_and(|intent| intent.age(self.client.now()) >= SETTLED) {
                return Ok(None);
            }
        }
    }

    /// Returns the oldest ticket of `run` among the issues seen.
    fn ticket_of(&self, run: &RunKey) -> Result<Option<Ticket>, GitHubError> {
        let first = self.issues_of(run).into_iter().next();
        Ok(first.and_then(|issue| ticket(issue.issue())))
    }

    /// Returns what is sent to create an issue.
    fn request(&self, draft: &IssueDraft) -> Result<serde_json::Value, GitHubError> {
        let mut labels = draft.labels.clone();
        if let Some(label) = self.label()
            && !labels.iter().any(|it| it.eq_ignore_ascii_case(label))
        {
            labels.insert(0, label.to_owned());
        }
        let mut request = json!({"title": draft.title, "body": draft.body});
        if !labels.is_empty() {
            request["labels"] = json!(labels);
        }
        if !draft.assignees.is_empty() {
            request["assignees"] = json!(draft.assignees);
        }
        if let Some(kind) = &self.issue_type {
            request["type"] = json!(kind);
        }
        if let Some(name) = &draft.milestone {
            request["milestone"] = json!(self.milestone(name)?);
        }
        Ok(request)
    }

    /// Returns the number of an open milestone.
    fn milestone(&self, name: &str) -> Result<u64, GitHubError> {
        let doing = format!("list the milestones of {}", self.client.repo());
        let mut titles: Vec<String> = Vec::new();
        let mut found = None;
        let path = "/milestones?state=open&per_page=100";
        self.each_page(path, &doing, &mut |milestones: Vec<WireMilestone>| {
            for milestone in milestones {
                if milestone.title == name {
                    found = Some(milestone.number);
                }
                titles.push(milestone.title);
            }
            found.is_some()
        })?;
        found.ok_or_else(|| GitHubError::Milestone {
            name: name.to_owned(),
            near: nearest(name, titles.iter().map(String::as_str)).map(str::to_owned),
        })
    }

    /// Notes what GitHub dropped in silence, and how a ticket without its label will be found.
    fn check_taken(&self, draft: &IssueDraft, issue: &WireIssue) {
        let repo = self.client.repo();
        let number = issue.number;
        if let Some(label) = self.label()
            && !issue.has_label(label)
        {
            let mut said = format!(
                "#{number} has no label `{label}`: the token cannot label in {repo}; issues: write is needed"
            );
            if let Some(creator) = issue.creator() {
                said.push_str(&format!(
                    ". From now on tickets are found by their creator, {creator}, too"
                ));
                let mut store = self.store.borrow_mut();
                store.keep_creator(creator);
                store.save();
            }
            self.note(said);
        }
        for label in &draft.labels {
            if self.label() != Some(label) && !issue.has_label(label) {
                self.note(format!("#{number} did not get the label `{label}`"));
            }
        }
        for login in &draft.assignees {
            if !issue.is_assigned_to(login) {
                self.note(format!(
                    "#{number} is not assigned to `{login}`: people without access to {repo} cannot be"
                ));
            }
        }
        if let Some(kind) = &self.issue_type
            && !issue.has_type(kind)
        {
            self.note(format!("#{number} did not get the type `{kind}`"));
        }
        if let Some(name) = &draft.milestone
            && !issue.has_milestone()
        {
            self.note(format!("#{number} did not get the milestone `{name}`"));
        }
    }
}
