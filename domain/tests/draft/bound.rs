//! Whatever is sent: an answer, in time that grows with its length, whose numbers fit their kinds.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use remit_domain::draft::{DRAFT_FINDINGS_MAX, DRAFT_MEASURES_MAX, DRAFT_TITLE_MAX, DraftRule, draft};
use remit_domain::measure::MeasureKind;

use crate::{calendar, read};

/// Words that the grammar knows, and others: sentences of them reach further into it than letters at random.
const WORDS: &str = "increase reduce halve double achieve keep maintain launch end by from to of in at within the a an \
    and or , . ; - % £ $ 5 10 2030 1.5m 10,000 1/2 ½ -3 99999999999999999999 0.1 2026-03-31 31/03/2026 per cent points \
    half third quarter year years next this fiscal FY26 Q3 H2 June may 30th million hundred twenty one zero least than \
    below above between more less revenue churn users not that who with including tenfold 3x each annually";

fn sentences() -> impl Strategy<Value = String> {
    let words: Vec<&'static str> = WORDS.split_whitespace().collect();
    prop::collection::vec(prop::sample::select(words), 0..60).prop_map(|words| words.join(" "))
}

/// What holds of every draft.
fn check(statement: &str, today: &str, fiscal_year_starts: i8) {
    let read = draft(statement, &calendar(today, fiscal_year_starts));
    assert!(read.title.chars().count() <= DRAFT_TITLE_MAX);
    assert!(read.measures.len() <= DRAFT_MEASURES_MAX && read.findings.len() <= DRAFT_FINDINGS_MAX);
    assert!(read.start_on.zip(read.due_on).is_none_or(|(start, due)| start <= due), "{statement}");
    for (at, measure) in read.measures.iter().enumerate() {
        let fits = measure.kind == MeasureKind::Milestones || measure.target.check(measure.kind).is_ok();
        let says_so = read
            .findings
            .iter()
            .any(|finding| finding.rule == DraftRule::DirectionContradicted && finding.measure == Some(at));
        assert!(fits || says_so, "{statement}: {measure:?}");
        assert!(measure.name.as_ref().is_none_or(|name| name.chars().count() <= DRAFT_TITLE_MAX && !name.is_empty()));
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(statement in any::<String>()) {
        check(&statement, "2026-01-15", 1);
    }
    #[test]
    fn any_sentence_of_its_own_words_is_answered(statement in sentences(), starts in 1i8..=12) {
        check(&statement, "2026-01-15", starts);
    }
    #[test]
    fn any_day_will_do(statement in sentences(), today in "[0-9]{3}[1-9]-0[1-9]-[12][0-8]") {
        check(&statement, &today, 4);
    }
}

#[test]
fn the_days_at_the_edges_of_time_are_answered() {
    for today in ["0001-01-01", "9999-12-30"] {
        for statement in
            ["by next year", "within 900 years", "this week", "before Q1", "by December", "in FY00", "next half"]
        {
            check(statement, today, 7);
        }
    }
}

#[test]
fn other_scripts_and_signs_are_answered() {
    for statement in [
        "",
        " ",
        ".",
        "🚀🚀 increase 🚀 by 20% 🚀",
        "将收入提高20%",
        "زيادة الإيرادات بنسبة ٢٠٪",
        "Увеличить выручку на 20%",
        "((((5 (6 (7))))))",
        "1,2,3,4,5,6,7,8,9",
        "1.2.3.4.5.6",
        "\u{0}\u{1}\u{200f}\u{feff}",
        "e\u{301}\u{301}\u{301} by 5\u{301}%",
        "20%20%20%20%",
        "--5 - -5 ––5",
        "½½½ 2½ ⅔",
        "by by by to to to from from from",
    ] {
        check(statement, "2026-01-15", 1);
    }
    assert_eq!(read("Увеличить выручку на 20%").measures, []);
}

/// The least time of a few runs.
fn least(statement: &str) -> Duration {
    let calendar = calendar("2026-01-15", 4);
    let time = || {
        let begin = Instant::now();
        assert!(draft(statement, &calendar).measures.len() <= DRAFT_MEASURES_MAX);
        begin.elapsed()
    };
    (0..3).map(|_| time()).min().expect("a run")
}

#[test]
fn twice_the_text_takes_about_twice_the_time() {
    for unit in [
        "a",
        "1",
        " ",
        "-",
        "1,",
        "one-",
        "increase ",
        "by 5% ",
        "of ",
        "end of ",
        "increase revenue by 5% and ",
        "fully ",
        "that increase ",
        "the ",
        "per ",
        "to to ",
        "1 000 ",
        "at least ",
        "revenue ",
        ", ",
        "from 1 to 2, ",
        "by 2030 ",
        "é",
        "increase a. ",
        "within ",
        "hundred ",
        "one hundred and ",
        "may ",
        "reaches ",
        "not ",
        "(",
        "1/",
    ] {
        let short = least(&unit.repeat(8_000 / unit.len()));
        let long = least(&unit.repeat(64_000 / unit.len()));
        // Eight times the text in less than 24 times the time: a square would take 64.
        let limit = short.max(Duration::from_millis(1)) * 24;
        assert!(long < limit, "{unit:?}: {short:?}, then {long:?}");
    }
}
