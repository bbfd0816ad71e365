//! Tickets as descriptions of Jira Data Center and back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use runsheet::body::Body;
use runsheet::merge::{Policy, merge};
use runsheet::tracker::jira::held::Held;
use runsheet::tracker::jira::wiki::{read, write};
use serde_json::json;

use crate::adf::made_up::markdown;
use crate::adf::{config, dense_text, edits, files, reported, tickets};
use crate::world::{Doc, work};

/// Returns wiki markup as people leave it, well formed or not.
fn wiki() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[a-z *_{}\\[\\]()|!#~^+?:;&<>\\\\-]{0,24}",
        4 => "[ -~]{0,24}",
        3 => Just(String::new()),
        4 => "[*#-]{1,3} (☐|☑|\\(/\\)|\\(x\\)) [a-z]{1,8}( [a-z*_{}]{1,8}){0,3} ?",
        2 => "[*#-]{1,3} [a-z]{0,8}",
        1 => Just("☐ no bullet".to_owned()),
        1 => Just("{code:bash}".to_owned()),
        1 => Just("{code}".to_owned()),
        1 => Just("{noformat}".to_owned()),
        1 => Just("{panel:title=Fold}".to_owned()),
        1 => Just("{panel:bgColor=#deebff}".to_owned()),
        1 => Just("{panel}".to_owned()),
        1 => Just("{quote}".to_owned()),
        1 => Just("{info}".to_owned()),
        1 => Just("h2. Heading *bold*".to_owned()),
        1 => Just("----".to_owned()),
        1 => Just("||a||b||".to_owned()),
        1 => Just("|{{c}}|[d|https://x.example/e]|".to_owned()),
        1 => Just("{color:red}late{color} [~ann] !shot.png|thumbnail!".to_owned()),
        1 => Just("bq. said".to_owned()),
        1 => Just("see https://x.example/a_b_c. é\u{2028}".to_owned()),
        1 => Just("# <!-- rs x h=00000000 -->".to_owned()),
        1 => Just("</details> <details> ```".to_owned()),
    ];
    let end = prop_oneof![6 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")];
    vec((line, end), 0..16).prop_map(|lines| {
        let lines = lines.into_iter().map(|(line, end)| line + end);
        lines.collect()
    })
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
        let (description, held) = write(&body, None);
        prop_assert_eq!(read(&description, &held), body.clone(), "{}", description);
        prop_assert_eq!(write(&body, Some((&description, &held))), (description.clone(), held));
        let boxes = Body::read(&body).items.iter().filter(|item| item.task.is_some() && item.node.is_some()).count();
        let shown = description.lines().filter(|line| {
            let line = line.trim_start_matches(['*', '#']);
            line.starts_with(" ☐") || line.starts_with(" ☑")
        });
        prop_assert_eq!(shown.count(), boxes, "{}", description);
    }

    #[test]
    fn any_markdown_is_read_back(text in markdown()) {
        let (description, held) = write(&text, None);
        prop_assert_eq!(read(&description, &held), text.clone(), "{}", description);
        prop_assert_eq!(write(&text, Some((&description, &held))), (description, held));
    }

    #[test]
    fn what_is_written_over_itself_stays(description in wiki()) {
        let held = Held::default();
        let body = read(&description, &held);
        let (again, held) = write(&body, Some((&description, &held)));
        prop_assert_eq!(&again, &description);
        prop_assert_eq!(read(&again, &held), body, "{}", description);
    }

    #[test]
    fn a_merge_into_a_description_reads_as_merged(steps in 1usize..20, seed: u16, people in edits(6), rounds in vec(edits(5), 1..4)) {
        let mut doc = Doc::new(steps, seed, false);
        let (mut description, mut held) = write(&doc.ticket(), None);
        let mut serial = 0;
        for round in rounds {
            let mut body = read(&description, &held);
            for edit in &people {
                body = work(&body, *edit, serial).0;
                serial += 1;
            }
            let before = description.clone();
            (description, held) = write(&body, Some((&description, &held)));
            prop_assert_eq!(read(&description, &held), body.clone(), "BEFORE {}\nAFTER {}", before, description);
            for edit in round {
                doc.edit(edit);
            }
            let merged = merge(&doc.ticket(), &body, &Policy::default()).body;
            let before = description.clone();
            (description, held) = write(&merged, Some((&description, &held)));
            prop_assert_eq!(read(&description, &held), merged, "BEFORE {}\nAFTER {}", before, description);
        }
    }
}

const BODY: &str = "\
<!-- runsheet 1 run=upgrade/7 -->
*From `docs/upgrade.rst`.*

## Before you start

- [ ] Back up `{data}` & tell_them <!-- rs back-up h=aaaaaaaa -->
  ```bash
  pg_dump ${DB} | gzip > /tmp/*.gz
  ```
  - [ ] Check the *size* <!-- rs check h=bbbbbbbb -->
- [ ] Stop [the service](https://x.example/a) <!-- rs stop h=cccccccc -->

> [!WARNING]
> Nobody can work now.

| key | value |
| --- | --- |
| `a` | x\\|y |

<details><summary>If it fails</summary>

- [ ] Start it again <!-- rs abort h=dddddddd -->

</details>
";

const WIKI: &str = "\
_From {{docs/upgrade.rst}}._

h2. Before you start

* ☐ Back up {{\\{data\\}}} & tell_them
{code:bash}
pg_dump ${DB} | gzip > /tmp/*.gz
{code}
** ☐ Check the _size_
* ☐ Stop [the service|https://x.example/a]

{panel:bgColor=#fffae6}
Nobody can work now.
{panel}

||key||value||
|{{a}}|x&#124;y|

{panel:title=If it fails}
* ☐ Start it again
{panel}";

#[test]
fn a_ticket_is_shown_with_what_every_jira_knows() {
    let (description, held) = write(BODY, None);
    assert_eq!(description, WIKI);
    assert_eq!(read(&description, &held), BODY);
}

#[test]
fn what_people_do_in_the_text_editor_is_read() {
    let held = write(BODY, None).1;
    let edited = WIKI
        .replace("☐ Back up", "☑ Back up")
        .replace(
            "☐ Check the _size_",
            "(/) Check the _size_ -- {color:red}ann{color}, 10:40",
        )
        .replace(
            "* ☐ Stop [the",
            "* ☐ Call the {color:red}harbour{color}\n* ☐ Stop [the",
        )
        .replace('\n', "\r\n");
    let body = read(&edited, &held);
    let expected = BODY
        .replace("- [ ] Back up", "- [x] Back up")
        .replace(
            "- [ ] Check the *size* <!--",
            "- [x] Check the *size* -- {color:red}ann{color}, 10:40 <!--",
        )
        .replace(
            "- [ ] Stop",
            "- [ ] Call the {color:red}harbour{color}\n- [ ] Stop",
        );
    assert_eq!(body, expected);
    // What is written next changes what it has to and nothing else.
    let done = body.replace("- [ ] Stop", "- [x] Stop");
    let (again, held) = write(&done, Some((&edited, &held)));
    assert_eq!(again, edited.replace("☐ Stop", "☑ Stop"));
    assert_eq!(read(&again, &held), done);
    let undone = done
        .replace("- [x] Check", "- [ ] Check")
        .replace("10:40", "10:50");
    assert_eq!(
        write(&undone, Some((&again, &held))).0,
        again
            .replace("(/) Check", "(x) Check")
            .replace("10:40", "10:50")
    );
}

/// Writes the tickets of every document of a folder as wiki markup, with their text, for others to judge.
#[test]
#[ignore = "writes files for .ci/jira-wiki"]
fn write_wiki() {
    let folder = |name| PathBuf::from(std::env::var(name).unwrap());
    let (documents, out) = (
        folder("RUNSHEET_DOCUMENTS"),
        folder("RUNSHEET_DESCRIPTIONS"),
    );
    for file in files(&documents) {
        for (name, ticket) in tickets(&file) {
            let body = reported(&ticket, 4);
            let (wiki, held) = write(&body, None);
            assert_eq!(read(&wiki, &held), body, "{name}");
            let items = Body::read(&body).items;
            let boxes = items.iter().filter(|item| item.task.is_some()).count();
            let record = json!({"wiki": wiki, "text": dense_text(&body), "boxes": boxes});
            fs::write(out.join(format!("{name}.json")), record.to_string()).unwrap();
        }
    }
}
