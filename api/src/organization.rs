//! The organization: its name, its calendar, and the thresholds by which everything else is read.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, patch};
use remit_domain::entity::{Kept, Valid};
use remit_domain::id::Identified;
use remit_domain::mailing::{DigestDay, Mailing};
use remit_domain::organization::{Organization, Thresholds};
use remit_domain::time::Instant;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Admin, Allowed, Eyes, Read};
use crate::extract::{Document, Parameters};
use crate::problem::Problem;
use crate::resource::{self, Resource, fields, merged, shown};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::wire::{
    CheckInDays, Hour, InstantText, KeyText, MergePatch, Month, Nudges, Share, Shown, Word, Words, ZoneText,
};
use crate::work::mail;
use crate::writing::{Intent, Reply, WriteParameters, write};

type Title = Words<200>;
type DigestDayWord = Word<DigestDay>;

/// The settings of an organization.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ministry of Health", "fiscal_year_starts": 4}))]
pub struct OrganizationDocument {
    /// Its name.
    #[validate(nested)]
    name: Title,
    /// The zone whose days count. Another one is in force from the next local midnight; until then, the zone in force
    /// calls the change off.
    #[validate(nested)]
    time_zone: ZoneText,
    /// The month in which its fiscal year begins.
    #[validate(nested)]
    fiscal_year_starts: Month,
    /// The ratio of progress to expected progress from which pace is on track; above `at_risk`.
    #[validate(nested)]
    on_track: Share,
    /// The ratio from which pace is at risk and not off track; above 0.
    #[validate(nested)]
    at_risk: Share,
    /// Days between check-ins on an outcome that says nothing else.
    #[validate(nested)]
    check_in_days: CheckInDays,
    /// On which day of the week digests are sent, where the server sends mail.
    digest_on: DigestDayWord,
    /// From which hour on people are written to, where each of them is.
    #[validate(nested)]
    mail_hour: Hour,
    /// How many nudges a person gets in seven days at the most.
    #[validate(nested)]
    nudges_a_week: Nudges,
}

/// An organization and its settings.
#[derive(Serialize, ToSchema)]
#[schema(as = OrganizationDocument)]
pub struct OrganizationFields {
    /// Its name.
    name: Title,
    /// Its short name, unique on this server; it never changes.
    slug: KeyText,
    /// The zone whose days count.
    time_zone: ZoneText,
    /// The zone that replaces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_time_zone: Option<ZoneText>,
    /// From which local midnight.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_time_zone_from: Option<InstantText>,
    /// The month in which its fiscal year begins.
    fiscal_year_starts: Month,
    /// The ratio of progress to expected progress from which pace is on track.
    on_track: Share,
    /// The ratio from which pace is at risk and not off track.
    at_risk: Share,
    /// Days between check-ins on an outcome that says nothing else.
    check_in_days: CheckInDays,
    /// On which day of the week digests are sent, where the server sends mail.
    digest_on: DigestDayWord,
    /// From which hour on people are written to, where each of them is.
    mail_hour: Hour,
    /// How many nudges a person gets in seven days at the most.
    nudges_a_week: Nudges,
}

type OrganizationView = Shown<Organization, OrganizationFields>;
type OrganizationPatch = MergePatch<OrganizationDocument>;

impl Resource for Organization {
    type Document = OrganizationDocument;
    type View = OrganizationFields;
    const PATH: &'static str = "/v1/organization";

    fn document(kept: &Kept<Self>, _: Eyes) -> OrganizationDocument {
        let Self { name, slug: _, zone, next_zone, fiscal_year_starts, thresholds, check_in_days, mailing } =
            &*kept.value;
        let Thresholds { on_track, at_risk } = *thresholds;
        // What is planned is what the settings say: a patch of another field must not call it off.
        let zone = next_zone.as_ref().map_or(zone, |(_, next)| next);
        OrganizationDocument {
            name: name.into(),
            time_zone: ZoneText(zone.name().into()),
            fiscal_year_starts: Month(*fiscal_year_starts),
            on_track: Share(on_track),
            at_risk: Share(at_risk),
            check_in_days: CheckInDays(*check_in_days),
            digest_on: Word(mailing.digest_on()),
            mail_hour: Hour(mailing.hour()),
            nudges_a_week: Nudges(mailing.nudges_a_week()),
        }
    }

    fn view(kept: &Kept<Self>, _: Eyes) -> OrganizationFields {
        let Self { name, slug, zone, next_zone, fiscal_year_starts, thresholds, check_in_days, mailing } = &*kept.value;
        let Thresholds { on_track, at_risk } = *thresholds;
        OrganizationFields {
            name: name.into(),
            slug: KeyText(slug.to_string()),
            time_zone: ZoneText(zone.name().into()),
            next_time_zone: next_zone.as_ref().map(|(_, next)| ZoneText(next.name().into())),
            next_time_zone_from: next_zone.as_ref().map(|(from, _)| (*from).into()),
            fiscal_year_starts: Month(*fiscal_year_starts),
            on_track: Share(on_track),
            at_risk: Share(at_risk),
            check_in_days: CheckInDays(*check_in_days),
            digest_on: Word(mailing.digest_on()),
            mail_hour: Hour(mailing.hour()),
            nudges_a_week: Nudges(mailing.nudges_a_week()),
        }
    }

    fn value(
        document: &OrganizationDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let OrganizationDocument {
            name,
            time_zone,
            fiscal_year_starts,
            on_track,
            at_risk,
            check_in_days,
            digest_on,
            mail_hour,
            nudges_a_week,
        } = document;
        // An organization is founded by its operator, so that there is always one before.
        let before = before.ok_or_else(|| Problem::not_found(Self::NOUN))?;
        let moved = before.move_to(time_zone.value()?, tx.now())?;
        // What says what is the case anyway is left unsaid, as it was.
        let said =
            Mailing { digest_on: Some(digest_on.0), hour: Some(mail_hour.0), nudges_a_week: Some(nudges_a_week.0) };
        let mailing = before.mailing.become_of(said);
        Ok(Valid::new(Self {
            name: name.text()?,
            fiscal_year_starts: fiscal_year_starts.0,
            thresholds: Thresholds { on_track: on_track.0, at_risk: at_risk.0 },
            check_in_days: check_in_days.0,
            mailing,
            ..moved
        })?)
    }
}

/// The organization as it stands at an instant. That a planned zone comes into force is a version of its own.
fn standing(kept: Kept<Organization>, at: Instant) -> Result<Kept<Organization>, Problem> {
    if kept.next_zone.as_ref().is_none_or(|(from, _)| at < *from) {
        return Ok(kept);
    }
    let settled = Valid::new(kept.settled(at))?;
    Ok(kept.with(|row| {
        row.version += 1;
        row.value = settled;
    }))
}

/// Read the organization and its settings.
#[utoipa::path(tag = "organization", operation_id = "getOrganization", params(TravelParameters),
    responses((status = 200, description = "The organization.", body = OrganizationView)),
    security(("bearer" = ["read"])))]
#[get("/v1/organization")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let eyes = caller.eyes();
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        let kept = tx.get(tx.organization_id(), reading.when).map_err(resource::missing::<Organization>)?;
        let kept = standing(kept, reading.at)?;
        let until = kept.next_zone.as_ref().map_or(Instant::END, |(from, _)| *from);
        Ok(Answer::json(&shown(&kept, eyes))?.version(kept.version).until(until))
    })
    .await
}

/// Change the settings of the organization.
#[utoipa::path(tag = "organization", operation_id = "updateOrganization",
    request_body(content = OrganizationPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The organization.", body = OrganizationView)),
    security(("bearer" = ["admin"])))]
#[patch("/v1/organization")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let patch = fields(&body.0)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let eyes = caller.eyes();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let now = tx.now();
        let before = standing(tx.organization(When::Present)?, now)?;
        let document = merged(&before, &patch)?;
        intent.require_match(remit, before.version)?;
        let value = Organization::value(&document, tx, Some(&before))?;
        let is_mailing_other = before.mailing != value.mailing;
        let after = tx.change(before, value, "changed", None)?;
        if is_mailing_other {
            tx.want_job(mail::NAME, "", now, "")?;
        }
        Ok(Reply::ok(&shown(&after, eyes))?.version(remit, after.version))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(read).service(change);
}
