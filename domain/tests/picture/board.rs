//! The board's tree and the responsibility matrix.

use remit_domain::accountability::Gap;
use remit_domain::assessment::Assessment;
use remit_domain::assignment::AssignmentKind;
use remit_domain::board::Board;
use remit_domain::matrix::{Matrix, MatrixBy, MatrixCell};
use remit_domain::outcome::{OutcomeId, OutcomeState};
use remit_domain::responsibility::Part;
use remit_domain::role::Subject;

use crate::sketch::Sketch;

#[test]
fn proposals_are_shown_and_counted_nowhere() {
    let mut sketch = Sketch::on("2026-02-20");
    let theme = sketch.theme();
    let states = [OutcomeState::Active, OutcomeState::Proposed, OutcomeState::Draft, OutcomeState::Cancelled];
    let outcomes = states.map(|state| {
        let outcome = sketch.outcome(Some(theme));
        sketch.measure(outcome, 1.0, Some(if state == OutcomeState::Active { 30.0 } else { 90.0 }));
        sketch.change(outcome, |outcome| outcome.state = state);
        outcome
    });
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    let board = Board::new(&picture, &assessment);
    assert_eq!(board.themes[0].outcomes, outcomes[..3]);
    assert_eq!(board.progress, Some(30.0));
    let proposed = board.node(outcomes[1]).expect("shown");
    assert_eq!(
        (proposed.numbers.rollup.progress, proposed.numbers.pace, proposed.numbers.health),
        (Some(90.0), None, None)
    );
    assert!(board.node(outcomes[3]).is_none());
}

#[test]
fn children_hang_under_their_parents_and_orphans_under_nothing() {
    let mut sketch = Sketch::on("2026-02-20");
    let (one, other) = (sketch.theme(), sketch.theme());
    let parent = sketch.outcome(Some(one));
    let (same, elsewhere, nowhere) = (sketch.outcome(Some(one)), sketch.outcome(Some(other)), sketch.outcome(None));
    for child in [same, elsewhere, nowhere] {
        sketch.contributes(child, parent, 1.0);
    }
    let orphan = sketch.outcome(None);
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    let board = Board::new(&picture, &assessment);
    assert_eq!(board.themes[0].outcomes, [parent]);
    assert_eq!(board.themes[1].outcomes, [elsewhere]);
    assert_eq!(board.unaligned, [orphan]);
    assert_eq!(board.node(parent).expect("shown").children, [same, elsewhere, nowhere]);
    let depths = |depth| board.walk(&[parent], depth).iter().map(|visit| visit.depth).collect::<Vec<_>>();
    assert_eq!(depths(None), [0, 1, 1, 1]);
    assert_eq!(depths(Some(0)), [0]);
}

#[test]
fn a_parent_that_is_cancelled_does_not_hide_its_children() {
    let mut sketch = Sketch::on("2026-02-20");
    let theme = sketch.theme();
    let (parent, child) = (sketch.outcome(Some(theme)), sketch.outcome(Some(theme)));
    sketch.measure(child, 1.0, Some(70.0));
    sketch.contributes(child, parent, 1.0);
    sketch.change(parent, |outcome| outcome.state = OutcomeState::Cancelled);
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    let board = Board::new(&picture, &assessment);
    assert_eq!(board.themes[0].outcomes, [child]);
    assert_eq!(board.progress, Some(70.0));
}

#[test]
fn the_matrix_shows_parts_gaps_and_overloads() {
    let mut sketch = Sketch::on("2026-02-20");
    let (role, vacant, person) = (sketch.role(), sketch.role(), sketch.person());
    sketch.assign(role, person, AssignmentKind::Holder, None);
    let outcomes: Vec<OutcomeId> = (0..6).map(|_| sketch.outcome(None)).collect();
    for outcome in &outcomes {
        sketch.responsible(*outcome, Part::Accountable, Subject::Role(role));
        sketch.responsible(*outcome, Part::Responsible, Subject::Role(vacant));
    }
    let bare = sketch.outcome(None);
    let picture = sketch.picture();
    let matrix = Matrix::new(&picture, picture.at(), MatrixBy::Role);
    assert_eq!(
        matrix.columns.iter().map(|c| c.subject).collect::<Vec<_>>(),
        [Subject::Role(role), Subject::Role(vacant)]
    );
    assert_eq!(
        matrix.columns.iter().map(|c| (c.accountable, c.is_overloaded)).collect::<Vec<_>>(),
        [(6, true), (0, false)]
    );
    assert_eq!(matrix.rows[0].cells[0], MatrixCell { column: 0, part: Part::Accountable });
    let last = matrix.rows.last().expect("a row");
    assert_eq!((last.outcome, last.gap, last.lacks_responsible), (bare, Some(Gap::NoAccountable), true));
    let people = Matrix::new(&picture, picture.at(), MatrixBy::Person);
    let subjects: Vec<_> = people.columns.iter().map(|c| c.subject).collect();
    assert_eq!(subjects, [Subject::Role(vacant), Subject::Person(person)], "nobody stands behind a vacant role");
}

#[test]
fn five_are_no_overload_and_proposals_weigh_nothing() {
    let mut sketch = Sketch::on("2026-02-20");
    let person = sketch.person();
    for n in 0..6 {
        let outcome = sketch.outcome(None);
        sketch.responsible(outcome, Part::Accountable, Subject::Person(person));
        if n == 5 {
            sketch.change(outcome, |outcome| outcome.state = OutcomeState::Proposed);
        }
    }
    let picture = sketch.picture();
    let matrix = Matrix::new(&picture, picture.at(), MatrixBy::Person);
    assert_eq!((matrix.columns[0].accountable, matrix.columns[0].is_overloaded), (5, false));
    assert_eq!((matrix.rows.len(), matrix.rows[5].gap, matrix.rows[5].lacks_responsible), (6, None, false));
}
