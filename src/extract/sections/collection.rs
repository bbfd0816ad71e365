//! Sections that hold several procedures, told from those whose sections are the phases of one.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Draft, Role, is_outermost};
use crate::document::plain_text;
use crate::extract::lexicon;
use crate::extract::overrides::SectionAs;
use crate::extract::templates::speaks_of_templates;
use crate::extract::title::Title;
use crate::procedure::{PhaseKind, Procedure};

impl Draft<'_> {
    /// Tells whether the sections in it are procedures rather than phases.
    pub(super) fn is_collection(&self) -> bool {
        if self.holds_procedure() {
            return true;
        }
        if self.wish.section_as == Some(SectionAs::Procedure)
            || self
                .works()
                .any(|kid| kid.wish.section_as == Some(SectionAs::Phase))
        {
            return false;
        }
        let works: Vec<_> = self.works().collect();
        if self.has_items() && self.found.is_some() || self.is_ticket() {
            return false;
        }
        // A scenario comes alone, whatever number it has.
        if self.holds_scenarios() || works.iter().any(|kid| kid.holds_scenarios()) {
            return true;
        }
        // What holds the ways of a piece of work is about all of them.
        if works.iter().any(|kid| {
            (kid.reads.is_collection() || kid.reads.names_thing() || kid.reads.is_work())
                && is_by_case(&titles(&kid.works().collect::<Vec<_>>()))
        }) {
            return true;
        }
        // Each is the whole work for a case of its own.
        if self.found.is_some() && works.len() > 1 && self.around.by_own_case {
            return true;
        }
        let alone = works.iter().filter(|kid| kid.stands_alone()).count();
        let parts = works.iter().filter(|kid| kid.reads.is_part()).count();
        match works.len() {
            0 => false,
            1 => {
                let kid = works[0];
                if kid.is_collection() && !self.has_context() && !self.has_deeds() {
                    return true;
                }
                !self.has_context()
                    && (self.found.is_none() || !self.has_deeds())
                    && !kid.reads.is_part()
                    && (self.found.is_none()
                        || kid.role == Role::Work
                            && !self.reads.asks
                            && (!self.reads.is_whole() || kid.stands_alone()))
            }
            count => {
                if !self.is_titled() {
                    return true;
                }
                // The work itself, next to what is told around it.
                let core = |kid: &&&Self| {
                    kid.role == Role::Work
                        && (kid.holds_numbered() || kid.reads.is_generic() || kid.reads.is_whole())
                };
                if self.found.is_none() && works.iter().filter(core).count() == 1 {
                    return true;
                }
                let is_way = |kid: &&&Self| kid.reads.is_way_of(&self.reads);
                let ways: Vec<_> = works.iter().filter(is_way).collect();
                // Ways that are told at length are followed each by itself.
                if ways.len() > 1 && ways.iter().all(|kid| kid.role == Role::Work) {
                    return true;
                }
                if ways.len() == count {
                    return false;
                }
                if self.has_templates_of(&works) || is_by_case(&titles(&works)) {
                    return true;
                }
                if tell_a_life(&titles(&works))
                    || self.is_done_to_each(&works)
                    || self.is_done_to_kinds(&works)
                {
                    return true;
                }
                if parts * 2 >= count {
                    return false;
                }
                let joins =
                    self.reads.joins_activities() && works.iter().any(|kid| kid.role == Role::Work);
                let keeps = self.reads.is_about_keeping()
                    && works.iter().any(|kid| kid.reads.opens_restoring());
                if self.reads.is_collection() || joins || keeps {
                    return true;
                }
                let with_context = works.iter().filter(|kid| kid.has_context()).count();
                // "Checklist for major releases" next to "Checklist for minor releases": one of them is followed at a time.
                if works.iter().all(|kid| kid.reads.whole_word().is_some())
                    && works
                        .windows(2)
                        .all(|pair| pair[0].reads.whole_word() == pair[1].reads.whole_word())
                {
                    return true;
                }
                let one = self.reads.is_whole()
                    || self.reads.tells_steps()
                    || self.reads.is_undertaking() && count > 2;
                if one {
                    with_context >= 2 && !self.has_context()
                } else {
                    alone * 2 >= count || parts == 0 && self.is_about_one_thing(&works)
                }
            }
        }
    }

    fn holds_scenarios(&self) -> bool {
        self.reads.names_scenarios() && self.works().count() > 1
    }

    /// Tells whether the heading names a thing and no work (`Big freezer`), and two or more of `works` say what is done with it.
    fn is_about_one_thing(&self, works: &[&Self]) -> bool {
        let asks = |kid: &&&Self| kid.role == Role::Work && kid.reads.asks;
        self.found.is_some() && !self.reads.names_work() && works.iter().filter(asks).count() > 1
    }

    /// Tells whether each of `works` adds, removes or the like another kind of the things that the heading names.
    fn is_done_to_kinds(&self, works: &[&Self]) -> bool {
        let verb = |title: &Title| title.life().map(|(verb, _)| verb);
        let own = verb(&self.reads).filter(|verb| lexicon::has("one-at-a-time", verb));
        own.is_some() && works.iter().all(|kid| verb(&kid.reads) == own)
    }

    /// Tells whether each of `works` is the work of the heading for a version (`From 1.2 to 1.3`) or a thing (`Database`) of
    /// its own.
    fn is_done_to_each(&self, works: &[&Self]) -> bool {
        let is_version = |kid: &&Self| kid.reads.names_version();
        let is_thing = |kid: &&Self| kid.role == Role::Work && kid.reads.names_thing();
        let is_outermost = is_outermost(self.found.as_ref());
        works.iter().all(is_version)
            && works
                .iter()
                .any(|kid| kid.reads.asks || kid.reads.leads_between_versions())
            || is_outermost && self.reads.names_activity() && works.iter().all(is_thing)
    }

    /// Tells whether the page offers templates of tickets for half of `works` or more: each of them is work for one ticket.
    fn has_templates_of(&self, works: &[&Self]) -> bool {
        let of_templates = |kid: &&Self| speaks_of_templates(&plain_text(&kid.title));
        let titles: Vec<String> = self
            .kids
            .iter()
            .filter(of_templates)
            .flat_map(|kid| &kid.kids)
            .map(|kid| plain_text(&kid.title).to_lowercase())
            .collect();
        let has_one = |work: &&&Self| {
            let is_stage = work.reads.numbered
                || work.reads.is_generic()
                || work.reads.kind() != PhaseKind::Main;
            !is_stage
                && (titles.contains(&plain_text(&work.title).to_lowercase())
                    || work.kids.iter().any(|kid| of_templates(&kid)))
        };
        works.iter().filter(has_one).count() * 2 >= works.len()
    }

    /// Tells whether it is one ticket's template with tasks in several sections.
    fn is_ticket(&self) -> bool {
        let with_items = self.works().filter(|kid| kid.role == Role::Work).count();
        self.front.is_ticket() && with_items != 1
    }

    /// Tells whether the author gave it a title.
    pub(super) fn is_titled(&self) -> bool {
        self.found.is_some() || self.front.title().is_some()
    }

    /// Returns the procedures in the sections of a collection.
    ///
    /// What its sections ask to be there holds for all that follow them. In a document without a title of its own, a
    /// section that names the time before or after the work (`Pre-release checklist`) belongs to its neighbour.
    pub(super) fn collected(&self) -> Vec<Procedure> {
        let mut found: Vec<Procedure> = Vec::new();
        let mut needed = Vec::new();
        let mut ahead = Vec::new();
        for kid in &self.kids {
            let kind = kid.reads.kind();
            let is_part = !self.is_titled() && kid.role == Role::Work && !kid.holds_procedure();
            match kid.role {
                Role::Context => needed.extend(kid.preconditions()),
                _ if is_part && kind == PhaseKind::Before => ahead.push(kid),
                _ if is_part
                    && !matches!(kind, PhaseKind::Main | PhaseKind::Before)
                    && let Some(last) = found.last_mut() =>
                {
                    last.phases.extend(kid.as_phases(self));
                }
                _ => {
                    let mut procedures = kid.procedures();
                    for procedure in &mut procedures {
                        procedure.preconditions.splice(0..0, needed.clone());
                    }
                    if let Some(first) = procedures.first_mut() {
                        let phases = ahead.drain(..).flat_map(|kid: &Self| kid.as_phases(self));
                        first.phases.splice(0..0, phases);
                    }
                    found.extend(procedures);
                }
            }
        }
        let left = ahead.into_iter().flat_map(Self::procedures);
        found.extend(left);
        found
    }
}

/// Tells whether one section is followed or another, by the case or by the time at hand: two of them tell the same work
/// for different kinds of release, in different ways or one against the other, or one gives in short what another gives
/// at length.
pub(super) fn is_by_case(titles: &[&Title]) -> bool {
    let in_case = |title: &&&Title| !title.numbered && title.work_in_case().is_some();
    let cases = titles.iter().filter(in_case);
    // What is done whatever the case was goes on behind all cases (`Making the release`).
    let goes_on = titles
        .iter()
        .rev()
        .take_while(|title| !in_case(title))
        .any(|title| title.is_undertaking() && title.ends_with_work() && !title.opens_telling());
    let by_kind = !goes_on && two_differ(cases.filter_map(|title| title.work_in_case()));
    let in_short = titles.iter().any(|title| title.is_short_way())
        && titles.iter().any(|title| title.is_whole());
    // What comes behind all ways, or takes back what they did, makes them parts of one piece of work.
    let closes = titles
        .iter()
        .any(|title| matches!(title.kind(), PhaseKind::After | PhaseKind::Abort));
    let mut ways = BTreeSet::new();
    let by_way = !closes
        && titles
            .iter()
            .filter_map(|title| title.work_by_way())
            .any(|work| !ways.insert(work));
    let by_turn = two_differ(titles.iter().filter_map(|title| title.turn()));
    by_kind || in_short || by_way || by_turn
}

fn titles<'d>(works: &[&'d Draft<'_>]) -> Vec<&'d Title> {
    works.iter().map(|kid| &kid.reads).collect()
}

/// Tells whether two headings name what is done to the same thing at different times of its life (`Installing the agent`,
/// `Upgrading the agent`).
fn tell_a_life(titles: &[&Title]) -> bool {
    let lives = titles.iter().filter_map(|title| title.life());
    two_differ(lives.map(|(verb, thing)| (thing, verb)))
}

/// Tells whether two of `pairs` have the same first part and different second ones.
fn two_differ<K: Ord, V: PartialEq>(mut pairs: impl Iterator<Item = (K, V)>) -> bool {
    let mut seen = BTreeMap::new();
    pairs.any(|(key, value)| match seen.entry(key) {
        Entry::Vacant(place) => {
            place.insert(value);
            false
        }
        Entry::Occupied(first) => *first.get() != value,
    })
}
