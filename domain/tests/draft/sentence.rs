//! Sentences as organizations write them: one line for each thing that is read.

use remit_domain::draft::{DraftRule, draft};
use remit_domain::rule::rule;
use remit_domain::spelling::Spelled;

use crate::{calendar, lines, read};

/// Sentences and what is read from each on 15 January 2026.
fn check(cases: &[(&str, &[&str])]) {
    let wrong: Vec<_> = cases
        .iter()
        .filter(|(sentence, expected)| lines(&read(sentence)) != *expected)
        .map(|(sentence, expected)| {
            format!("{sentence}\n  read     {:?}\n  expected {expected:?}", lines(&read(sentence)))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn by_how_much_is_said_in_many_ways() {
    check(&[
        ("Increase revenue by 15%", &[r#"increase relative by 15 "revenue""#]),
        ("Increase revenue by fifteen per cent", &[r#"increase relative by 15 "revenue""#]),
        ("Cut costs by a quarter", &[r#"decrease relative by 25 "costs""#]),
        ("Cut costs by two-thirds", &[r#"decrease relative by 66.666667 "costs""#]),
        ("Cut costs in half", &[r#"decrease relative by 50 "costs""#]),
        ("Cut costs by at least half", &[r#"decrease relative by 50 "costs""#]),
        ("Cut costs by ½", &[r#"decrease relative by 50 "costs""#]),
        ("Halve the backlog by 50 per cent", &[r#"decrease relative by 50 "backlog""#]),
        ("Triple exports", &[r#"increase relative by 200 "exports""#]),
        ("Increase exports tenfold", &[r#"increase relative by 900 "exports""#]),
        ("Increase exports 3x", &[r#"increase relative by 200 "exports""#]),
        ("Raise NPS by 12 points", &[r#"increase points by 12 [points] "NPS""#]),
        ("Lower churn by 2.5 percentage points", &[r#"decrease points by 2.5 [%] "churn""#]),
        ("Lower churn by 150 basis points", &[r#"decrease points by 1.5 [%] "churn""#]),
        ("Increase headcount by 20", &[r#"increase points by 20 "headcount""#]),
        ("Cut travel spend by £2.5m", &[r#"decrease points by 2500000 [£] "travel spend""#]),
        ("Shorten onboarding by three days", &[r#"decrease points by 3 [days] "onboarding""#]),
        ("Grow revenue 20% by end of year", &["due 2026-12-31", r#"increase relative by 20 "revenue""#]),
        ("20% fewer complaints", &[r#"decrease relative by 20 "complaints""#]),
        ("Achieve 20% revenue growth", &[r#"increase relative by 20 "revenue""#]),
        ("Deliver a reduction of 10% in emissions", &[r#"decrease relative by 10 "emissions""#]),
        ("A 2-point increase in NPS", &[r#"increase points by 2 [points] "NPS""#]),
        ("Revenue grows by 15%", &[r#"increase relative by 15 "Revenue""#]),
        ("Reduce emissions to 40% below 1990 levels", &[r#"decrease relative by 40 "emissions""#]),
        ("Reduce emissions by 40% compared with 1990", &[r#"decrease relative by 40 "emissions""#]),
        ("Revenue up 20%", &[r#"increase relative by 20 "Revenue""#]),
        (
            "Cut the vacancy rate by half, from 12% to 6%",
            &[r#"decrease relative by 50 from 12 [%] "vacancy rate""#, "not read: 6%"],
        ),
        (
            "Reduce A&E waits over 4 hours by 25%",
            &[r#"decrease relative by 25 "A&E waits over 4 hours""#, "not read: 4 hours"],
        ),
        (
            "Reduce hospital readmissions within 30 days by 15%",
            &[r#"decrease relative by 15 "hospital readmissions within 30 days""#, "not read: 30 days"],
        ),
        ("Reduce cost per hire by £500", &[r#"decrease points by 500 [£] "cost per hire""#]),
        ("Cut 10% of costs", &[r#"decrease relative by 10 "costs""#]),
    ]);
}

#[test]
fn from_and_to_are_read_with_their_units() {
    check(&[
        (
            "Grow monthly active users from 10K to 50K",
            &[r#"increase absolute from 10000 to 50000 "monthly active users""#],
        ),
        ("Reduce cycle time from 45 to 30 days", &[r#"decrease absolute from 45 to 30 [days] "cycle time""#]),
        ("Move NPS from 30 to 45", &[r#"increase absolute from 30 to 45 "NPS""#]),
        ("Take churn from 5% to 3%", &[r#"decrease absolute from 5 to 3 [%] "churn""#]),
        (
            "Improve response time from 10 to 5 minutes",
            &[r#"decrease absolute from 10 to 5 [minutes] "response time""#],
        ),
        (
            "Reduce the time to hire from 60 days to 30 days",
            &[r#"decrease absolute from 60 to 30 [days] "time to hire""#],
        ),
        (
            "Raise the share of women from one in four to one in three",
            &[r#"increase absolute from 25 to 33.333333 [%] "share of women""#],
        ),
        ("Double revenue from £5m to £10m", &[r#"increase absolute from 5000000 to 10000000 [£] "revenue""#]),
        (
            "Reduce churn from 5% in 2025 to 3% by 2027",
            &["due 2027-12-31", r#"decrease absolute from 5 to 3 [%] "churn""#],
        ),
        (
            "Increase the recycling rate to 65% by 2035 (from 44% in 2024)",
            &["due 2035-12-31", r#"increase absolute from 44 to 65 [%] "recycling rate""#],
        ),
        ("Cut churn from 5% by 2 percentage points", &[r#"decrease points by 2 from 5 [%] "churn""#]),
        ("NPS from 30 to 45 by Q3", &["due 2026-09-30", r#"increase absolute from 30 to 45 "NPS""#]),
        ("Raise output to 5,000 units from 4,000", &[r#"increase absolute from 4000 to 5000 [units] "output""#]),
        ("Increase headcount to 10 000", &[r#"increase absolute to 10000 "headcount""#]),
        ("Reduce complaints to zero", &[r#"decrease absolute to 0 "complaints""#]),
        ("Reduce child poverty to one in ten", &[r#"decrease absolute to 10 [%] "child poverty""#]),
        ("Warm the hall from -5 to 18 degrees", &[r#"increase absolute from -5 to 18 [degrees] "Warm the hall""#]),
        (
            "Increase sales from 2,000 to 2,100 by 2027",
            &["due 2027-12-31", r#"increase absolute from 2000 to 2100 "sales""#],
        ),
    ]);
}

#[test]
fn bounds_are_kept_on_their_side() {
    check(&[
        ("Keep uptime at or above 99.9%", &[r#"maintain_above absolute >= 99.9 [%] "uptime""#]),
        ("Keep churn at 2%", &[r#"maintain_below absolute <= 2 [%] "churn""#]),
        ("Keep stock between 20 and 30 days", &[r#"maintain_range absolute >= 20 <= 30 [days] "stock""#]),
        ("Maintain 99.9% uptime", &[r#"maintain_above absolute >= 99.9 [%] "uptime""#]),
        ("Limit warming to 1.5 degrees", &[r#"maintain_below absolute <= 1.5 [degrees] "warming""#]),
        ("Reduce churn below 5%", &[r#"reach (decrease) absolute < 5 [%] "churn""#]),
        ("Increase retention to at least 90%", &[r#"reach (increase) absolute >= 90 [%] "retention""#]),
        ("Increase retention to 90% or more", &[r#"reach (increase) absolute >= 90 [%] "retention""#]),
        ("Achieve an NPS of 60", &[r#"reach absolute >= 60 "NPS""#]),
        ("Achieve churn of 2%", &[r#"reach absolute <= 2 [%] "churn""#]),
        (
            "Achieve zero accidents in 2026",
            &["start 2026-01-01 due 2026-12-31", r#"decrease absolute to 0 [accidents] "accidents""#],
        ),
        ("Ensure at least 90% of staff feel heard", &[r#"reach absolute >= 90 [%] "staff feel heard""#]),
        ("At least 90% of customers rate us well", &[r#"reach absolute >= 90 [%] "customers rate us""#]),
        ("Zero fatalities", &[r#"decrease absolute to 0 "fatalities""#]),
        ("A profit margin of 15%", &[r#"reach absolute >= 15 [%] "profit margin""#]),
        ("Save £3 million in procurement costs", &[r#"reach absolute >= 3000000 [£] "procurement costs""#]),
        ("Train 1,000 teachers in digital skills", &[r#"reach absolute >= 1000 [teachers] "teachers""#]),
        ("Reduce response time to under 2 hours", &[r#"reach (decrease) absolute < 2 [hours] "response time""#]),
        ("Limit cost growth to 2% a year", &[r#"maintain_below absolute <= 2 [% a year] "cost growth""#]),
        ("Hire 20 engineers", &[r#"reach absolute >= 20 [engineers] "engineers""#]),
        ("Raise £2m for the shelter", &[r#"reach absolute >= 2000000 [£]"#]),
        ("Ensure churn stays below 2%", &[r#"maintain_below absolute < 2 [%] "churn""#]),
    ]);
}

#[test]
fn several_clauses_give_several_measures() {
    check(&[
        (
            "Increase revenue by 15% and reduce churn to 3% by 2027",
            &["due 2027-12-31", r#"increase relative by 15 "revenue""#, r#"decrease absolute to 3 [%] "churn""#],
        ),
        (
            "Cut churn by 2 percentage points and costs by 10%",
            &[r#"decrease points by 2 [%] "churn""#, r#"decrease relative by 10 "costs""#],
        ),
        (
            "Reach 10,000 subscribers; keep complaints below 1%; halve the backlog.",
            &[
                r#"reach absolute >= 10000 [subscribers] "subscribers""#,
                r#"maintain_below absolute < 1 [%] "complaints""#,
                r#"decrease relative by 50 "backlog""#,
            ],
        ),
    ]);
}

#[test]
fn what_only_looks_like_a_target_is_left_alone() {
    check(&[
        ("Goal 17: partnerships", &["not read: 17"]),
        ("Implement ISO 9001", &[r#"milestones (reach) "ISO 9001""#, "not read: 9001"]),
        ("Reduce absence among people over 65", &[r#"monitor (decrease) "absence among people over 65""#]),
        ("Increase aid to 20 countries", &[r#"monitor (increase) "aid to 20 countries""#, "not read: 20 countries"]),
        ("Increase sales by 10 to 15%", &[r#"monitor (increase) "sales""#, "not read: 10 to 15%"]),
        (
            "Grow revenue by 10% a year by 2030",
            &["due 2030-12-31", r#"monitor (increase) "revenue""#, "not read: 10% a year"],
        ),
        ("Grow revenue from 1 to 2 million", &[r#"increase absolute to 2000000 "revenue""#, "not read: 1"]),
        ("Increase sales by 12,5%", &[r#"monitor (increase) "sales""#, "not read: 12,5%"]),
        ("Do not increase headcount by 20%", &["not read: 20%"]),
        ("We might increase prices by 5%", &["not read: 5%"]),
        (
            "Reduce the number of products that increase costs by 5%",
            &[r#"monitor (decrease) "number of products""#, "not read: 5%"],
        ),
        (
            "Answer 95% of calls within 2 minutes",
            &[r#"reach absolute >= 95 [%] "calls within 2 minutes""#, "not read: 2 minutes"],
        ),
        ("Become one of the best employers", &["not read: one"]),
        ("Double-digit growth", &[]),
        (
            "Grow revenue by 5% in 2026 and 10% in 2027",
            &["start 2026-01-01 due 2027-12-31", r#"monitor (increase) "revenue""#, "not read: 5%", "not read: 10%"],
        ),
        ("Expand to 3 new markets", &[r#"monitor (increase) "3 new markets""#, "not read: 3"]),
        ("Grow 20% year on year", &["not read: 20% year on year"]),
        ("Beat Q3 revenue by 5%", &["not read: 5%"]),
        ("Increase 2026 revenue by 10%", &[r#"increase relative by 10 "2026 revenue""#, "not read: 2026"]),
        (
            "Increase output by 99999999999999999999",
            &[r#"monitor (increase) "output""#, "not read: 99999999999999999999"],
        ),
    ]);
}

#[test]
fn a_due_date_is_read_in_many_ways() {
    let due = |sentence: &str, expected: &str| {
        let read = read(&format!("Increase revenue by 15% {sentence}"));
        assert_eq!(read.due_on.map_or("none".into(), |day| day.to_string()), expected, "{sentence}");
        assert_eq!(
            read.measures.first().and_then(|measure| measure.target.amount).map(|amount| amount.get()),
            Some(15.0)
        );
    };
    due("by 2030", "2030-12-31");
    due("before 2030", "2029-12-31");
    due("by the end of 2027", "2027-12-31");
    due("by end-2027", "2027-12-31");
    due("by mid-2027", "2027-06-30");
    due("by June 2026", "2026-06-30");
    due("by June", "2026-06-30");
    due("by the end of June", "2026-06-30");
    due("by 1 May 2026", "2026-05-01");
    due("by May 1st, 2026", "2026-05-01");
    due("by the 30th of June 2026", "2026-06-30");
    due("by 2026-03-31", "2026-03-31");
    due("by 31/03/2026", "2026-03-31");
    due("by 03/31/2026", "2026-03-31");
    due("by 04/03/2026", "none");
    due("by 31.03.2026", "2026-03-31");
    due("by 31 February 2026", "none");
    due("by Q3", "2026-09-30");
    due("by the third quarter of 2027", "2027-09-30");
    due("by Q1 2027", "2027-03-31");
    due("in H1", "2026-06-30");
    due("in FY26", "2026-12-31");
    due("by FY2027", "2027-12-31");
    due("within the year", "2026-12-31");
    due("this year", "2026-12-31");
    due("next quarter", "2026-06-30");
    due("by the end of next month", "2026-02-28");
    due("within six months", "2026-07-15");
    due("within a year", "2027-01-15");
    due("over the next 90 days", "2026-04-15");
    due("within the next two years", "2028-01-15");
    due("by year-end", "2026-12-31");
    due("by EOY", "2026-12-31");
    due("through 2028", "2028-12-31");
    due("no later than 30 June 2026", "2026-06-30");
    due("someday", "none");
    due("by 9999", "none");
    due("within 99999999999999999999 years", "none");
}

#[test]
fn the_organizations_year_decides_quarters_and_years_that_are_not_named() {
    let due = |sentence: &str, today: &str, starts: i8, expected: &str| {
        let read = draft(&format!("Increase revenue by 15% {sentence}"), &calendar(today, starts));
        let assumed = read.findings.iter().any(|finding| finding.rule == DraftRule::FiscalYearAssumed);
        let day = read.due_on.map_or("none".into(), |day| day.to_string());
        assert_eq!(
            format!("{day}{}", if assumed { "?" } else { "" }),
            expected,
            "{sentence} on {today}, from {starts}"
        );
    };
    due("within the year", "2026-01-15", 4, "2026-03-31?");
    due("within the fiscal year", "2026-01-15", 4, "2026-03-31");
    due("within the calendar year", "2026-01-15", 4, "2026-12-31");
    due("by Q3", "2026-01-15", 4, "2026-12-31?");
    due("by Q4", "2026-01-15", 4, "2026-03-31?");
    due("by Q3 FY2027", "2026-01-15", 4, "2026-12-31");
    due("by Q3 2026", "2026-01-15", 4, "2026-12-31?");
    due("by FY2026", "2026-01-15", 4, "2026-03-31");
    due("by 2026/27", "2026-01-15", 4, "2027-03-31");
    due("next quarter", "2026-01-15", 2, "2026-04-30?");
    due("by 2030", "2026-01-15", 4, "2030-12-31");
    due("by Q1", "2026-06-01", 1, "2027-03-31");
    due("by March", "2026-06-01", 1, "2027-03-31");
    due("within six months", "2025-08-31", 1, "2026-02-28");
}

#[test]
fn what_is_found_in_a_sentence_is_as_grave_as_in_an_outcome() {
    let shared: Vec<_> = DraftRule::ALL.iter().filter_map(|drafted| Some((drafted, rule(drafted.as_str())?))).collect();
    assert!(shared.len() >= 7, "{shared:?}");
    for (drafted, rule) in shared {
        assert_eq!(drafted.severity(), rule.severity, "{drafted}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let rules = |sentence: &str| -> Vec<String> {
        read(sentence).findings.iter().map(|finding| finding.rule.to_string()).collect()
    };
    assert_eq!(rules("Become a great place to work"), ["no_measure", "no_due_date"]);
    assert_eq!(rules("Launch the new onboarding programme by 1 May 2026"), ["activity_not_outcome"]);
    assert_eq!(rules("Improve staff morale by end of year"), ["no_target", "no_unit"]);
    assert_eq!(rules("Achieve a 15% increase in revenue within the year."), ["no_baseline", "no_unit"]);
    assert_eq!(rules("Increase customer satisfaction by 20%"), ["no_due_date", "no_baseline", "no_unit"]);
    assert_eq!(rules("Reduce cycle time from 45 to 30 days by 30 June 2026"), Vec::<String>::new());
    assert_eq!(rules("Reduce sales from 30 to 45 units by 2027"), ["direction_contradicted"]);
    assert_eq!(rules("By 2020, keep churn below 2%"), ["due_date_passed"]);
    assert_eq!(rules("By 2027 keep churn below 2%, and by 2028 keep costs below £2m"), ["several_due_dates"]);
}

#[test]
fn the_title_leaves_the_dates_out_and_the_category_follows_the_words() {
    let title = |sentence: &str| read(sentence).title;
    assert_eq!(title("Achieve a 15% increase in revenue within the year."), "Achieve a 15% increase in revenue");
    assert_eq!(title("By 2030, double the share of renewable energy"), "Double the share of renewable energy");
    assert_eq!(title("By 2030"), "By 2030");
    assert!(title(&"word ".repeat(100)).chars().count() <= 200);
    let category = |sentence: &str| read(sentence).category.map(|category| category.to_string());
    assert_eq!(category("Increase customer satisfaction by 20%").as_deref(), Some("customer_satisfaction"));
    assert_eq!(category("Achieve a 15% increase in revenue within the year.").as_deref(), Some("growth"));
    assert_eq!(category("Become a great place to work").as_deref(), Some("people"));
    assert_eq!(category("Keep unplanned downtime below 0.1%").as_deref(), Some("operations"));
    assert_eq!(category("Win the cup"), None);
}
