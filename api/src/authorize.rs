//! Who may change what: the rules about outcomes, for those whose scope allows it in principle.

use std::collections::BTreeSet;

use remit_domain::accountability::stand_for;
use remit_domain::briefing::{Audience, Briefing, parts_in, people_of_team};
use remit_domain::credential::Scope;
use remit_domain::entity::Kept;
use remit_domain::measure::Measure;
use remit_domain::outcome::{Outcome, OutcomeState};
use remit_domain::person::PersonId;
use remit_domain::picture::Picture;
use remit_domain::responsibility::{Object, Part};
use remit_domain::team::{MembershipPart, TeamId};
use remit_domain::time::Instant;
use remit_persistence::{ReadTx, When};

use crate::auth::Caller;
use crate::problem::{Kind, Problem};
use crate::resource::reference;
use crate::state::{Remit, now};

/// Whether a credential reaches what a team carries; `None` stands for what no team carries.
///
/// # Errors
/// 403 when it is narrowed to other teams, or to measures alone.
pub fn within_narrowing(caller: &Caller, team: Option<TeamId>) -> Result<(), Problem> {
    if caller.teams.is_empty() && caller.measures.is_empty() {
        return Ok(());
    }
    if team.is_some_and(|team| caller.teams.contains(&team)) {
        return Ok(());
    }
    let detail = if caller.teams.is_empty() {
        "This credential is narrowed to some measures."
    } else {
        "This credential is narrowed to other teams."
    };
    Err(Problem::new(Kind::Forbidden, detail))
}

/// Whether a caller may create such an outcome: everyone with the scope may, inside the credential's narrowing.
///
/// # Errors
/// 403 that names the rule.
pub fn may_create_outcome(caller: &Caller, outcome: &Outcome) -> Result<(), Problem> {
    within_narrowing(caller, outcome.team)
}

/// Whether a caller may change an outcome: its owner, who is accountable or responsible for it, a lead of its team, an
/// admin, or a credential without a person; each inside the credential's narrowing.
///
/// # Errors
/// 403 that names the rule.
pub fn may_change_outcome(tx: &mut ReadTx<'_>, caller: &Caller, outcome: &Kept<Outcome>) -> Result<(), Problem> {
    within_narrowing(caller, outcome.team)?;
    let Some(person) = bound(caller) else { return Ok(()) };
    if outcome.owner == Some(person)
        || leads_team_of(tx, person, outcome)?
        || has_part(tx, person, outcome, &[Part::Accountable, Part::Responsible], When::Present)?
    {
        return Ok(());
    }
    let detail =
        "An outcome is changed by its owner, by who is accountable or responsible for it, and by a lead of its team.";
    Err(Problem::new(Kind::Forbidden, detail))
}

/// Whether a caller may activate, close or hand over an outcome: who is accountable, a lead of its team, an admin, or a
/// credential without a person; each inside the credential's narrowing.
///
/// # Errors
/// 403 that names the rule.
pub fn may_decide_outcome(tx: &mut ReadTx<'_>, caller: &Caller, outcome: &Kept<Outcome>) -> Result<(), Problem> {
    may_decide_outcome_by(tx, caller, outcome, When::Present)
}

/// The same, by the parts that people had in a state: what a write gives to whom does not count in that write.
///
/// # Errors
/// 403 that names the rule.
pub fn may_decide_outcome_by(
    tx: &mut ReadTx<'_>,
    caller: &Caller,
    outcome: &Kept<Outcome>,
    when: When,
) -> Result<(), Problem> {
    within_narrowing(caller, outcome.team)?;
    let Some(person) = bound(caller) else { return Ok(()) };
    if leads_team_of(tx, person, outcome)? || has_part(tx, person, outcome, &[Part::Accountable], when)? {
        return Ok(());
    }
    let detail =
        "An outcome is activated, closed and handed over by who is accountable for it and by a lead of its team.";
    Err(Problem::new(Kind::Forbidden, detail))
}

/// Whether a caller may change a measure: as its outcome, save that a credential may be narrowed to this measure.
///
/// # Errors
/// 403 that names the rule.
pub fn may_change_measure(
    tx: &mut ReadTx<'_>,
    caller: &Caller,
    measure: &Kept<Measure>,
    outcome: &Kept<Outcome>,
) -> Result<(), Problem> {
    if caller.measures.is_empty() {
        return may_change_outcome(tx, caller, outcome);
    }
    if !caller.measures.contains(&measure.id) {
        return Err(Problem::new(Kind::Forbidden, "This credential is narrowed to other measures."));
    }
    let open = Caller { measures: Vec::new(), ..caller.clone() };
    may_change_outcome(tx, &open, outcome)
}

/// Whether a credential reaches an audience: one that is narrowed to teams addresses these teams alone.
///
/// # Errors
/// 403 when it is narrowed to others.
pub fn within_audience(caller: &Caller, audience: &Audience) -> Result<(), Problem> {
    let Audience { everyone, teams, roles, outcomes, people } = audience;
    if !everyone && roles.is_empty() && outcomes.is_empty() && people.is_empty() && !teams.is_empty() {
        return teams.iter().try_for_each(|team| within_narrowing(caller, Some(*team)));
    }
    within_narrowing(caller, None)
}

/// Whether a caller may publish a briefing to its readers: to those in teams that the caller leads, to those who report
/// to the caller, and to those who have a part in an active outcome that the caller may change; an admin, and a credential
/// without a person, to everyone.
///
/// # Errors
/// 403 that names the rule and how many are out of reach.
pub fn may_brief(tx: &mut ReadTx<'_>, caller: &Caller, picture: &Picture, briefing: &Briefing) -> Result<(), Problem> {
    let Some(person) = bound(caller) else { return Ok(()) };
    let led = picture.memberships_of_person(person);
    let led = led.filter(|one| one.part == MembershipPart::Lead && one.during.contains(picture.at()));
    let mut reached: BTreeSet<PersonId> = led.flat_map(|one| people_of_team(picture, one.team)).collect();
    let reports = picture.parts().people.iter().filter(|one| one.manager == Some(person));
    reached.extend(reports.map(|one| one.id));
    for id in &briefing.audience.outcomes {
        let Some(outcome) = picture.outcome(*id) else { continue };
        // In a draft of one's own anyone can be given a part.
        if outcome.state == OutcomeState::Active && may_change_outcome(tx, caller, outcome).is_ok() {
            reached.extend(parts_in(picture, *id));
        }
    }
    match briefing.readers.iter().filter(|reader| !reached.contains(reader)).count() {
        0 => Ok(()),
        count => {
            let detail = format!(
                "A briefing is published to those whom one leads: in a team, as their manager, or by an outcome that \
                 one may change. {count} of its {} readers are not among them.",
                briefing.readers.len()
            );
            Err(Problem::new(Kind::Forbidden, detail))
        }
    }
}

/// For whom something is acknowledged: the person of the credential, or the one whom a credential of no one names.
///
/// # Errors
/// 403 for another than oneself, 422 where nobody is named.
pub fn for_whom(tx: &mut ReadTx<'_>, caller: &Caller, named: Option<PersonId>) -> Result<PersonId, Problem> {
    match (caller.person, named) {
        (Some(person), None) => Ok(person),
        (Some(person), Some(named)) if person == named => Ok(person),
        (Some(_), Some(_)) => Err(Problem::new(Kind::Forbidden, "Nobody acknowledges for another.")),
        (None, Some(named)) => {
            caller.require(Scope::PeopleWrite)?;
            Ok(reference(tx, named, "/person_id")?.id)
        }
        (None, None) => Err(Problem::field(
            "/person_id",
            "required",
            "says who acknowledges, since the credential speaks for no one",
        )),
    }
}

/// Whether a caller may see what a person owes: with `people:read`, of oneself, and of those in a team that one leads.
///
/// # Errors
/// 403 that names the rule.
pub async fn may_see_duties(remit: &Remit, caller: &Caller, person: PersonId) -> Result<(), Problem> {
    if caller.scopes.allow(Scope::PeopleRead) || caller.person == Some(person) {
        return Ok(());
    }
    let leads = match caller.person {
        Some(lead) => remit.store.read(caller.organization, move |tx| leads_person(tx, lead, person)).await?,
        None => false,
    };
    let detail = "What someone owes is seen by them, by who leads their team, and with the scope people:read.";
    leads.then_some(()).ok_or_else(|| Problem::new(Kind::Forbidden, detail))
}

/// Whether someone leads a team that another is in, or one to which that team belongs.
fn leads_person(tx: &mut ReadTx<'_>, lead: PersonId, person: PersonId) -> Result<bool, Problem> {
    let at = now();
    let led = tx.memberships_of_person(lead, When::Present)?;
    let led = led.iter().filter(|one| one.part == MembershipPart::Lead && one.during.contains(at));
    let led: BTreeSet<TeamId> = led.map(|one| one.team).collect();
    if led.is_empty() {
        return Ok(false);
    }
    let joined = tx.memberships_of_person(person, When::Present)?;
    let mut open: Vec<TeamId> = joined.iter().filter(|one| one.during.contains(at)).map(|one| one.team).collect();
    let mut seen = BTreeSet::new();
    while let Some(team) = open.pop() {
        if led.contains(&team) {
            return Ok(true);
        }
        if seen.insert(team) {
            open.extend(tx.find(team, When::Present)?.and_then(|team| team.parent));
        }
    }
    Ok(false)
}

/// The person on whose own standing it depends: none for an admin, and none where a credential speaks for no one.
fn bound(caller: &Caller) -> Option<PersonId> {
    caller.person.filter(|_| !caller.scopes.allow(Scope::Admin))
}

fn leads_team_of(tx: &mut ReadTx<'_>, person: PersonId, outcome: &Outcome) -> Result<bool, Problem> {
    outcome.team.map_or(Ok(false), |team| leads_team(tx, person, team))
}

/// Whether a person leads a team now.
///
/// # Errors
/// What the store says.
pub fn leads_team(tx: &mut ReadTx<'_>, person: PersonId, team: TeamId) -> Result<bool, Problem> {
    let at = now();
    let memberships = tx.memberships_of_person(person, When::Present)?;
    Ok(memberships.iter().any(|one| one.team == team && one.part == MembershipPart::Lead && one.during.contains(at)))
}

fn has_part(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    outcome: &Kept<Outcome>,
    parts: &[Part],
    when: When,
) -> Result<bool, Problem> {
    let object = Object::Outcome(outcome.id);
    let at = instant_that_matters(tx, outcome)?;
    let picture = tx.who_stands_for(object, at, when)?;
    let in_force =
        picture.responsibilities_of(object).filter(|one| parts.contains(&one.part) && one.during.contains(at));
    Ok(in_force.map(|one| one.subject).any(|subject| stand_for(&picture, subject, at).contains(&person)))
}

/// Now, or the first day of what has not begun: its responsibilities may begin with it.
fn instant_that_matters(tx: &mut ReadTx<'_>, outcome: &Outcome) -> Result<Instant, Problem> {
    let at = now();
    match outcome.state {
        OutcomeState::Active | OutcomeState::Closed | OutcomeState::Cancelled => Ok(at),
        OutcomeState::Draft | OutcomeState::Proposed => {
            let organization = tx.organization(When::Present)?;
            let period = outcome.period.map(|period| tx.find(period, When::Present)).transpose()?.flatten();
            let first = outcome.start(period.as_ref().map(|period| &*period.value));
            Ok(first.map_or(at, |day| organization.zone_at(at).start_of(day).max(at)))
        }
    }
}

#[cfg(test)]
mod tests {
    use remit_domain::entity::Actor;
    use remit_domain::id::Id;

    use super::*;
    use crate::auth::Scopes;

    fn caller(measures: &[u128], teams: &[u128]) -> Caller {
        Caller {
            organization: Id::from_bits(1),
            credential: "key_1".into(),
            actor: Actor::new("a script"),
            person: None,
            scopes: Scopes::of([Scope::OutcomesWrite]),
            measures: measures.iter().map(|bits| Id::from_bits(*bits)).collect(),
            teams: teams.iter().map(|bits| Id::from_bits(*bits)).collect(),
            expires_at: None,
        }
    }

    #[test]
    fn a_narrowed_credential_reaches_only_what_its_teams_carry() {
        let team = |bits| Some(Id::from_bits(bits));
        let none: &[u128] = &[];
        let cases = [
            (none, none, None, true),
            (none, none, team(1), true),
            (none, &[1, 2], team(2), true),
            (none, &[1, 2], team(3), false),
            (none, &[1, 2], None, false),
            (&[9], none, team(1), false),
        ];
        for (measures, teams, team, expected) in cases {
            let allowed = within_narrowing(&caller(measures, teams), team).is_ok();
            assert_eq!(allowed, expected, "{measures:?} {teams:?} {team:?}");
        }
    }

    #[test]
    fn a_person_who_is_admin_is_held_to_no_standing_of_their_own() {
        let mut caller = caller(&[], &[]);
        caller.person = Some(Id::from_bits(7));
        assert_eq!(bound(&caller), Some(Id::from_bits(7)));
        caller.scopes = Scopes::of([Scope::Admin]);
        assert_eq!(bound(&caller), None);
    }
}
