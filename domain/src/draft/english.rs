//! English: which words mean what to the grammar. A word may stand in several rows.

use super::lexicon::{Act, Form, Language, Lexicon, Sense, Side, Table, Unit, Way};
use std::sync::LazyLock;

use crate::outcome::Category;

/// English.
pub(super) static ENGLISH: LazyLock<Language> = LazyLock::new(|| Language {
    lexicon: Lexicon::new(&[VERBS, WORDS, NUMBERS, TIMES]),
    powers: &[("k", 3), ("K", 3), ("M", 6), ("mn", 6), ("mio", 6), ("bn", 9), ("B", 9), ("tn", 12)],
    powers_of_money: &[("m", 6), ("b", 9)],
    points: &["pp", "ppt", "pps"],
    ordinals: &["st", "nd", "rd", "th"],
    each,
    categories: CATEGORIES,
});

fn each(unit: Unit) -> &'static str {
    match unit {
        Unit::Day => "a day",
        Unit::Week => "a week",
        Unit::Month => "a month",
        Unit::Quarter => "a quarter",
        Unit::Half => "a half-year",
        Unit::Year => "a year",
    }
}

use Act::{Abolish, Attain, Do, Halve, Hold, Improve, Limit, Lower, Move, Multiply, Other, Raise};
use Form::{Gerund, Plain, Third};
use Sense::Verb;

const VERBS: Table = &[
    (
        Verb(Raise, Plain),
        "increase, grow, raise, boost, lift, expand, accelerate, speed up, extend, scale up, step up, rise, \
         ramp up, broaden, add",
    ),
    (
        Verb(Raise, Gerund),
        "increasing, growing, raising, boosting, lifting, expanding, accelerating, extending, broadening, adding",
    ),
    (Verb(Raise, Third), "grows, increases, rises, expands"),
    (
        Verb(Lower, Plain),
        "reduce, decrease, cut, lower, decline, drop, shrink, slash, minimize, minimise, bring down, drive down, \
         lessen, shorten, curb, trim, fall, cut down, cut back, scale down",
    ),
    (
        Verb(Lower, Gerund),
        "reducing, decreasing, cutting, lowering, shrinking, minimizing, minimising, shortening, curbing, \
         trimming, bringing down, driving down",
    ),
    (Verb(Lower, Third), "falls, drops, decreases, declines, shrinks"),
    (Verb(Improve, Plain), "improve, enhance, strengthen, better, optimize, optimise"),
    (Verb(Improve, Gerund), "improving, enhancing, strengthening, bettering, optimizing, optimising"),
    (Verb(Improve, Third), "improves"),
    (Verb(Move, Plain), "move, bring, take, get, change, shift, push, turn, drive, go"),
    (Verb(Move, Gerund), "moving, bringing, taking, getting, shifting, pushing, driving, going"),
    (Verb(Move, Third), "moves, goes"),
    (Verb(Hold, Plain), "maintain, keep, sustain, hold, stay, remain, preserve, retain"),
    (Verb(Hold, Gerund), "maintaining, keeping, sustaining, holding, staying, remaining, preserving, retaining"),
    (Verb(Hold, Third), "stays, remains, keeps"),
    (Verb(Limit, Plain), "limit, cap, restrict, contain"),
    (Verb(Limit, Gerund), "limiting, capping, restricting, containing"),
    (
        Verb(Attain, Plain),
        "achieve, reach, attain, hit, deliver, secure, close, win, gain, generate, earn, score, conserve, \
         mobilize, mobilise, save, acquire, attract, recruit, hire, train, enrol, enroll, serve, cover, sell, \
         sign, sign up, exceed, surpass, realize, realise, see, obtain, plant, vaccinate, restore, invest, \
         raise funds of, meet, book, onboard",
    ),
    (
        Verb(Attain, Gerund),
        "achieving, reaching, attaining, hitting, delivering, securing, closing, winning, gaining, generating, \
         earning, mobilizing, mobilising, saving, acquiring, attracting, recruiting, hiring, training, covering, \
         selling, signing, restoring, conserving",
    ),
    (Verb(Attain, Third), "reaches, hits, achieves, exceeds, attains"),
    (Verb(Halve, Plain), "halve"),
    (Verb(Halve, Gerund), "halving"),
    (Verb(Halve, Third), "halves"),
    (Verb(Multiply(2), Plain), "double"),
    (Verb(Multiply(2), Gerund), "doubling"),
    (Verb(Multiply(2), Third), "doubles"),
    (Verb(Multiply(3), Plain), "triple, treble"),
    (Verb(Multiply(3), Gerund), "tripling, trebling"),
    (Verb(Multiply(3), Third), "triples, trebles"),
    (Verb(Multiply(4), Plain), "quadruple"),
    (Verb(Multiply(4), Gerund), "quadrupling"),
    (Verb(Abolish, Plain), "end, eliminate, eradicate, abolish, phase out"),
    (
        Verb(Do, Plain),
        "launch, implement, develop, build, create, introduce, establish, roll out, complete, publish, migrate, \
         deploy, release, install, organize, organise, run, adopt, undertake, devise, design, write, prepare, \
         operationalize, operationalise, open, upgrade, finish, hold workshops, set up, start, ship, integrate, conduct, \
         replace, redesign, rebuild, retrofit",
    ),
    (
        Verb(Other, Plain),
        "ensure, promote, provide, support, protect, encourage, facilitate, recognize, recognise, respect, \
         combat, address, assist, prevent, halt, stop, reverse, safeguard, regulate, prohibit, correct, value, \
         empower, enforce, rationalize, become, be, have, make, give, help, enable, allow, engage, foster, \
         manage, monitor, measure, review, focus, refrain, control, use, guarantee, strive, endeavour, embed, \
         simplify, refresh, understand, listen, work, reform, utilize, contribute, answer, resolve, respond, \
         advance, build on",
    ),
    (Verb(Other, Gerund), "providing, ensuring, promoting, supporting, encouraging, using, making"),
];

const WORDS: Table = &[
    (Sense::Change(Way::Up), "increase, growth, rise, improvement, gain, uplift, uptick, boost, jump, increases"),
    (
        Sense::Change(Way::Down),
        "decrease, reduction, cut, drop, fall, decline, saving, savings, shrinkage, reductions, cuts",
    ),
    (Sense::Compare(Way::Up), "more, higher, greater, faster, additional, extra"),
    (Sense::Compare(Way::Down), "fewer, less, lower"),
    (Sense::Trend(Way::Up), "up"),
    (Sense::Trend(Way::Down), "down"),
    (Sense::Fresh, "new, additional, more, further, extra, other"),
    (Sense::And, "and, as well as, while, plus, &, but, then"),
    (Sense::Or, "or"),
    (Sense::By, "by"),
    (Sense::From, "from"),
    (Sense::To, "to"),
    (Sense::Of, "of"),
    (Sense::In, "in"),
    (Sense::At, "at"),
    (Sense::For, "for"),
    (Sense::On, "on"),
    (Sense::Per, "per, for every"),
    (Sense::Between, "between"),
    (Sense::OutOf, "out of, in every"),
    (Sense::Article, "a, an, the, our, their, its, this, that, your"),
    (Sense::Quantifier, "all, any, no, these, each, every, both"),
    (
        Sense::Adverb,
        "substantially, significantly, progressively, jointly, fully, sustainably, effectively, further, also, \
         again, steadily, consistently, continuously, globally, overall, strongly, immediately, soon, finally, \
         together, well, successfully, currently, only, even, dramatically, greatly, at all times",
    ),
    (Sense::About, "about, around, roughly, approximately, circa, approx, some, another, an average of"),
    (Sense::Nearly, "nearly, almost, up to, close to, just under, just over, well over"),
    (
        Sense::Limit(Side::AtLeast),
        "at least, no less than, not less than, no fewer than, no lower than, not below, a minimum of, \
         minimum of, minimum, at or above, as high as, at least as high as",
    ),
    (
        Sense::Limit(Side::MoreThan),
        "above, over, more than, greater than, higher than, in excess of, exceeding, beyond",
    ),
    (
        Sense::Limit(Side::AtMost),
        "at most, no more than, not more than, no higher than, not above, a maximum of, maximum of, maximum, \
         max, at or below, as low as, at least as low as, not exceeding, no greater than, no longer than",
    ),
    (Sense::Limit(Side::LessThan), "below, under, less than, fewer than, lower than, shorter than, underneath"),
    (
        Sense::LimitAfter(Side::AtLeast),
        "or more, or above, or higher, or better, or over, and above, and over, at a minimum",
    ),
    (Sense::LimitAfter(Side::AtMost), "or less, or fewer, or below, or lower, or under, at a maximum"),
    (
        Sense::Aside,
        "with, without, who, that, which, whose, where, when, living, aged, earning, for, among, if, having, \
         against, within, costing, paying, worth, whenever, despite",
    ),
    (
        Sense::Tail,
        "including, in particular, especially, notably, through, according to, in order to, so that, \
         consistent with, based on, in accordance with, in line with, with a focus on, with a view to, \
         currently measured as, measured as, compared with, compared to, relative to, because, such as, \
         taking into account, recognizing that, with all countries, across, via, thereby, as well as by, paying special attention",
    ),
    (Sense::Not, "not, don't, do not, never, avoid, avoiding, without, prevent, preventing, cannot, can't"),
    (Sense::Hedge, "consider, could, might, may, encouraged to, perhaps, maybe, should consider, would"),
    (
        Sense::Aim,
        "aim, aims, aiming, goal, goal is, target, target is, objective, objective is, commit, plan, seek, \
         strive, endeavour, intend, want, need, pledge, is, are, measures, action, steps, mission is, \
         ambition is, have, continue, hope",
    ),
    (Sense::Will, "will, shall, must, we, they, should, let us, please, to successfully"),
    (Sense::Selector, "bottom, top, first, last, poorest, richest, remaining, other, upper, lower, lowest"),
    (
        Sense::Person,
        "children, child, adults, adult, people, persons, women, men, girls, boys, those, anyone, everyone, \
         patients, youth, drivers, workers, employees, pupils",
    ),
    (
        Sense::Giving,
        "access, aid, support, assistance, help, exports, services, service, cover, coverage, supply, \
         deliveries, delivery, commitments, response, responses, attention, grants, loans, funding, donations, \
         training, benefits, outreach, exposure, sales",
    ),
    (
        Sense::LessIsBetter,
        "churn, cost, costs, downtime, error, errors, defect, defects, bugs, deaths, mortality, emissions, \
         incidents, accidents, complaints, attrition, absence, absenteeism, sickness, time, times, latency, \
         waste, cycle, delay, delays, backlog, injuries, poverty, unemployment, inflation, debt, turnaround, \
         losses, loss, pollution, crime, failures, risk, vacancies, outages, rework, fraud",
    ),
    (
        Sense::MoreIsBetter,
        "satisfaction, nps, csat, uptime, availability, revenue, profit, margin, retention, quality, engagement, \
         morale, productivity, coverage, compliance, efficiency, conversion, sales, share, score, attendance, \
         accuracy, literacy, adoption, income, performance",
    ),
    (
        Sense::Counted,
        "users, customers, clients, people, employees, units, subscribers, members, visitors, visits, orders, \
         tickets, schools, homes, jobs, patients, students, staff, countries, cities, regions, sites, stores, \
         products, downloads, leads, deals, partners, suppliers, tonnes, tons, kilograms, kg, kilometres, \
         kilometers, km, miles, metres, meters, hectares, litres, liters, kwh, mwh, gwh, mw, gw, ms, \
         milliseconds, dollars, euros, pounds, usd, gbp, eur, deaths, accidents, incidents, complaints, defects, \
         errors, stars, trees, degrees, places, houses, volunteers, teachers, nurses, engineers, workers, \
         children, households, businesses, companies, calls, events, hires, vacancies, stations, beds, seats, \
         vehicles, bugs",
    ),
    (Sense::OfAge, "years of age, years old, year olds, years-old, year-olds, yrs"),
    (Sense::Levels, "level, levels, baseline, figures, values"),
    (Sense::Against, "compared with, compared to, relative to, versus, vs, against, on, than in, since"),
];

const NUMBERS: Table = &[
    (Sense::Cardinal(1), "one"),
    (Sense::Cardinal(2), "two"),
    (Sense::Cardinal(3), "three"),
    (Sense::Cardinal(4), "four"),
    (Sense::Cardinal(5), "five"),
    (Sense::Cardinal(6), "six"),
    (Sense::Cardinal(7), "seven"),
    (Sense::Cardinal(8), "eight"),
    (Sense::Cardinal(9), "nine"),
    (Sense::Cardinal(10), "ten"),
    (Sense::Cardinal(11), "eleven"),
    (Sense::Cardinal(12), "twelve"),
    (Sense::Cardinal(13), "thirteen"),
    (Sense::Cardinal(14), "fourteen"),
    (Sense::Cardinal(15), "fifteen"),
    (Sense::Cardinal(16), "sixteen"),
    (Sense::Cardinal(17), "seventeen"),
    (Sense::Cardinal(18), "eighteen"),
    (Sense::Cardinal(19), "nineteen"),
    (Sense::Cardinal(20), "twenty"),
    (Sense::Cardinal(30), "thirty"),
    (Sense::Cardinal(40), "forty"),
    (Sense::Cardinal(50), "fifty"),
    (Sense::Cardinal(60), "sixty"),
    (Sense::Cardinal(70), "seventy"),
    (Sense::Cardinal(80), "eighty"),
    (Sense::Cardinal(90), "ninety"),
    (Sense::Zero, "zero, nil"),
    (Sense::Dozen, "dozen"),
    (Sense::Scale(2), "hundred"),
    (Sense::Scale(3), "thousand, k"),
    (Sense::Scale(6), "million, mn, mio"),
    (Sense::Scale(9), "billion, bn"),
    (Sense::Scale(12), "trillion, tn, trn"),
    (Sense::Half, "half"),
    (Sense::Denominator(3), "third, thirds"),
    (Sense::Denominator(4), "quarter, quarters"),
    (Sense::Denominator(5), "fifth, fifths"),
    (Sense::Denominator(6), "sixth, sixths"),
    (Sense::Denominator(8), "eighth, eighths"),
    (Sense::Denominator(10), "tenth, tenths"),
    (Sense::Fraction(1, 2), "a half"),
    (Sense::Fraction(1, 3), "a third"),
    (Sense::Fraction(1, 4), "a quarter"),
    (Sense::Fraction(1, 5), "a fifth"),
    (Sense::Fraction(1, 10), "a tenth"),
    (Sense::Percent, "per cent, percent, pct, %"),
    (Sense::PercentPoints, "percentage points, percentage point, pp, ppt, ppts, pps, %-points, p.p"),
    (Sense::Points, "points, point, pts"),
    (Sense::BasisPoints, "basis points, basis point, bps, bp"),
    (Sense::Fold, "fold, times, times as many, times as much"),
    (Sense::TimesWord(2), "twofold, two-fold"),
    (Sense::TimesWord(3), "threefold, three-fold"),
    (Sense::TimesWord(4), "fourfold, four-fold"),
    (Sense::TimesWord(5), "fivefold, five-fold"),
    (Sense::TimesWord(10), "tenfold, ten-fold"),
    (
        Sense::Each(Unit::Year),
        "annually, per annum, a year, per year, each year, every year, yearly, p.a, year on year, \
         year over year, year-on-year, year-over-year, yoy",
    ),
    (Sense::Each(Unit::Quarter), "a quarter, per quarter, each quarter, every quarter, quarterly"),
    (Sense::Each(Unit::Month), "a month, per month, each month, every month, monthly"),
    (Sense::Each(Unit::Week), "a week, per week, each week, every week, weekly"),
    (Sense::Each(Unit::Day), "a day, per day, each day, every day, daily"),
];

const TIMES: Table = &[
    (Sense::Month(1), "january, jan"),
    (Sense::Month(2), "february, feb"),
    (Sense::Month(3), "march, mar"),
    (Sense::Month(4), "april, apr"),
    (Sense::Month(5), "may"),
    (Sense::Month(6), "june, jun"),
    (Sense::Month(7), "july, jul"),
    (Sense::Month(8), "august, aug"),
    (Sense::Month(9), "september, sept, sep"),
    (Sense::Month(10), "october, oct"),
    (Sense::Month(11), "november, nov"),
    (Sense::Month(12), "december, dec"),
    (Sense::Ordinal(1), "first"),
    (Sense::Ordinal(2), "second"),
    (Sense::Ordinal(3), "third"),
    (Sense::Ordinal(4), "fourth"),
    (Sense::PartOfYear(Unit::Quarter, 1), "q1"),
    (Sense::PartOfYear(Unit::Quarter, 2), "q2"),
    (Sense::PartOfYear(Unit::Quarter, 3), "q3"),
    (Sense::PartOfYear(Unit::Quarter, 4), "q4"),
    (Sense::PartOfYear(Unit::Half, 1), "h1"),
    (Sense::PartOfYear(Unit::Half, 2), "h2"),
    (Sense::Calendar(Unit::Day), "day, days"),
    (Sense::Calendar(Unit::Week), "week, weeks"),
    (Sense::Calendar(Unit::Month), "month, months"),
    (Sense::Calendar(Unit::Quarter), "quarter, quarters"),
    (Sense::Calendar(Unit::Half), "half"),
    (Sense::Calendar(Unit::Year), "year, years"),
    (Sense::ShortTime, "hour, hours, hrs, minute, minutes, mins, min, second, seconds, secs"),
    (Sense::Fiscal, "fiscal, financial, fy, tax"),
    (Sense::PlainCalendar, "calendar"),
    (Sense::This, "this, the current, current"),
    (Sense::Next, "next, coming, following"),
    (Sense::EndOf, "end, end of, close of"),
    (Sense::StartOf, "start of, beginning of"),
    (Sense::MiddleOf, "mid, middle of"),
    (Sense::EndOfThis(Unit::Year), "year end, year-end, eoy, end of year"),
    (Sense::EndOfThis(Unit::Quarter), "quarter end, quarter-end, eoq, end of quarter"),
    (Sense::EndOfThis(Unit::Month), "month end, month-end, eom, end of month"),
    (Sense::Until, "until, till, no later than, not later than, at the latest by, on or before, due, due by"),
    (Sense::Before, "before, prior to, ahead of"),
    (Sense::Within, "within"),
    (Sense::During, "during, throughout, in the course of"),
    (Sense::Over, "over, through"),
    (Sense::Since, "from, starting, beginning, as of, starting from, starting in, starting on"),
];

const CATEGORIES: &[(Category, &str)] = &[
    (
        Category::CustomerSatisfaction,
        "customer satisfaction, nps, csat, customer, customers, satisfaction, churn, complaints, net promoter, \
         loyalty",
    ),
    (
        Category::Growth,
        "revenue, sales, growth, users, subscribers, market share, new business, profit, exports, \
         bookings, leads, margin",
    ),
    (
        Category::People,
        "staff, employee, employees, morale, place to work, workforce, attrition, talent, \
         diversity in leadership, absenteeism, labour rights, wellbeing",
    ),
    (Category::Innovation, "innovation, research, patents, patent, prototype, prototypes, experiments, technology"),
    (
        Category::Sustainability,
        "emissions, carbon, climate, biodiversity, renewable, sustainable, sustainability, ecosystems, waste, \
         recycling, pollution, forests, energy efficiency, marine, water-use",
    ),
    (
        Category::Operations,
        "downtime, uptime, cycle, lead time, costs, efficiency, incidents, defects, productivity, process, \
         processes, onboarding, response time, availability, backlog",
    ),
];
