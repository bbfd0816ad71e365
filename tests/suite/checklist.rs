//! Tickets whose steps are in a checklist app's field, and back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use runsheet::body::{Body, NodeKind};
use runsheet::config::ChecklistApp;
use runsheet::merge::{Policy, merge};
use runsheet::procedure::StepId;
use runsheet::tracker::jira::checklist::apart::Apart;
use runsheet::tracker::jira::checklist::{read, write};

use crate::adf::made_up::markdown;
use crate::adf::{config, edits, files, reported, tickets};
use crate::world::{Doc, Edit, work};

const APPS: [ChecklistApp; 2] = [ChecklistApp::IssueChecklist, ChecklistApp::SmartChecklist];

/// Returns a text as the app has it after anybody has saved it there.
fn saved(app: ChecklistApp, text: &str) -> String {
    match app {
        ChecklistApp::SmartChecklist => text.trim_end().to_owned(),
        ChecklistApp::IssueChecklist => {
            let lines = text.lines().map(|line| {
                let line = line.replacen("* [ ]", "* [open]", 1);
                line.replacen("* [x]", "* [checked]", 1)
            });
            let lines: Vec<String> = lines.collect();
            format!("# Default checklist\n{}\n", lines.join("\n"))
        }
    }
}

/// Tells whether a line is an item's, and if so what stands before its words, whether it is settled and what it says.
fn item(app: ChecklistApp, line: &str) -> Option<(&str, bool, &str)> {
    let signs: &[(&str, bool)] = match app {
        ChecklistApp::IssueChecklist => &[
            ("* [ ] ", false),
            ("* [open] ", false),
            ("* [in progress] ", false),
            ("* [x] ", true),
            ("* [checked] ", true),
            ("* [skipped] ", true),
        ],
        ChecklistApp::SmartChecklist => &[("- ", false), ("~ ", false), ("+ ", true), ("x ", true)],
    };
    let line = line.trim_start();
    signs.iter().find_map(|(sign, done)| {
        let words = line.strip_prefix(sign)?;
        Some((&line[..sign.len()], *done, words.trim_start_matches("↳ ")))
    })
}

/// Returns how many items a text has.
fn items(app: ChecklistApp, text: &str) -> usize {
    text.lines()
        .filter(|line| item(app, line).is_some())
        .count()
}

/// Somebody does something in the app.
fn act(app: ChecklistApp, text: &str, (kind, a, b): Edit) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let known: Vec<usize> = (0..lines.len())
        .filter(|at| item(app, &lines[*at]).is_some())
        .collect();
    let Some(at) = known.get(usize::from(a) % known.len().max(1)).copied() else {
        return text.to_owned();
    };
    let (sign, _, words) = item(app, &lines[at]).unwrap();
    let words = words.to_owned();
    let [open, doing, done, skipped] = match app {
        ChecklistApp::IssueChecklist => {
            ["* [open]", "* [in progress]", "* [checked]", "* [skipped]"]
        }
        ChecklistApp::SmartChecklist => ["-", "~", "+", "x"],
    };
    let rest = lines[at][sign.len() + lines[at].find(sign).unwrap()..].to_owned();
    match kind % 9 {
        0 => lines[at] = format!("{done} {rest}"),
        1 => lines[at] = format!("{open} {rest}"),
        2 => lines[at] = format!("{doing} {rest}"),
        3 => lines[at] = format!("{skipped} {rest}"),
        4 => lines[at].push_str(&format!(" - {b} for @ann")),
        5 => lines.insert(at, format!("{open} also this {b}")),
        6 => {
            let line = lines.remove(at);
            lines.insert(usize::from(b) % (lines.len() + 1), line);
        }
        7 => lines[at] = format!("{open} ↳ {words}"),
        _ => {
            lines.remove(at);
        }
    }
    lines.join("\n")
}

/// Returns the steps of a ticket that the text still shows alone by its words, each with whether it is settled.
fn settled(app: ChecklistApp, text: &str, ticket: &str) -> BTreeMap<StepId, bool> {
    let body = Body::read(ticket);
    let steps: Vec<(StepId, String)> = body
        .steps()
        .map(|(marker, item)| (marker.id.clone(), body.text_of(item).to_owned()))
        .collect();
    let said: Vec<(bool, &str)> = text
        .lines()
        .filter_map(|line| item(app, line).map(|(_, done, words)| (done, words)))
        .collect();
    let alone = |words: &str| {
        let like = steps.iter().filter(|(_, other)| other.starts_with(words));
        let found: Vec<bool> = said
            .iter()
            .filter(|(_, it)| it.trim_start_matches("~~").starts_with(words))
            .map(|(done, _)| *done)
            .collect();
        match (like.count(), found.as_slice()) {
            (1, [done]) => Some(*done),
            _ => None,
        }
    };
    steps
        .iter()
        .filter_map(|(id, words)| Some((id.clone(), alone(words)?)))
        .collect()
}

fn ticks(body: &str) -> Vec<(String, bool)> {
    let read = Body::read(body);
    let items = read.items.iter().filter(|item| item.node.is_some());
    items
        .map(|item| {
            let words: Vec<&str> = read.text_of(item).split_whitespace().collect();
            (words.join(" "), item.ticked(body))
        })
        .collect()
}

/// Tells whether no box stands under a bullet without one: no app shows that it does.
fn is_shown_as_it_nests(body: &str) -> bool {
    let read = Body::read(body);
    let is_item = |node: usize| matches!(read.nodes[node].kind, NodeKind::Item(_));
    let mut items = (0..read.nodes.len()).filter(|node| is_item(*node));
    items.all(|node| read.nodes[node].parent.is_none_or(is_item))
}

/// Tells whether a body has the boxes of another, in their order and ticked as they are.
fn holds(body: &str, other: &str) -> bool {
    let mut found = ticks(body).into_iter();
    ticks(other)
        .into_iter()
        .all(|(_, ticked)| found.any(|(_, it)| it == ticked))
}

/// Returns the text of an app as people leave it, well formed or not.
fn app_text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[a-z *_{}\\[\\]()|!#~^+?:;&<>\\\\-]{0,24}",
        2 => Just(String::new()),
        4 => "[*+x~-] (\\[(x|open|skipped|Waiting| )\\] )?(↳ ){0,2}[a-z]{1,8}( [a-z*_`]{1,8}){0,3} ?",
        1 => Just("# Default checklist".to_owned()),
        1 => Just("--- Before *you* start".to_owned()),
        1 => Just("## Later".to_owned()),
        1 => Just(">> ```sh".to_owned()),
        1 => Just(">> ```".to_owned()),
        1 => Just("> see https://x.example/a_b".to_owned()),
        1 => Just(">> - [ ] nested".to_owned()),
        1 => Just(">>".to_owned()),
        1 => Just("* []? <!-- rs x h=00000000 -->".to_owned()),
        1 => Just("</details> <details>".to_owned()),
    ];
    let end = prop_oneof![6 => Just("\n"), 1 => Just("\r\n")];
    vec((line, end), 0..16)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn a_ticket_is_read_back_byte_for_byte(steps in 1usize..25, seed: u16, people in edits(8), state: u16) {
        let mut body = Doc::new(steps, seed, true).ticket();
        for (serial, edit) in people.into_iter().enumerate() {
            body = work(&body, edit, serial).0;
        }
        let body = reported(&body, state);
        let apart = Apart::of(&body);
        prop_assert_eq!(apart.join(&apart.rest(), &apart.steps()), body.clone());
        let boxes = Body::read(&apart.steps()).items.iter().filter(|item| item.task.is_some() && item.node.is_some()).count();
        let rest = Body::read(&apart.rest()).items.len();
        let all = Body::read(&body).items.len();
        prop_assert!(rest + boxes <= all);
        for app in APPS {
            let text = write(app, &apart.steps(), None);
            prop_assert_eq!(items(app, &text), boxes, "{}", text);
            for text in [text.clone(), saved(app, &text)] {
                let steps = read(app, &text, &apart.steps());
                prop_assert_eq!(&steps, &apart.steps(), "{}", text);
                prop_assert_eq!(write(app, &steps, Some((&text, &apart.steps()))), text);
            }
        }
    }

    #[test]
    fn any_markdown_is_put_together_again(text in markdown()) {
        let apart = Apart::of(&text);
        prop_assert_eq!(apart.join(&apart.rest(), &apart.steps()), text.clone(), "{:?}", apart);
        for app in APPS {
            let shown = write(app, &apart.steps(), None);
            let steps = read(app, &shown, &apart.steps());
            // What is oddly indented may be a box more by now; none is lost.
            prop_assert!(holds(&steps, &apart.steps()), "{}", shown);
            prop_assert!(holds(&apart.join(&apart.rest(), &steps), &text), "{}", shown);
        }
    }

    #[test]
    fn what_is_written_over_itself_stays(text in app_text()) {
        for app in APPS {
            let steps = read(app, &text, "");
            prop_assert_eq!(write(app, &steps, Some((&text, ""))), text.clone());
            prop_assert_eq!(Body::read(&steps).items.iter().filter(|item| item.marker.is_some()).count(), 0, "{}", steps);
        }
    }

    #[test]
    fn what_people_do_in_the_app_is_read_and_stays(steps in 1usize..20, seed: u16, acts in edits(8), round in edits(5)) {
        for app in APPS {
            let mut doc = Doc::new(steps, seed, false);
            let body = doc.ticket();
            let apart = Apart::of(&body);
            let mut text = saved(app, &write(app, &apart.steps(), None));
            for edit in &acts {
                text = act(app, &text, *edit);
            }
            let read_steps = read(app, &text, &apart.steps());
            let body = apart.join(&apart.rest(), &read_steps);
            let found = Body::read(&body);
            for (id, done) in settled(app, &text, &doc.ticket()) {
                let item = found.item(&id);
                prop_assert_eq!(item.map(|item| item.ticked(&body)), Some(done), "{}: {}\n{}", id.0, text, body);
            }
            prop_assert_eq!(items(app, &text), ticks(&body).len(), "{}\n{}", text, body);
            // What it is merged to is written, and read as that.
            for edit in &round {
                doc.edit(*edit);
            }
            let merged = merge(&doc.ticket(), &body, &Policy::default()).body;
            let next = Apart::of(&merged);
            let after = write(app, &next.steps(), Some((&text, &apart.steps())));
            let steps = read(app, &after, &next.steps());
            let body = next.join(&next.rest(), &steps);
            if is_shown_as_it_nests(&merged) {
                prop_assert_eq!(body, merged, "BEFORE {}\nAFTER {}", text, after);
            } else {
                prop_assert_eq!(ticks(&body), ticks(&merged), "BEFORE {}\nAFTER {}", text, after);
                let now = Apart::of(&body);
                let again = write(app, &now.steps(), Some((&after, &next.steps())));
                let body_again = now.join(&now.rest(), &read(app, &again, &now.steps()));
                prop_assert_eq!(&body_again, &body, "AFTER {}\nAGAIN {}", after, again);
            }
        }
    }
}

const BODY: &str = "\
<!-- runsheet 1 run=upgrade/7 -->
*From `docs/upgrade.rst`.*

## Before you start

Call the harbour first.

- [ ] Back up `{data}` & tell_them <!-- rs back-up h=aaaaaaaa -->
  ```bash
  pg_dump ${DB} | gzip > /tmp/*.gz
  ```
  - [x] Check the *size* <!-- rs check h=bbbbbbbb -->
- [x] ~~Stop [the service](https://x.example/a)~~ *(skipped: it is down, by ann)* <!-- rs stop h=cccccccc -->

> [!WARNING]
> Nobody can work now.

<details><summary>If it fails</summary>

- [ ] Start it again <!-- rs abort h=dddddddd -->

</details>

<!-- runsheet base 1 -->
";

const REST: &str = "\
<!-- runsheet 1 run=upgrade/7 -->
*From `docs/upgrade.rst`.*

## Before you start

Call the harbour first.

*The steps are in the checklist.*

<!-- list 1 -->

> [!WARNING]
> Nobody can work now.

<details><summary>If it fails</summary>

*The steps are in the checklist.*

<!-- list 2 -->

</details>

<!-- runsheet base 1 -->
";

const ISSUE_CHECKLIST: &str = "\
--- Before you start
* [ ] Back up `{data}` & tell_them
>> ```bash
>> pg_dump ${DB} | gzip > /tmp/*.gz
>> ```
* [x] ↳ Check the *size*
* [skipped] ~~Stop [the service](https://x.example/a)~~ *(skipped: it is down, by ann)*
--- If it fails
* [ ] Start it again";

const SMART_CHECKLIST: &str = "\
## Before you start
- Back up `{data}` & tell_them
> ```bash
> pg_dump ${DB} | gzip > /tmp/*.gz
> ```
+ ↳ Check the *size*
x ~~Stop [the service](https://x.example/a)~~ *(skipped: it is down, by ann)*
## If it fails
- Start it again";

/// Returns the body that the ticket has with this in the field, and what is written there when nothing else changes.
fn taken(app: ChecklistApp, text: &str) -> (String, String) {
    let apart = Apart::of(BODY);
    let body = apart.join(&apart.rest(), &read(app, text, &apart.steps()));
    let again = write(app, &Apart::of(&body).steps(), Some((text, &apart.steps())));
    (body, again)
}

#[test]
fn a_ticket_is_shown_in_two_halves() {
    let apart = Apart::of(BODY);
    assert_eq!(apart.rest(), REST);
    assert_eq!(
        write(ChecklistApp::IssueChecklist, &apart.steps(), None),
        ISSUE_CHECKLIST
    );
    assert_eq!(
        write(ChecklistApp::SmartChecklist, &apart.steps(), None),
        SMART_CHECKLIST
    );
    for (app, text) in APPS.into_iter().zip([ISSUE_CHECKLIST, SMART_CHECKLIST]) {
        assert_eq!(taken(app, text), (BODY.to_owned(), text.to_owned()));
    }
}

#[test]
fn boxes_that_people_tick_skip_and_begin_in_the_app_are_read() {
    let issue = saved(ChecklistApp::IssueChecklist, ISSUE_CHECKLIST)
        .replace("* [open] Back", "* [in progress] Back")
        .replace("* [checked] ↳ Check", "* [open] ↳ Check")
        .replace("* [skipped] ~~Stop", "* [checked] ~~Stop")
        .replace("* [open] Start", "* [skipped] Start");
    let smart = SMART_CHECKLIST
        .replace("- Back", "~ Back")
        .replace("+ ↳ Check", "- ↳ Check")
        .replace("x ~~Stop", "+ ~~Stop")
        .replace("- Start", "x Start");
    let expected = BODY
        .replace("- [x] Check", "- [ ] Check")
        .replace(
            "~~Stop [the service](https://x.example/a)~~ *(skipped: it is down, by ann)*",
            "Stop [the service](https://x.example/a)",
        )
        .replace(
            "- [ ] Start it again",
            "- [x] Start it again *(skipped: in the checklist)*",
        );
    for (app, text) in APPS.into_iter().zip([issue, smart]) {
        let (body, again) = taken(app, &text);
        assert_eq!(body, expected);
        // Nothing is written over what the app shows: neither that somebody has begun, nor how it writes its signs.
        assert_eq!(again, text);
    }
}

#[test]
fn items_that_people_add_move_nest_reword_and_remove_in_the_app_are_read() {
    let text = "\
# Default checklist
--- Before you start
* [open] Call ann <!-- not hidden
* [checked] ↳ Check the *size*
>> 3 GB
* [open] Back up `{data}` & tell_them, 10:40
* [open] ↳ and the keys
--- At night
* []? Sleep
# Other list
* [open] Start it again";
    let (body, again) = taken(ChecklistApp::IssueChecklist, text);
    let expected = "\
<!-- runsheet 1 run=upgrade/7 -->
*From `docs/upgrade.rst`.*

## Before you start

Call the harbour first.

- [ ] Call ann &lt;!-- not hidden
  - [x] Check the *size* <!-- rs check h=bbbbbbbb -->

    3 GB

- [ ] Back up `{data}` & tell_them, 10:40 <!-- rs back-up h=aaaaaaaa -->
  - [ ] and the keys

## At night

- [ ] Sleep

> [!WARNING]
> Nobody can work now.

<details><summary>If it fails</summary>

- [ ] Start it again <!-- rs abort h=dddddddd -->

</details>

<!-- runsheet base 1 -->
";
    assert_eq!(body, expected);
    // The header that the abort phase has lost comes back with the next change.
    assert_eq!(
        again,
        text.replace("# Other list\n", "--- If it fails\n# Other list\n")
    );
}

#[test]
fn what_people_do_to_the_description_stays_beside_the_steps() {
    let apart = Apart::of(BODY);
    let rest = REST
        .replace(
            "Call the harbour first.",
            "Call the harbour first, then ann.",
        )
        .replacen("*The steps are in the checklist.*\n\n", "Wait.\n\n", 1)
        .replace("</details>\n", "- [ ] Tell the users\n\n</details>\n");
    let body = apart.join(&rest, &apart.steps());
    let expected = BODY
        .replace(
            "Call the harbour first.",
            "Call the harbour first, then ann.\n\nWait.",
        )
        .replace(
            "h=dddddddd -->\n",
            "h=dddddddd -->\n\n- [ ] Tell the users\n",
        );
    assert_eq!(body, expected);
    // A box in the description is a step like any other with the next write.
    assert!(Apart::of(&body).steps().contains("- [ ] Tell the users"));
    // Where the whole description is gone, the steps are not.
    let body = apart.join("Nothing to see here.\n", &apart.steps());
    assert_eq!(ticks(&body), ticks(BODY));
}

#[test]
fn a_checklist_that_people_made_by_hand_is_a_ticket_to_be_taken_over() {
    let steps = read(
        ChecklistApp::SmartChecklist,
        "## Before\n- Back up\n+ Stop it\n> at night\nbuy milk",
        "",
    );
    assert_eq!(
        steps,
        "## Before\n\n- [ ] Back up\n- [x] Stop it\n\n  at night\n\n- [ ] buy milk\n"
    );
    let body = Apart::of("").join("Please do it.\n", &steps);
    assert_eq!(
        body,
        "Please do it.\n\n## Before\n\n- [ ] Back up\n- [x] Stop it\n\n  at night\n\n- [ ] buy milk\n\n"
    );
}

/// Writes the steps of every document of a folder as both apps have them, and reads them as the apps leave them.
#[test]
#[ignore = "needs documents: RUNSHEET_DOCUMENTS"]
fn every_step_of_the_documents_is_read_back() {
    let documents = PathBuf::from(std::env::var("RUNSHEET_DOCUMENTS").unwrap());
    let (mut count, mut boxes) = (0, 0);
    for file in files(&documents) {
        for (name, ticket) in tickets(&file) {
            for state in 0..5 {
                let body = reported(&ticket, state);
                let apart = Apart::of(&body);
                for app in APPS {
                    let text = write(app, &apart.steps(), None);
                    let steps = read(app, &saved(app, &text), &apart.steps());
                    assert_eq!(apart.join(&apart.rest(), &steps), body, "{name}");
                    assert_eq!(items(app, &text), ticks(&body).len(), "{name}: {text}");
                }
                boxes += ticks(&body).len();
            }
            count += 1;
        }
    }
    assert!(count > 0);
    report_count(count, boxes);
}

#[allow(clippy::print_stdout, reason = "the figures are for people")]
fn report_count(tickets: usize, boxes: usize) {
    println!(
        "{tickets} tickets, each in 5 states and for 2 apps: {boxes} boxes, all read back as they stood"
    );
}
