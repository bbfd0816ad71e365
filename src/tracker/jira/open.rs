//! One issue for each run, whoever else opens it, and whatever happens to the answers.
//!
//! 1. Look: an issue that shows the run is the ticket.
//! 2. Keep the intent on the disk, and create.
//! 3. Look again until the search has noticed what we created: by then it has noticed what others created before.
//!    Where an older issue shows the run, that one is the ticket, and ours becomes a closed pointer to it.
//!
//! Waiting for the search has a second use: whoever looks after us finds our issue, from whatever machine.
//! Where the answer to the creation is lost, nothing is sent again before the issue was looked for until the
//! allowed waits are over; then the intent stays, and the next call looks first.

use gouqi::CreateResponse;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Sent, Target};
use super::kept::{Kept, twin_of};
use super::wire::WireIssue;
use super::{ATTEMPTS, JiraError, JiraTracker, text};
use crate::config::JiraFlavor;
use crate::issue::{IssueDraft, IssueState};
use crate::run::RunKey;
use crate::tracker::intents::{Intent, hash};
use crate::tracker::{Created, Ticket};

/// How long an issue may take to show itself after its creation was asked for: the longest that a request is worked
/// on, and the rest for the search.
const SETTLED: SignedDuration = SignedDuration::from_secs(90);

impl JiraTracker {
    /// Creates the ticket of `run` unless there is one.
    pub(super) fn open_once(&self, run: &RunKey, draft: &IssueDraft) -> Result<Created, JiraError> {
        let column = self.column()?;
        let (page, held) = text::write(self.config.flavor, column.as_ref(), &draft.body, None)?;
        // As Jira shows it, which may differ from the draft in white space.
        let shown = hash(&page.read(&held));
        let kept = Kept {
            run: Some(run.clone()),
            held,
            ..Kept::default()
        };
        let properties = text::properties(&text::property(&kept)?);
        let at_once = self.config.flavor == JiraFlavor::Cloud;
        if let Some(found) = self.look(run)? {
            self.settle(run)?;
            return Ok(Created::Existing(found));
        }
        if let Some(intent) = self.store.borrow().intents.get(run)
            && intent.age(self.client.now()) < SETTLED
            && let Some(found) = self.look_until(run, Some(&intent), &kept)?
        {
            return Ok(Created::Existing(found));
        }
        // One that was made and not finished is as good as a new one.
        if let Some(found) = self.finish(run, &kept)?
            && let Some(ticket) = self.ticket(&found)
        {
            self.store.borrow().intents.forget(run);
            self.link(run, &found.key, draft)?;
            return Ok(Created::Existing(ticket));
        }
        let mut fields = self.new_fields(run, draft)?;
        fields.insert("description".to_owned(), page.description);
        if let (Some(column), Some((_, list))) = (column, page.checklist) {
            fields.insert(column.id, list);
        }
        let request = match at_once {
            true => json!({"fields": fields, "properties": properties}),
            false => json!({"fields": fields}),
        };
        let intent = Intent {
            run: run.clone(),
            sent: self.client.now(),
            body: shown,
            issue: None,
        };
        let doing = format!("create an issue in {}", self.project());
        let mut tries = 0;
        loop {
            tries += 1;
            self.store.borrow().keep_intent(&intent)?;
            let sent = self.client.write(
                &Method::POST,
                "/issue",
                Target::New,
                &request,
                &doing,
                tries,
            );
            match sent {
                Ok(Sent::Done(answer)) => {
                    return match answer.value::<CreateResponse>(&doing) {
                        Ok(made) => {
                            if !at_once {
                                self.keep_with(&made.key, &kept)?;
                            }
                            self.created(intent, draft, &made.key, &kept)
                        }
                        // It was made, and nothing says which it is.
                        Err(_) => self.lost(intent, draft, &kept),
                    };
                }
                Ok(Sent::NotDone(why)) => {
                    if tries >= ATTEMPTS {
                        self.store.borrow().intents.forget(run);
                        return Err(JiraError::Unreachable { doing, why });
                    }
                    // Somebody else may have been faster meanwhile.
                    if let Some(found) = self.look(run)? {
                        self.store.borrow().intents.forget(run);
                        return Ok(Created::Existing(found));
                    }
                }
                Ok(Sent::Unknown(_)) => return self.lost(intent, draft, &kept),
                Err(why) => {
                    // Refused, or never sent.
                    self.store.borrow().intents.forget(run);
                    return Err(why);
                }
            }
        }
    }

    /// Ends a creation of ours that was interrupted: what it made beside the run's ticket becomes a pointer.
    pub(super) fn settle(&self, run: &RunKey) -> Result<(), JiraError> {
        let Some(intent) = self.store.borrow().intents.get(run) else {
            return Ok(());
        };
        let found = self.search(true)?;
        let issues = self.issues_of(run, &found)?;
        self.retire_twins(&intent, &issues)?;
        self.store.borrow().intents.forget(run);
        Ok(())
    }

    /// Goes on after the answer to a creation: waits until the search has noticed it, and looks who was first.
    fn created(
        &self,
        mut intent: Intent<String>,
        draft: &IssueDraft,
        key: &str,
        kept: &Kept,
    ) -> Result<Created, JiraError> {
        intent.issue = Some(key.to_owned());
        self.store.borrow().keep_intent(&intent)?;
        let made = self.read_issue(key)?;
        {
            let mut store = self.store.borrow_mut();
            store.wrote(made.number(), self.client.now());
            store.keep_key(&intent.run, key);
            store.save(self.client.now());
        }
        self.link(&intent.run, key, draft)?;
        let Some(mut found) = self.noticed(key)? else {
            // The intent stays: the next call looks whether somebody was faster.
            self.note(format!(
                "the search does not show {key} yet: whoever opens `{}` elsewhere in the next moments may not see it",
                intent.run
            ));
            return Ok(Created::New(self.issue(&made)));
        };
        // What somebody made before and did not finish is the ticket as much as ours.
        while self.finish(&intent.run, kept)?.is_some() {
            found = self.search(true)?;
        }
        let issues = self.issues_of(&intent.run, &found)?;
        let first = self.retire_twins(&intent, &issues)?;
        self.store.borrow().intents.forget(&intent.run);
        let first = first.filter(|first| first.key != made.key);
        Ok(match first.and_then(|first| self.ticket(&first)) {
            Some(ticket) => Created::Existing(ticket),
            None => Created::New(self.issue(&made)),
        })
    }

    /// Waits until the search shows an issue to everybody, and returns what it shows then.
    fn noticed(&self, key: &str) -> Result<Option<Vec<WireIssue>>, JiraError> {
        let doing = format!("wait for the search to show {key}");
        let mut looks = 0;
        loop {
            looks += 1;
            match self.search(false) {
                Ok(found) if found.iter().any(|it| it.key == key) => return Ok(Some(found)),
                Ok(_) | Err(JiraError::Unreachable { .. }) => {}
                Err(JiraError::Waited { .. }) => return Ok(None),
                Err(why) => return Err(why),
            }
            match self.client.pause(looks, "the search lags behind", &doing) {
                Err(JiraError::Waited { .. }) => return Ok(None),
                paused => paused?,
            }
        }
    }

    /// Goes on after the answer was lost: with the ticket where it shows itself.
    fn lost(
        &self,
        intent: Intent<String>,
        draft: &IssueDraft,
        kept: &Kept,
    ) -> Result<Created, JiraError> {
        let run = intent.run.clone();
        let Some(found) = self.look_until(&run, None, kept)? else {
            return Err(JiraError::Unsure { run });
        };
        let issues = self.issues_of(&run, &self.search(false)?)?;
        self.retire_twins(&intent, &issues)?;
        self.store.borrow().intents.forget(&run);
        if hash(&found.issue.body) == intent.body {
            self.link(&run, &found.issue.reference.0, draft)?;
            Ok(Created::New(found.issue))
        } else {
            Ok(Created::Existing(found))
        }
    }

    /// Looks for the ticket of `run` until it shows itself or the waits are over.
    fn look_until(
        &self,
        run: &RunKey,
        since: Option<&Intent<String>>,
        kept: &Kept,
    ) -> Result<Option<Ticket>, JiraError> {
        let doing = format!("look for the ticket of `{run}`");
        let unsure = || JiraError::Unsure { run: run.clone() };
        let mut looks = 0;
        loop {
            looks += 1;
            let why = "the answer to the creation was lost";
            match self.client.pause(looks, why, &doing) {
                Err(JiraError::Waited { .. }) if since.is_some() => return Err(unsure()),
                Err(JiraError::Waited { .. }) => return Ok(None),
                paused => paused?,
            }
            match self.look(run).and_then(|found| match found {
                None => Ok(self.finish(run, kept)?.and_then(|it| self.ticket(&it))),
                found => Ok(found),
            }) {
                // What cannot be looked at now may be in a moment.
                Err(JiraError::Unreachable { .. }) => continue,
                Err(JiraError::Waited { .. }) => return Err(unsure()),
                Ok(None) => {}
                found => return found,
            }
            if since.is_some_and(|intent| intent.age(self.client.now()) >= SETTLED) {
                return Ok(None);
            }
        }
    }

    /// Returns the oldest ticket of `run`, as it is now.
    fn look(&self, run: &RunKey) -> Result<Option<Ticket>, JiraError> {
        let found = self.search(true)?;
        let issues = self.issues_of(run, &found)?;
        Ok(issues.first().and_then(|issue| self.ticket(issue)))
    }

    /// Makes pointers of the issues of the run that are later than its first and that only we know of; returns the
    /// first.
    fn retire_twins(
        &self,
        intent: &Intent<String>,
        issues: &[WireIssue],
    ) -> Result<Option<WireIssue>, JiraError> {
        let mut issues = issues.iter();
        let Some(first) = issues.next() else {
            return Ok(None);
        };
        for twin in issues {
            let ours = match &intent.issue {
                Some(key) => *key == twin.key,
                // Without an answer one's own is not known; an untouched one is nobody's loss.
                None => true,
            };
            if ours && self.is_untouched(twin, &intent.body)? {
                self.retire(twin, first)?;
            }
        }
        Ok(Some(first.clone()))
    }

    /// Tells whether nobody has touched an issue since its body was sent.
    fn is_untouched(&self, twin: &WireIssue, sent: &str) -> Result<bool, JiraError> {
        let found = self.read_with_comments(&twin.key)?;
        Ok(found.state() == IssueState::Open
            && found.comments() == 0
            && hash(&self.issue(&found).body) == sent)
    }

    /// Turns an issue into a pointer, and closes it; without its run it is no ticket any more.
    fn retire(&self, twin: &WireIssue, first: &WireIssue) -> Result<(), JiraError> {
        let key = &twin.key;
        let doing = format!("retire the twin {key}");
        let said = format!(
            "This run was opened twice at the same moment. Its ticket is {}.",
            first.key
        );
        let mark = twin_of(&first.key);
        let mut fields = json!({"description": text::plain(self.config.flavor, &said)});
        if let Some(column) = self.column()? {
            fields[column.id] = Value::Null;
        }
        let at_once = self.config.flavor == JiraFlavor::Cloud;
        let request = match at_once {
            true => json!({"fields": fields, "properties": text::properties(&mark)}),
            false => json!({"fields": fields}),
        };
        let path = format!("/issue/{key}");
        for tries in 1..=ATTEMPTS {
            let target = Target::Issue(key);
            let sent = self
                .client
                .write(&Method::PUT, &path, target, &request, &doing, tries)?;
            if let Sent::Unknown(why) = &sent {
                self.client.pause(tries, why, &doing)?;
            } else if !at_once && matches!(sent, Sent::Done(_)) {
                self.keep_value(key, &mark)?;
            }
            let found = self.read_issue(key)?;
            if found.run().is_none() {
                self.store
                    .borrow_mut()
                    .wrote(found.number(), self.client.now());
                return self.close_twin(found);
            }
        }
        Err(JiraError::Contended {
            issue: key.clone(),
            attempts: ATTEMPTS,
            why: "it stays a ticket of the run".to_owned(),
        })
    }

    fn close_twin(&self, twin: WireIssue) -> Result<(), JiraError> {
        let key = twin.key.clone();
        match self.move_to(twin, IssueState::Closed) {
            // It is no ticket any more; that it stays open is worth no more than a word.
            Err(JiraError::Transition { .. }) => {
                self.note(format!(
                    "{key} points to the run's ticket and could not be closed"
                ));
                Ok(())
            }
            moved => moved.map(drop),
        }
    }

    /// Returns the tickets without the later twins that an interrupted creation of ours left behind.
    pub(super) fn without_twins(&self, mut tickets: Vec<Ticket>) -> Vec<Ticket> {
        for intent in self.store.borrow().intents.all::<String>() {
            let Some(first) = tickets.iter().position(|it| it.run == intent.run) else {
                continue;
            };
            let mut at = 0;
            tickets.retain(|ticket| {
                at += 1;
                let key = intent.issue.as_ref();
                let is_twin = at > first + 1
                    && ticket.run == intent.run
                    && key.is_none_or(|key| *key == ticket.issue.reference.0)
                    && hash(&ticket.issue.body) == intent.body;
                !is_twin
            });
        }
        tickets
    }
}
