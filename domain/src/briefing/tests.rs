//! Briefings: what makes one, what publishing fixes, and who may acknowledge it.

use super::*;

fn title(text: &str) -> Title {
    Title::new(text).expect("a title")
}
fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}
fn person(bits: u128) -> PersonId {
    PersonId::from_bits(bits)
}
fn question(choices: &[&str], answer: usize) -> Question {
    let text = Statement::new("Whom do we serve?").expect("a question");
    Question { text, choices: choices.iter().map(|choice| title(choice)).collect(), answer }
}
fn draft() -> Briefing {
    Briefing {
        subject: BriefingSubject::Free,
        title: title("News"),
        body: Prose::new("# News").expect("a body"),
        audience: Audience { everyone: true, ..Audience::default() },
        due_on: None,
        question: None,
        author: None,
        published_at: None,
        readers: Vec::new(),
    }
}
fn published(question: Option<Question>) -> Briefing {
    let readers = vec![person(3), person(5)];
    Briefing { question, published_at: Some(at("2026-03-01T09:00:00Z")), readers, ..draft() }
}

#[test]
fn a_question_offers_a_few_different_choices_one_of_which_is_right() {
    let cases = [
        (question(&["Us", "Families"], 1), Ok(())),
        (question(&["Us"], 0), Err(BriefingError::ChoiceCount)),
        (question(&["Us", "Families"], 2), Err(BriefingError::NoSuchChoice)),
        (question(&["Us", "Families", "Us"], 1), Err(BriefingError::ChoiceTwice)),
        (question(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"], 1), Err(BriefingError::ChoiceCount)),
    ];
    for (question, expected) in cases {
        assert_eq!(Briefing { question: Some(question.clone()), ..draft() }.check(), expected, "{question:?}");
    }
}

#[test]
fn a_published_briefing_has_readers_and_a_draft_has_none() {
    assert_eq!(draft().check(), Ok(()));
    assert_eq!(published(None).check(), Ok(()));
    assert_eq!(Briefing { readers: Vec::new(), ..published(None) }.check(), Err(BriefingError::NoReaders));
    assert_eq!(Briefing { readers: vec![person(3)], ..draft() }.check(), Err(BriefingError::Draft));
    assert_eq!(published(None).check_draft(), Err(BriefingError::Published));
}

#[test]
fn only_a_reader_of_what_was_published_sees_it() {
    let (id, now) = (BriefingId::from_bits(1), at("2026-03-02T09:00:00Z"));
    assert_eq!(Acknowledgement::seen(id, &draft(), person(3), now), Err(BriefingError::Draft));
    assert_eq!(Acknowledgement::seen(id, &published(None), person(4), now), Err(BriefingError::NotReader));
    let seen = Acknowledgement::seen(id, &published(None), person(3), now).expect("a reader");
    assert_eq!((seen.state(), seen.is_understood()), (ReceiptState::Seen, false));
}

#[test]
fn acknowledging_twice_is_the_same_as_once_and_the_first_answer_stands() {
    let (id, first, later) = (BriefingId::from_bits(1), at("2026-03-02T09:00:00Z"), at("2026-03-03T09:00:00Z"));
    let asks = published(Some(question(&["Us", "Families"], 1)));
    let seen = Acknowledgement::seen(id, &asks, person(3), first).expect("a reader");
    assert_eq!(seen.acknowledge(&asks, None, first), Err(BriefingError::AnswerMissing));
    assert_eq!(seen.acknowledge(&asks, Some(2), first), Err(BriefingError::NoSuchChoice));
    let wrong = seen.acknowledge(&asks, Some(0), first).expect("an answer");
    assert_eq!((wrong.acknowledged_at, wrong.correct, wrong.is_understood()), (Some(first), Some(false), false));
    assert_eq!(wrong.acknowledge(&asks, Some(1), later), Ok(wrong));
    assert_eq!(wrong.acknowledge(&asks, None, later), Ok(wrong));
    let right = seen.acknowledge(&asks, Some(1), first).expect("an answer");
    assert!(right.is_understood());

    let plain = published(None);
    let seen = Acknowledgement::seen(id, &plain, person(3), first).expect("a reader");
    assert_eq!(seen.acknowledge(&plain, Some(0), first), Err(BriefingError::NothingAsked));
    let read = seen.acknowledge(&plain, None, first).expect("nothing is asked");
    assert!(read.is_understood() && read.correct.is_none());
}

#[test]
fn a_briefing_about_a_mission_is_superseded_with_it_and_no_other_is() {
    let (old, new) = (MissionId::from_bits(1), MissionId::from_bits(2));
    let of = BriefingSubject::Mission(old);
    assert!(!of.is_superseded(Some(old)));
    assert!(of.is_superseded(Some(new)) && of.is_superseded(None));
    assert!(!BriefingSubject::Free.is_superseded(Some(new)));
    assert!(!BriefingSubject::Outcome(OutcomeId::from_bits(3)).is_superseded(None));
}
