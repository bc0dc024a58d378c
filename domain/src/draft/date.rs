//! Dates: when it begins and when it is due, read by the organization's calendar.

use super::calendar::{Calendar, Stretch};
use super::lexicon::{Sense, Unit};
use super::sentence::{Sentence, Shape};
use crate::time::{Day, parse_day, plus_days};

/// What a phrase says about time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When {
    /// The first day, where one was said.
    pub(super) start: Option<Day>,
    /// The last day, where one was said.
    pub(super) due: Option<Day>,
    /// Whether the organization's fiscal year was taken where the phrase does not say which.
    pub(super) assumes_fiscal: bool,
    /// Whether the phrase can be read as more than one day, and so was not.
    pub(super) is_ambiguous: bool,
    /// Its first piece.
    pub(super) from: usize,
    /// The piece behind it.
    pub(super) to: usize,
}

/// The years that a number alone can mean.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;
/// The most units that "within six months" may name.
const AHEAD_MAX: u64 = 1_000;

/// What leads up to a date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// By it.
    By,
    /// Before it begins.
    Before,
    /// From its first day to its last.
    During,
    /// The same, in a word that often means something else.
    Loosely,
    /// From it on.
    Since,
    /// Nothing.
    Bare,
}

/// Days as a phrase names them.
#[derive(Clone, Copy)]
struct Named {
    days: Option<Stretch>,
    /// Whether it is a unit of the calendar, and not a single day.
    is_stretch: bool,
    assumes_fiscal: bool,
    to: usize,
}

impl Named {
    fn stretch(days: Option<Stretch>, to: usize) -> Self {
        Self { days, is_stretch: true, assumes_fiscal: false, to }
    }
    fn day(day: Option<Day>, to: usize) -> Self {
        Self { days: day.map(|day| Stretch { first: day, last: day }), is_stretch: false, assumes_fiscal: false, to }
    }
    fn last_day(self) -> Self {
        Self { days: self.days.map(|days| Stretch { first: days.last, ..days }), is_stretch: false, ..self }
    }
    fn first_day(self) -> Self {
        Self { days: self.days.map(|days| Stretch { last: days.first, ..days }), is_stretch: false, ..self }
    }
    fn fiscal(self, calendar: &Calendar) -> Self {
        Self { assumes_fiscal: calendar.is_fiscal(), ..self }
    }
}

/// The phrase about time that begins at a piece.
pub(super) fn when(sentence: &Sentence<'_>, calendar: &Calendar, from: usize) -> Option<When> {
    let reader = Reader { sentence, calendar };
    if let Some(ahead) = reader.ahead(from) {
        return Some(ahead);
    }
    let (lead, at) = reader.lead(from)?;
    let named = reader.named(at, lead)?;
    if lead == Lead::Since && sentence.has(named.to, Sense::To) {
        return reader.between(named, from);
    }
    let Named { days, is_stretch, assumes_fiscal, to } = named;
    let (start, due) = match (lead, days) {
        (_, None) => (None, None),
        (Lead::By, Some(days)) => (None, Some(days.last)),
        (Lead::Before, Some(days)) => (None, Some(plus_days(days.first, -1))),
        (Lead::During | Lead::Loosely | Lead::Bare, Some(days)) if is_stretch => (Some(days.first), Some(days.last)),
        (Lead::During | Lead::Loosely | Lead::Bare, Some(days)) => (None, Some(days.last)),
        (Lead::Since, Some(days)) => (Some(days.first), None),
    };
    Some(When { start, due, assumes_fiscal, is_ambiguous: days.is_none(), from, to })
}

struct Reader<'s, 't> {
    sentence: &'s Sentence<'t>,
    calendar: &'s Calendar,
}

impl Reader<'_, '_> {
    fn has(&self, at: usize, sense: Sense) -> bool {
        self.sentence.has(at, sense)
    }

    /// "within six months", "over the next 90 days", "within a year".
    fn ahead(&self, from: usize) -> Option<When> {
        let leads = [Sense::Within, Sense::In, Sense::Over, Sense::During, Sense::By];
        let mut at = from;
        if leads.iter().any(|lead| self.has(at, *lead)) {
            at += 1;
        }
        let has_lead = at > from;
        at += usize::from(has_lead && self.has(at, Sense::Article));
        let next = self.has(at, Sense::Next);
        at += usize::from(next);
        if !has_lead {
            return None;
        }
        let mut count = 1;
        if let Some(unit) = self.sentence.sense(at, Sense::each).filter(|_| self.has(from, Sense::Within)) {
            return self.ahead_by(unit, 1, from, at + 1);
        }
        // "within the next year" is a year from today; "in the next quarter" is the next one.
        let whole = next && !self.has(from, Sense::In) && self.sentence.sense(at, Sense::calendar).is_some();
        if let Some(said) = self.count(at) {
            count = said;
            at += 1;
        } else if !whole {
            return None;
        }
        at += usize::from(self.sentence.is_mark(at, &['-']));
        let unit = self.sentence.sense(at, Sense::calendar)?;
        let far = matches!(unit, Unit::Month | Unit::Quarter | Unit::Half | Unit::Year);
        // "Answer within 2 days" is a standard of service; "Within 90 days, …" is a date.
        let opens = from == 0 || self.sentence.is_mark(from - 1, &['.', ';', '\n']);
        let names_a_date = next || opens || (far && (self.has(from, Sense::Within) || self.has(from, Sense::In)));
        if !names_a_date || self.has(at + 1, Sense::OfAge) || self.has(at + 1, Sense::Of) {
            return None;
        }
        self.ahead_by(unit, count, from, at + 1)
    }
    fn ahead_by(&self, unit: Unit, count: u64, from: usize, to: usize) -> Option<When> {
        let due = i32::try_from(count.min(AHEAD_MAX + 1))
            .ok()
            .filter(|count| u64::from(count.unsigned_abs()) <= AHEAD_MAX)
            .and_then(|count| self.calendar.ahead(unit, count));
        Some(When { start: None, due, assumes_fiscal: false, is_ambiguous: due.is_none(), from, to })
    }
    /// "from 1 January to 30 June"; two numbers that only may be years are left alone.
    fn between(&self, first: Named, from: usize) -> Option<When> {
        let second = self.named(first.to + 1, Lead::By)?;
        if self.year_number(from + 1).is_some() || self.year_number(first.to + 1).is_some() {
            return None;
        }
        let days = first.days.zip(second.days).filter(|(first, second)| first.first <= second.last);
        Some(When {
            start: days.map(|(first, _)| first.first),
            due: days.map(|(_, second)| second.last),
            assumes_fiscal: first.assumes_fiscal || second.assumes_fiscal,
            is_ambiguous: days.is_none(),
            from,
            to: second.to,
        })
    }
    fn count(&self, at: usize) -> Option<u64> {
        let digits = self.sentence.number(at).filter(|piece| piece.suffix.is_empty());
        let digits = digits.and_then(|piece| piece.text.parse().ok());
        digits.or_else(|| self.sentence.sense(at, Sense::cardinal).map(u64::from))
    }

    fn lead(&self, at: usize) -> Option<(Lead, usize)> {
        let leads = [
            (Sense::By, Lead::By),
            (Sense::Until, Lead::By),
            (Sense::Before, Lead::Before),
            (Sense::Within, Lead::By),
            (Sense::During, Lead::During),
            (Sense::Since, Lead::Since),
            (Sense::In, Lead::Loosely),
            (Sense::For, Lead::Loosely),
            (Sense::Over, Lead::Loosely),
            (Sense::At, Lead::Loosely),
        ];
        if let Some((sense, lead)) = leads.iter().find(|(sense, _)| self.has(at, *sense)) {
            // "through 2030" and "throughout 2030" run to its end; "through" tells nothing of its beginning.
            let runs_to = *sense == Sense::Over && !self.has(at, Sense::Limit(super::lexicon::Side::MoreThan));
            return Some((if runs_to { Lead::By } else { *lead }, at + 1));
        }
        let bare = self.has(at, Sense::This)
            || self.has(at, Sense::Next)
            || self.has(at, Sense::EndOf)
            || self.sentence.sense(at, Sense::end_of_this).is_some();
        bare.then_some((Lead::Bare, at))
    }

    /// The days that are named at a piece.
    fn named(&self, from: usize, lead: Lead) -> Option<Named> {
        let article = self.has(from, Sense::Article) && !self.has(from, Sense::This);
        self.edge(from + usize::from(article)).or_else(|| self.plain(from, lead))
    }
    /// The same without an edge such as "the end of".
    fn plain(&self, from: usize, lead: Lead) -> Option<Named> {
        let article = self.has(from, Sense::Article) && !self.has(from, Sense::This);
        let at = from + usize::from(article);
        self.day(at)
            .or_else(|| self.month(at))
            .or_else(|| self.part(at))
            .or_else(|| self.fiscal_year(at))
            .or_else(|| self.relative(at, article))
            .or_else(|| self.year(at, lead))
    }

    /// "the end of June", "end 2026", "year-end", "mid-2026", "the start of Q3".
    fn edge(&self, at: usize) -> Option<Named> {
        if let Some(unit) = self.sentence.sense(at, Sense::end_of_this) {
            // "end of year 2026", "year-end 2026", "end of next year" say which.
            if let Some(year) = self.year_number(at + 1).filter(|_| unit == Unit::Year) {
                return Some(Named::stretch(self.calendar.year(year), at + 2).last_day());
            }
            let this = Named::stretch(self.calendar.unit(unit, 0, true), at + 1);
            let this = if unit == Unit::Month { this } else { this.fiscal(self.calendar) };
            return Some(this.last_day());
        }
        if let Some(year) = self.joined_year(at, Sense::MiddleOf).or_else(|| {
            let mid = self.has(at, Sense::MiddleOf);
            self.year_number(at + 1).filter(|_| mid)
        }) {
            let to =
                if self.sentence.number(at + 1).is_some() && self.has(at, Sense::MiddleOf) { at + 2 } else { at + 1 };
            return Some(Named::day(Day::new(year, 6, 30).ok(), to));
        }
        if let Some(year) = self.joined_year(at, Sense::EndOf) {
            return Some(Named::stretch(self.calendar.year(year), at + 1).last_day());
        }
        let of = |at: usize| at + usize::from(self.has(at, Sense::Of));
        if self.has(at, Sense::EndOf) {
            return self.plain(of(at + 1), Lead::By).map(Named::last_day);
        }
        if self.has(at, Sense::StartOf) {
            return self.plain(of(at + 1), Lead::By).map(Named::first_day);
        }
        None
    }
    /// The year of "mid-2026", which is one word.
    fn joined_year(&self, at: usize, before: Sense) -> Option<i16> {
        let piece = self.sentence.pieces.get(at).filter(|piece| piece.shape == Shape::Word)?;
        let (word, year) = piece.text.split_once('-')?;
        let says_so = self.sentence.language.lexicon.senses(word).is_some_and(|senses| senses.contains(&before));
        year.parse().ok().filter(|year| says_so && YEARS.contains(year))
    }

    /// A day in digits or with the name of its month.
    fn day(&self, at: usize) -> Option<Named> {
        let number = self.sentence.number(at);
        if let Some(number) = number.filter(|number| number.suffix.is_empty()) {
            if let Some(day) = parse_day(&number.text) {
                return Some(Named::day(Some(day), at + 1));
            }
            for separator in ['/', '.'] {
                let parts: Vec<&str> = number.text.split(separator).take(4).collect();
                if let [day, month, year] = parts[..] {
                    return Some(Named::day(numeric_day(day, month, year), at + 1));
                }
            }
        }
        // 30 June 2026, the 30th of June
        if let Some(day) = number.and_then(|_| self.day_of_month(at)) {
            let of = at + 1 + usize::from(self.has(at + 1, Sense::Of));
            if let Some(month) = self.month_name(of) {
                return Some(self.full_day(day, month, of + 1));
            }
        }
        // June 30, 2026
        let month = self.month_name(at)?;
        let day = self.day_of_month(at + 1)?;
        let comma = usize::from(self.sentence.is_mark(at + 2, &[',']) && self.year_number(at + 3).is_some());
        Some(self.full_day(day, month, at + 2 + comma))
    }
    fn full_day(&self, day: i8, month: i8, at: usize) -> Named {
        match self.year_number(at) {
            Some(year) => Named::day(Day::new(year, month, day).ok(), at + 1),
            None => Named::day(self.calendar.coming_day(month, day), at),
        }
    }
    fn day_of_month(&self, at: usize) -> Option<i8> {
        let number = self.sentence.number(at)?;
        let plain = number.suffix.is_empty() || self.sentence.language.ordinals.contains(&number.suffix);
        number.text.parse().ok().filter(|day| plain && (1..=31).contains(day))
    }
    /// "March" is a month; "march" and "may" are words before anything but a year or a day.
    fn month_name(&self, at: usize) -> Option<i8> {
        self.sentence.sense(at, Sense::month)
    }

    /// December 2026; the next December.
    fn month(&self, at: usize) -> Option<Named> {
        let month = self.month_name(at)?;
        if let Some(year) = self.year_number(at + 1) {
            return Some(Named::stretch(self.calendar.month(year, month), at + 2));
        }
        Some(Named::stretch(self.calendar.coming_month(month), at + 1))
    }

    /// Q3, Q3 2026, the third quarter of 2026, H1 FY26.
    fn part(&self, at: usize) -> Option<Named> {
        let (unit, number, behind) = self.part_name(at)?;
        let of = behind + usize::from(self.has(behind, Sense::Of));
        let of = of + usize::from(self.has(of, Sense::Article));
        if let Some((year, to)) = self.fiscal_year_name(of) {
            return Some(Named::stretch(self.calendar.part_of_fiscal_year(year, unit, number), to));
        }
        if let Some(year) = self.year_number(of) {
            return Some(
                Named::stretch(self.calendar.part_ending_in(year, unit, number), of + 1).fiscal(self.calendar),
            );
        }
        let year_behind = self.sentence.sense(of + 1, Sense::calendar) == Some(Unit::Year);
        if year_behind && self.has(of, Sense::Next) {
            let year = self.calendar.unit(Unit::Year, 1, true).map(|year| year.last.year());
            let days = year.and_then(|year| self.calendar.part_of_fiscal_year(year, unit, number));
            return Some(Named::stretch(days, of + 2).fiscal(self.calendar));
        }
        Some(Named::stretch(self.calendar.coming_part(unit, number), behind).fiscal(self.calendar))
    }
    fn part_name(&self, at: usize) -> Option<(Unit, i32, usize)> {
        if let Some((unit, number)) = self.sentence.sense(at, Sense::part_of_year) {
            return Some((unit, i32::from(number), at + 1));
        }
        let number = self.sentence.sense(at, Sense::ordinal)?;
        let units = [Unit::Quarter, Unit::Half];
        let unit = units.into_iter().find(|unit| self.has(at + 1, Sense::Calendar(*unit)))?;
        let most = if unit == Unit::Quarter { 4 } else { 2 };
        (number <= most).then_some((unit, i32::from(number), at + 2))
    }

    fn fiscal_year(&self, at: usize) -> Option<Named> {
        let (year, to) = self.fiscal_year_name(at)?;
        Some(Named::stretch(self.calendar.fiscal_year(year), to))
    }
    /// FY2026, FY 26, FY2025/26, fiscal year 2026, 2025/26: by the year in which it ends.
    fn fiscal_year_name(&self, at: usize) -> Option<(i16, usize)> {
        let piece = self.sentence.pieces.get(at)?;
        if let Some(digits) = piece.text.strip_prefix("fy").filter(|_| piece.shape == Shape::Word)
            && let Some(year) = short_year(digits)
        {
            // FY2025/26 goes on behind the word.
            let second =
                self.sentence.is_mark(at + 1, &['/', '-', '–']).then(|| self.second_year(year, at + 2)).flatten();
            return Some(second.map_or((year, at + 1), |second| (second, at + 3)));
        }
        if self.has(at, Sense::Fiscal) {
            let to = at + 1 + usize::from(self.sentence.sense(at + 1, Sense::calendar) == Some(Unit::Year));
            let piece = self.sentence.number(to)?;
            return two_years(&piece.text).or_else(|| short_year(&piece.text)).map(|year| (year, to + 1));
        }
        let piece = self.sentence.number(at).filter(|piece| piece.suffix.is_empty())?;
        if let Some(year) = two_years(&piece.text) {
            return Some((year, at + 1));
        }
        let joined = self.sentence.is_mark(at + 1, &['-', '–']) && self.sentence.pieces.get(at + 2)?.glued;
        let first = piece.text.parse().ok().filter(|year| YEARS.contains(year) && joined)?;
        self.second_year(first, at + 2).map(|year| (year, at + 3))
    }
    /// The 26 of 2025/26.
    fn second_year(&self, first: i16, at: usize) -> Option<i16> {
        let piece = self.sentence.number(at).filter(|piece| piece.suffix.is_empty() && piece.text.len() == 2)?;
        piece.text.parse().ok().filter(|last: &i16| (first + 1) % 100 == *last).map(|_| first + 1)
    }

    /// This year, next quarter, the fiscal year.
    fn relative(&self, from: usize, article: bool) -> Option<Named> {
        let this = self.has(from, Sense::This);
        let next = self.has(from, Sense::Next);
        let mut at = from + usize::from(this || next);
        if !(this || next || article) {
            return None;
        }
        let fiscal = self.has(at, Sense::Fiscal);
        let plain = self.has(at, Sense::PlainCalendar);
        at += usize::from(fiscal || plain);
        let unit = self.sentence.sense(at, Sense::calendar)?;
        // "the year 2030" says which; "the day" says nothing.
        if let Some(year) = self.year_number(at + 1).filter(|_| unit == Unit::Year && !fiscal) {
            return Some(Named::stretch(self.calendar.year(year), at + 2));
        }
        if !(this || next) && matches!(unit, Unit::Day | Unit::Week | Unit::Half) {
            return None;
        }
        let days = self.calendar.unit(unit, i32::from(next), !plain);
        let named = Named::stretch(days, at + 1);
        let is_said = fiscal || plain || matches!(unit, Unit::Day | Unit::Week | Unit::Month);
        Some(if is_said { named } else { named.fiscal(self.calendar) })
    }

    /// 2030, unless it counts something.
    fn year(&self, from: usize, lead: Lead) -> Option<Named> {
        let at = from + usize::from(self.sentence.sense(from, Sense::calendar) == Some(Unit::Year));
        let year = self.year_number(at)?;
        let to = at + 1;
        let counts =
            [Sense::Counted, Sense::Percent, Sense::Points, Sense::PercentPoints, Sense::Person, Sense::ShortTime]
                .iter()
                .any(|sense| self.has(to, *sense))
                || self.sentence.sense(to, Sense::calendar).is_some()
                || self.sentence.sense(to, Sense::scale).is_some()
                || self.sentence.sense(to, Sense::each).is_some()
                || self.has(to, Sense::Per);
        // "in 2000 villages" counts too.
        let is_name = |at: usize| {
            self.sentence.pieces.get(at).is_some_and(|piece| piece.shape == Shape::Word && piece.senses.is_empty())
        };
        let is_loose = match lead {
            Lead::Loosely | Lead::Since | Lead::Bare => true,
            Lead::By | Lead::Before | Lead::During => false,
        };
        let compares = self.has(to, Sense::Levels);
        let says_more = counts || compares || (is_loose && is_name(to));
        (!says_more).then(|| Named::stretch(self.calendar.year(year), to))
    }
    fn year_number(&self, at: usize) -> Option<i16> {
        let piece = self.sentence.number(at).filter(|piece| piece.suffix.is_empty() && piece.text.len() == 4)?;
        piece.text.parse().ok().filter(|year| YEARS.contains(year))
    }
}

/// 2026, or 26.
fn short_year(digits: &str) -> Option<i16> {
    let year: i16 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(2000 + year),
        4 => Some(year).filter(|year| YEARS.contains(year)),
        _other => None,
    }
}

/// 2025/26, 25/26.
fn two_years(text: &str) -> Option<i16> {
    let (first, last) = text.split_once('/')?;
    let first = short_year(first)?;
    let last: i16 = Some(last).filter(|last| last.len() == 2)?.parse().ok()?;
    ((first + 1) % 100 == last).then_some(first + 1)
}

/// 31/03/2026: by the day that it can only be; nothing, where it can be two.
fn numeric_day(first: &str, second: &str, year: &str) -> Option<Day> {
    let year = short_year(year)?;
    let (first, second): (i8, i8) = (first.parse().ok()?, second.parse().ok()?);
    let days = [(second, first), (first, second)].map(|(month, day)| Day::new(year, month, day).ok());
    match days {
        [Some(one), Some(other)] => (one == other).then_some(one),
        [one, other] => one.or(other),
    }
}
