//! Boards of organizations of every size, and of shapes that recursion would not survive.

use remit_domain::assessment::Assessment;
use remit_domain::assignment::AssignmentKind;
use remit_domain::board::Board;
use remit_domain::outcome::OutcomeId;
use remit_domain::responsibility::Part;
use remit_domain::role::Subject;
use remit_domain::rule::{Severity, findings};
use remit_domain::time::plus_days;

use crate::sketch::{Sketch, day};

#[test]
fn a_chain_of_ten_thousand_does_not_overflow_the_stack() {
    let mut sketch = Sketch::on("2026-02-20");
    let chain: Vec<OutcomeId> = (0..10_000).map(|_| sketch.outcome(None)).collect();
    for pair in chain.windows(2) {
        sketch.contributes(pair[1], pair[0], 1.0);
    }
    let lowest = chain[chain.len() - 1];
    sketch.measure(lowest, 1.0, Some(10.0));
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    let top = assessment.outcome(chain[0]).expect("assessed");
    assert_eq!(top.rollup.progress, Some(10.0));
    assert_eq!(assessment.worst_path(chain[0]).len(), 0, "it is off track by itself");
    let board = Board::new(&picture, &assessment);
    assert_eq!(board.unaligned, [chain[0]]);
    assert_eq!(board.walk(&board.unaligned, None).len(), 10_000);
}

#[test]
fn a_cycle_in_the_data_does_not_hang() {
    let mut sketch = Sketch::on("2026-02-20");
    let theme = sketch.theme();
    let ring: Vec<OutcomeId> = (0..5).map(|_| sketch.outcome(Some(theme))).collect();
    for (n, child) in ring.iter().enumerate() {
        sketch.measure(*child, 1.0, Some(40.0));
        sketch.contributes(*child, ring[(n + 1) % ring.len()], 1.0);
        sketch.contributes(*child, *child, 1.0);
    }
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    assert_eq!(assessment.progress(), Some(40.0));
    let board = Board::new(&picture, &assessment);
    assert_eq!(board.walk(&board.themes[0].outcomes, None).len(), 5);
}

#[test]
fn shared_children_are_unfolded_once() {
    let mut sketch = Sketch::on("2026-02-20");
    let top = sketch.outcome(None);
    let mut above = vec![top];
    // Forty rows of two, each under both of the row above: 2^40 ways from top to bottom.
    for _ in 0..40 {
        let row = vec![sketch.outcome(None), sketch.outcome(None)];
        for child in &row {
            above.iter().for_each(|parent| sketch.contributes(*child, *parent, 1.0));
        }
        above = row;
    }
    above.iter().for_each(|leaf| {
        sketch.measure(*leaf, 1.0, Some(30.0));
    });
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    assert_eq!(assessment.outcome(top).and_then(|one| one.rollup.progress), Some(30.0));
    let visits = Board::new(&picture, &assessment).walk(&[top], None).len();
    assert!(visits < 200, "{visits} visits");
}

/// 10,000 outcomes, 50,000 measures, 5,000 people.
#[test]
fn a_large_board_adds_up_and_leaves_nobody_out() {
    let mut sketch = Sketch::on("2026-02-20");
    let themes: Vec<_> = (0..20).map(|_| sketch.theme()).collect();
    let holders: Vec<_> = (0..5_000)
        .map(|_| {
            let (role, person) = (sketch.role(), sketch.person());
            sketch.assign(role, person, AssignmentKind::Holder, None);
            role
        })
        .collect();
    let observed: Vec<String> = (0..7).map(|week| plus_days(day("2026-01-04"), week * 7).to_string()).collect();
    let points: Vec<(&str, f64)> = observed.iter().map(|on| (on.as_str(), 50.0)).collect();
    let mut outcomes: Vec<OutcomeId> = Vec::new();
    for n in 0..10_000usize {
        let outcome = sketch.outcome(Some(themes[n % themes.len()]));
        for part in [Part::Accountable, Part::Responsible] {
            sketch.responsible(outcome, part, Subject::Role(holders[n % holders.len()]));
        }
        for _ in 0..5 {
            let measure = sketch.measure(outcome, 1.0, None);
            sketch.observe(measure, &points);
        }
        if n > 100 {
            sketch.contributes(outcome, outcomes[n / 10], 1.0);
        }
        outcomes.push(outcome);
    }
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    let board = Board::new(&picture, &assessment);
    let roots: Vec<OutcomeId> = board.themes.iter().flat_map(|theme| theme.outcomes.iter().copied()).collect();
    let mut seen: Vec<OutcomeId> = board.walk(&roots, None).iter().map(|visit| visit.node.outcome.id).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 10_000);
    let found = findings(&picture, &assessment);
    assert_eq!(found.iter().find(|one| one.severity == Severity::Error), None);
    assert_eq!(assessment.progress(), Some(50.0));
}
