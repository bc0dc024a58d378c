//! Calibration: whether forecasts came true as often as they said.

use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::assessment::Assessment;
use remit_domain::calibration::{Band, Calibration, Horizon, Statement, came_true};
use remit_domain::forecast::outcome_forecast;
use remit_domain::outcome::{OutcomeId, OutcomeState};
use remit_domain::picture::Picture;
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;
use remit_persistence::{ReadTx, StoreError, When};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Read};
use crate::extract::Parameters;
use crate::outcome::progress::shown_number;
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{InstantText, MomentText, Word};

type HorizonWord = Word<Horizon>;
type KnowledgeWord = Word<Knowledge>;

/// With which knowledge a forecast of the past is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// As recorded by then: what was really said.
    Then,
    /// As known now: what would have been said; for values that were recorded later.
    Now,
}
impl Spelled for Knowledge {
    const NAME: &'static str = "Knowledge";
    const ALL: &'static [Self] = &[Self::Then, Self::Now];
    fn as_str(self) -> &'static str {
        match self {
            Self::Then => "then",
            Self::Now => "now",
        }
    }
}

/// Which forecasts are held against what came.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CalibrationFilter {
    /// With which knowledge: `then`, as recorded by then (the default), or `now`.
    #[validate(nested)]
    knowledge: Option<KnowledgeWord>,
    /// How many outcomes, those that ended last first; 200 where nothing is said.
    #[validate(range(min = 1, max = 1000))]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
}

/// The statements of a band of probabilities.
#[derive(Serialize, ToSchema)]
struct CalibrationBand {
    /// Where it begins.
    #[schema(minimum = 0, maximum = 1)]
    from: f64,
    /// Where it ends.
    #[schema(minimum = 0, maximum = 1)]
    to: f64,
    /// How many there are.
    count: usize,
    /// The mean of what was stated.
    #[schema(minimum = 0, maximum = 1)]
    stated: f64,
    /// The share of them that came true.
    #[schema(minimum = 0, maximum = 1)]
    observed: f64,
}

/// How well probabilities were stated.
#[derive(Serialize, ToSchema)]
struct CalibrationScore {
    /// How many statements there are.
    count: usize,
    /// The Brier score: the mean square of probability minus truth; 0 is perfect.
    #[schema(minimum = 0, maximum = 1)]
    brier: Option<f64>,
    /// The share of them that came true.
    #[schema(minimum = 0, maximum = 1)]
    base_rate: Option<f64>,
    /// The Brier score of always stating that share.
    #[schema(minimum = 0, maximum = 1)]
    reference: Option<f64>,
    /// 1 − brier / reference; above 0 is better than always stating that share.
    #[schema(maximum = 1)]
    skill: Option<f64>,
    /// The statements by tenths of probability.
    #[schema(max_items = 10)]
    bands: Vec<CalibrationBand>,
}

/// How well probabilities were stated so far ahead.
#[derive(Serialize, ToSchema)]
struct HorizonCalibration {
    /// How much of the time frame had gone by.
    horizon: HorizonWord,
    /// How many outcomes had no forecast then, or had ended.
    without: usize,
    #[serde(flatten)]
    score: CalibrationScore,
}

/// Whether what was said came true.
#[derive(Serialize, ToSchema)]
struct CalibrationAnswer {
    /// What was true then.
    as_of: InstantText,
    /// The revision after which this was known.
    #[schema(minimum = 0)]
    known_revision: i64,
    knowledge: KnowledgeWord,
    /// How many outcomes are closed with a result other than abandoned.
    closed: usize,
    /// How many of them are looked at here.
    considered: usize,
    /// The forecasts, by how much of the time frame had gone by.
    #[schema(max_items = 3)]
    forecast: Vec<HorizonCalibration>,
    /// The confidence that people stated in their check-ins, each check-in one statement.
    confidence: CalibrationScore,
    /// The forecasts that were kept in these check-ins.
    kept_forecast: CalibrationScore,
}

impl CalibrationScore {
    fn of(statements: &[Statement]) -> Self {
        let Calibration { count, brier, base_rate, reference, skill, bands } = Calibration::of(statements);
        let band = |Band { from, to, count, stated, observed }: Band| CalibrationBand {
            from: shown_number(from),
            to: shown_number(to),
            count,
            stated: shown_number(stated),
            observed: shown_number(observed),
        };
        Self {
            count,
            brier: brier.map(shown_number),
            base_rate: base_rate.map(shown_number),
            reference: reference.map(shown_number),
            skill: skill.map(shown_number),
            bands: bands.into_iter().map(band).collect(),
        }
    }
}

/// An outcome that has ended, and whether it was achieved.
#[derive(Clone, Copy)]
struct Ended {
    id: OutcomeId,
    at: Instant,
    was_achieved: bool,
}

/// The closed outcomes of a picture, those that ended last first; what was abandoned says nothing of a forecast.
fn ended(picture: &Picture) -> Vec<Ended> {
    let closed = picture.parts().outcomes.iter().filter(|outcome| outcome.state == OutcomeState::Closed);
    let mut ended: Vec<Ended> = closed
        .filter_map(|outcome| {
            let was_achieved = came_true(picture.result_of(outcome.id)?.result)?;
            Some(Ended { id: outcome.id, at: outcome.ended_at.unwrap_or(picture.at()), was_achieved })
        })
        .collect();
    ended.sort_by_key(|one| (std::cmp::Reverse(one.at), one.id));
    ended
}

/// What was said of outcomes at a horizon, one picture for all that come to it at the same instant.
fn statements(
    tx: &mut ReadTx<'_>,
    picture: &Picture,
    ended: &[Ended],
    horizon: Horizon,
    known: (Knowledge, i64),
) -> Result<Vec<Statement>, Problem> {
    let mut instants: BTreeMap<Instant, Vec<Ended>> = BTreeMap::new();
    for one in ended {
        let frame = picture.outcome(one.id).and_then(|outcome| picture.frame_of(outcome));
        let at = frame.map(|frame| picture.zone().end_of(horizon.day(frame)));
        if let Some(at) = at.filter(|at| *at < one.at) {
            instants.entry(at).or_default().push(*one);
        }
    }
    let mut statements = Vec::new();
    for (at, asked) in instants {
        let known = match known {
            (Knowledge::Then, last) => tx.revision_at(at)?.min(last),
            (Knowledge::Now, last) => last,
        };
        let ids: Vec<OutcomeId> = asked.iter().map(|one| one.id).collect();
        let then = match tx.excerpt(&ids, at, When::Past { known, as_of: at }) {
            Ok(then) => then,
            // Nothing was known of the organization itself yet.
            Err(StoreError::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        let assessment = Assessment::of(&then);
        statements.extend(asked.iter().filter_map(|one| {
            let joint = outcome_forecast(&then, &assessment, one.id)?.probability.ok()?;
            Some(Statement { probability: joint.probability.shown(), came_true: one.was_achieved })
        }));
    }
    Ok(statements)
}

/// What people stated in the check-ins of outcomes, and what the forecasts kept in them said.
fn stated(tx: &mut ReadTx<'_>, ended: &[Ended], when: When) -> Result<(Vec<Statement>, Vec<Statement>), Problem> {
    let (mut confidence, mut kept) = (Vec::new(), Vec::new());
    for one in ended {
        for check_in in tx.check_ins(Some(one.id), None, None, when)? {
            // What is said once all is over is no forecast.
            if check_in.published_at.is_none_or(|at| at >= one.at) {
                continue;
            }
            let said = |probability| Statement { probability, came_true: one.was_achieved };
            confidence.extend(check_in.confidence.map(said));
            kept.extend(check_in.snapshot.probability.map(said));
        }
    }
    Ok((confidence, kept))
}

/// Hold the forecasts of outcomes that have ended against what came of them.
#[utoipa::path(tag = "outcomes", operation_id = "getCalibration", params(CalibrationFilter),
    responses((status = 200, description = "The Brier scores.", body = CalibrationAnswer)),
    security(("bearer" = ["read"])))]
#[get("/v1/calibration")]
async fn calibration(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<CalibrationFilter>,
) -> Result<HttpResponse, Problem> {
    let CalibrationFilter { knowledge, limit, as_of, known_at } = filter.0;
    let knowledge = knowledge.map_or(Knowledge::Then, |Word(knowledge)| knowledge);
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, Travel::new(as_of, known_at), move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let mut ended = ended(&pictured.picture);
        let closed = ended.len();
        ended.truncate(limit.unwrap_or(200));
        let forecast = Horizon::ALL
            .iter()
            .map(|horizon| {
                let known = (knowledge, reading.known);
                let statements = statements(tx, &pictured.picture, &ended, *horizon, known)?;
                let without = ended.len() - statements.len();
                Ok(HorizonCalibration { horizon: Word(*horizon), without, score: CalibrationScore::of(&statements) })
            })
            .collect::<Result<_, Problem>>()?;
        let (confidence, kept) = stated(tx, &ended, reading.when)?;
        let view = CalibrationAnswer {
            as_of: pictured.as_of().into(),
            known_revision: reading.known,
            knowledge: Word(knowledge),
            closed,
            considered: ended.len(),
            forecast,
            confidence: CalibrationScore::of(&confidence),
            kept_forecast: CalibrationScore::of(&kept),
        };
        Ok(Answer::json(&view)?.until(pictured.until()))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(calibration);
}
