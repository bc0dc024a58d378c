//! How the domain's refusals become problems: each with its code and, where there is one, its field.

use remit_domain::accountability::{AccountabilityError, HandoverError};
use remit_domain::alignment::AlignmentError;
use remit_domain::assignment::{AssignmentError, SeatsTaken};
use remit_domain::briefing::BriefingError;
use remit_domain::check_in::CheckInError;
use remit_domain::credential::ApiKeyError;
use remit_domain::entity::NoRule;
use remit_domain::measure::MeasureError;
use remit_domain::mission::MissionError;
use remit_domain::organization::{OrganizationError, ZoneChangeError};
use remit_domain::outcome::OutcomeError;
use remit_domain::period::PeriodError;
use remit_domain::person::PersonError;
use remit_domain::role::RoleError;

use super::{Kind, Problem};

impl From<NoRule> for Problem {
    fn from(never: NoRule) -> Self {
        match never {}
    }
}

impl From<OrganizationError> for Problem {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::FiscalMonth => {
                Self::field("/fiscal_year_starts", "out_of_range", "must be a month from 1 to 12")
            }
            OrganizationError::Thresholds => {
                Self::field("/at_risk", "out_of_range", "0 < at_risk < on_track ≤ 1 must hold")
            }
            OrganizationError::CheckInDays => Self::field("/check_in_days", "out_of_range", "must be 1 to 366 days"),
            OrganizationError::Mailing => {
                Self::field("/mail_hour", "out_of_range", "an hour is 0 to 23, and nudges are 0 to 50 a week")
            }
        }
    }
}

impl From<ZoneChangeError> for Problem {
    fn from(error: ZoneChangeError) -> Self {
        Self::new(
            Kind::Conflict,
            match error {
                ZoneChangeError::NotMidnight => "A time zone changes at a local midnight.",
                ZoneChangeError::NotComing => {
                    "A time zone changes from a coming day; those that have begun stay as they are."
                }
            },
        )
    }
}

impl From<MissionError> for Problem {
    fn from(error: MissionError) -> Self {
        match error {
            MissionError::TooManyValues => Self::field("/values", "too_many", "must have at most 20 entries"),
            MissionError::BeforePredecessor => {
                Self::new(Kind::Conflict, "It would begin before the mission that it replaces.")
            }
        }
    }
}

impl From<CheckInError> for Problem {
    fn from(error: CheckInError) -> Self {
        match error {
            CheckInError::EndsBeforeStart => Self::field("/to_on", "ends_before_start", "must not lie before from_on"),
            CheckInError::InTheFuture => Self::field("/to_on", "in_the_future", "must not lie in the future"),
            CheckInError::Confidence => Self::field("/confidence", "out_of_range", "must be 0 to 1"),
            CheckInError::NoStatus => Self::new(Kind::RuleBroken, "It does not say yet how the outcome stands.").at(
                "/reported_status",
                "required",
                "is needed before it is published",
            ),
            CheckInError::Published => Self::new(Kind::Published, "This check-in has been published."),
            CheckInError::Draft => Self::new(Kind::Transition, "This check-in has not been published."),
            CheckInError::Own => Self::new(Kind::OwnCheckIn, "Nobody reviews or acknowledges their own check-in."),
            CheckInError::NotReviewer => {
                Self::new(Kind::Forbidden, "A check-in is acknowledged by its reviewer alone.")
            }
        }
    }
}

impl From<BriefingError> for Problem {
    fn from(error: BriefingError) -> Self {
        match error {
            BriefingError::ChoiceCount => Self::field("/choices", "out_of_range", "must have 2 to 10 entries"),
            BriefingError::ChoiceTwice => Self::field("/choices", "choice_twice", "must name each choice once"),
            BriefingError::NoSuchChoice => Self::field("/answer", "out_of_range", "must be the position of a choice"),
            BriefingError::AudienceTooLarge => {
                Self::new(Kind::Invalid, "Each list of an audience has at most 1000 entries.")
            }
            BriefingError::Published => Self::new(Kind::Published, "This briefing has been published."),
            BriefingError::Draft => Self::new(Kind::Transition, "This briefing has not been published."),
            BriefingError::NoReaders => Self::new(Kind::NoReaders, "Its audience reaches nobody but its author."),
            BriefingError::DuePassed => Self::new(Kind::RuleBroken, "It would be due before it is published.").at(
                "/due_on",
                "in_the_past",
                "must not lie in the past when it is published",
            ),
            BriefingError::NotReader => {
                Self::new(Kind::Forbidden, "A briefing is acknowledged by those to whom it was published.")
            }
            BriefingError::AnswerMissing => {
                Self::field("/answer", "required", "is needed: the briefing asks a question")
            }
            BriefingError::NothingAsked => Self::field("/answer", "unexpected", "the briefing asks no question"),
        }
    }
}

impl From<PeriodError> for Problem {
    fn from(error: PeriodError) -> Self {
        match error {
            PeriodError::EndsBeforeStart => Self::field("/end_on", "ends_before_start", "must not lie before start_on"),
            PeriodError::OutsideParent => {
                Self::field("/parent_id", "outside_parent", "must contain the days of this period")
            }
        }
    }
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::LeftBeforeJoined => {
                Self::field("/left_on", "left_before_joined", "must not lie before joined_on")
            }
            PersonError::Erased => {
                Self::new(Kind::Conflict, "This person was erased; what was erased does not come back.")
            }
        }
    }
}

impl From<RoleError> for Problem {
    fn from(error: RoleError) -> Self {
        match error {
            RoleError::Seats => {
                Self::field("/seats_max", "out_of_range", "0 ≤ seats_min ≤ seats_max and 1 ≤ seats_max must hold")
            }
            RoleError::TooMany => Self::field("/accountabilities", "too_many", "must have at most 100 entries"),
            RoleError::SkillTwice => Self::field("/skills", "skill_twice", "must name each skill once"),
            RoleError::SkillWeight => Self::field("/skills", "out_of_range", "weights must be positive"),
        }
    }
}

impl From<AssignmentError> for Problem {
    fn from(error: AssignmentError) -> Self {
        match error {
            AssignmentError::Load => Self::field("/load", "out_of_range", "must be above 0 and at most 100 per cent"),
            AssignmentError::ReadinessWithoutSuccession => {
                Self::field("/readiness", "unexpected", "is for successors only")
            }
        }
    }
}

impl From<SeatsTaken> for Problem {
    fn from(SeatsTaken { span, seats_max }: SeatsTaken) -> Self {
        let seats = if seats_max == 1 { "one seat".to_owned() } else { format!("{seats_max} seats") };
        Self::new(Kind::SeatsTaken, format!("The role has {seats}, and more people would hold it in {span}."))
    }
}

impl From<AccountabilityError> for Problem {
    fn from(error: AccountabilityError) -> Self {
        match error {
            AccountabilityError::Gap { span } => {
                Self::new(Kind::AccountabilityGap, format!("Nobody would be accountable in {span}."))
            }
            AccountabilityError::Overlap { span } => {
                Self::new(Kind::AccountabilityOverlap, format!("More than one would be accountable in {span}."))
            }
            AccountabilityError::TooManySeats { role, seats_max } => Self::new(
                Kind::AccountabilityOverlap,
                format!("The role {role} has {seats_max} seats; a role that is accountable has one."),
            ),
            AccountabilityError::NoResponsible { span } => {
                Self::new(Kind::NoResponsible, format!("Nobody would be responsible in {span}."))
            }
            AccountabilityError::TwoParts { span, .. } => {
                Self::new(Kind::PartTwice, format!("The same role or person would have two parts in {span}."))
            }
        }
    }
}

impl From<HandoverError> for Problem {
    fn from(error: HandoverError) -> Self {
        match error {
            HandoverError::NobodyToRelieve => {
                Self::new(Kind::Conflict, "Nobody whom this describes has the part at that instant.")
            }
            HandoverError::SeveralToRelieve => {
                Self::field("/from", "required", "must say which of several is relieved")
            }
            HandoverError::SameSubject => Self::field("/to", "same_subject", "must be another than the one relieved"),
        }
    }
}

impl From<AlignmentError> for Problem {
    fn from(error: AlignmentError) -> Self {
        match error {
            AlignmentError::Weight => Self::field("/weight", "out_of_range", "must be 0 to 1000000"),
        }
    }
}

impl From<ApiKeyError> for Problem {
    fn from(error: ApiKeyError) -> Self {
        match error {
            ApiKeyError::NoScope => Self::field("/scopes", "too_few", "must name at least one scope"),
            ApiKeyError::TooMany => Self::field("/measures", "too_many", "must have at most 200 entries"),
        }
    }
}

impl From<OutcomeError> for Problem {
    fn from(error: OutcomeError) -> Self {
        match error {
            OutcomeError::DueBeforeStart => Self::field("/due_on", "due_before_start", "must not lie before start_on"),
            OutcomeError::Weight => Self::field("/weight", "out_of_range", "must be 0 to 1000000"),
            OutcomeError::TooManyTags => Self::field("/tags", "too_many", "must have at most 50 entries"),
            OutcomeError::TooManySkills => Self::field("/skills", "too_many", "must have at most 50 entries"),
            OutcomeError::SkillTwice => Self::field("/skills", "skill_twice", "must name each skill once"),
            OutcomeError::SkillWeight => Self::field("/skills", "out_of_range", "weights must be positive"),
            OutcomeError::OutsidePeriod => Self::field(
                "/due_on",
                "outside_period",
                "must lie in the period, unless start_on and due_on are both given",
            ),
            OutcomeError::Transition { from, to } => {
                Self::new(Kind::Transition, format!("An outcome that is {from} cannot become {to}."))
            }
            OutcomeError::CheckInDays => Self::field("/check_in_days", "out_of_range", "must be 1 to 366 days"),
            OutcomeError::CheckInGraceDays => {
                Self::field("/check_in_grace_days", "out_of_range", "must be 0 to 366 days")
            }
            OutcomeError::Score => Self::field("/score", "out_of_range", "must be 0 to 1"),
        }
    }
}

impl From<MeasureError> for Problem {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::BaselineIsTarget => {
                Self::field("/target", "baseline_is_target", "must differ from the baseline")
            }
            MeasureError::WrongDirection => {
                Self::field("/target", "wrong_direction", "must lie on the side of the baseline that the kind names")
            }
            MeasureError::LowNotBelowHigh => Self::field("/low", "low_not_below_high", "must be below high"),
            MeasureError::Missing(name) => Self::field(format!("/{name}"), "required", "is needed for this kind"),
            MeasureError::Unexpected(name) => {
                Self::field(format!("/{name}"), "unexpected", "has no meaning for this kind")
            }
            MeasureError::Weight => {
                Self::field("/weight", "out_of_range", "must be 0 to 1000000; a milestone's above 0")
            }
            MeasureError::Precision => Self::field("/precision", "out_of_range", "must be 0 to 6"),
            MeasureError::Days(name) => Self::field(format!("/{name}"), "out_of_range", "must be at most 3660 days"),
            MeasureError::TooMany(name) => Self::field(format!("/{name}"), "too_many", "has too many entries"),
            MeasureError::PlanOrder => Self::field("/plan", "not_ascending", "dates must ascend and occur once"),
            MeasureError::RelativeToNothing => {
                Self::field("/baseline", "relative_to_nothing", "a relative target needs a baseline other than zero")
            }
        }
    }
}
