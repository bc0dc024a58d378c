//! The damped trend: exponential smoothing of a level and of a slope that fades.
//!
//! Gardner and McKenzie, "Forecasting trends in time series", Management Science 31 (1985), 1237-1246.

use std::sync::LazyLock;

use super::LONGEST;

/// The weights of the newest error in the level that are tried.
const ALPHAS: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
/// Its weights in the slope, as shares of that in the level.
const BETAS: [f64; 4] = [0.0, 0.1, 0.3, 0.6];
/// The shares of the slope that are left after a step.
const PHIS: [f64; 3] = [0.8, 0.9, 0.95];
/// The cells of the grid for one share that is left.
const CELLS: usize = ALPHAS.len() * BETAS.len();

/// A fitted trend, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trend {
    level: f64,
    slope: f64,
    phi: f64,
}

/// A step of a series: its value, and how many steps after the one before it was observed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) value: f64,
    pub(super) gap: f64,
}

impl Trend {
    /// A level that stays.
    pub(super) fn level(level: f64) -> Self {
        Self { level, slope: 0.0, phi: PHIS[0] }
    }
    /// The trend that explains the steps best, scaled by what a step usually moves; `scale` is above 0.
    pub(super) fn fit(steps: &[Step], scale: f64) -> Self {
        let first = steps.first().map_or(0.0, |step| step.value);
        let values: Vec<f64> = steps.iter().map(|step| (step.value - first) / scale).collect();
        let is_regular = steps.iter().all(|step| step.gap == 1.0);
        let mut best: Option<Candidate> = None;
        for (phi, regular) in PHIS.iter().zip(&*REGULAR) {
            let own: Vec<Echo>;
            let echoes = match regular.get(..steps.len()).filter(|_| is_regular) {
                Some(regular) => regular,
                None => {
                    own = Echo::over(*phi, steps.iter().map(|step| step.gap));
                    own.as_slice()
                }
            };
            let grid = Grid::over(&values, echoes);
            for candidate in (0..CELLS).map(|cell| grid.candidate(cell, *phi)) {
                if best.is_none_or(|best| candidate.error < best.error) {
                    best = Some(candidate);
                }
            }
        }
        best.map_or(Self::level(first), |best| Self {
            level: first + scale * best.level,
            slope: scale * best.slope,
            phi: best.phi,
        })
    }
    /// The trend's value so many steps ahead: `l + (φ + … + φʰ)·b`.
    pub(super) fn at(&self, ahead: f64) -> f64 {
        self.level + self.slope * Fade::over(self.phi, ahead).reach
    }
    /// The sum of its values 1, 2, … steps ahead.
    pub(super) fn sum(&self, ahead: f64) -> f64 {
        let reach = Fade::over(self.phi, ahead).reach;
        self.level * ahead + self.slope * self.phi / (1.0 - self.phi) * (ahead - reach)
    }
}

/// What becomes of a slope over some steps, which need not be whole.
#[derive(Clone, Copy)]
struct Fade {
    /// The share of it that is left: `φᵏ`.
    left: f64,
    /// How many times it has been added: `φ + … + φᵏ`.
    reach: f64,
}

impl Fade {
    fn over(phi: f64, steps: f64) -> Self {
        let left = phi.powf(steps);
        Self { left, reach: phi * (1.0 - left) / (1.0 - phi) }
    }
}

/// A cell of the grid, with the start that fits it best.
#[derive(Clone, Copy)]
struct Candidate {
    error: f64,
    level: f64,
    slope: f64,
    phi: f64,
}

/// A number for each cell.
type Lane = [f64; CELLS];

/// The weights of each cell: in the level, and in the slope.
const WEIGHTS: (Lane, Lane) = {
    let (mut alphas, mut betas) = ([0.0; CELLS], [0.0; CELLS]);
    let mut cell = 0;
    while cell < CELLS {
        alphas[cell] = ALPHAS[cell / BETAS.len()];
        betas[cell] = alphas[cell] * BETAS[cell % BETAS.len()];
        cell += 1;
    }
    (alphas, betas)
};

/// The states of the recursion in every cell; side by side, so that many are computed at once.
#[derive(Clone)]
struct States {
    level: Lane,
    slope: Lane,
    error: Lane,
}

impl States {
    fn begin(level: f64, slope: f64) -> Self {
        Self { level: [level; CELLS], slope: [slope; CELLS], error: [0.0; CELLS] }
    }
    /// Takes a value in, and notes by how much it was missed.
    fn step(&mut self, value: f64, fade: Fade, a_step: f64) {
        let (alphas, betas) = &WEIGHTS;
        for cell in 0..CELLS {
            let expected = self.level[cell] + fade.reach * self.slope[cell];
            let error = value - expected;
            self.level[cell] = expected + alphas[cell] * error;
            self.slope[cell] = fade.left * self.slope[cell] + betas[cell] * error * a_step;
            self.error[cell] = error;
        }
    }
}

/// What becomes of a start of 1 by a step, in every cell. It depends on the gaps alone, not on the values.
#[derive(Clone)]
struct Echo {
    fade: Fade,
    /// The part of a step.
    a_step: f64,
    by_level: States,
    by_slope: States,
    /// The sums of the products of their errors up to here: level with level, with slope, and slope with slope.
    sums: [Lane; 3],
}

/// The echoes of a series that has a value in every step, as most have, for each share that is left.
static REGULAR: LazyLock<[Vec<Echo>; PHIS.len()]> =
    LazyLock::new(|| PHIS.map(|phi| Echo::over(phi, std::iter::repeat_n(1.0, LONGEST))));

impl Echo {
    /// The echo in each step of a series with these gaps.
    fn over(phi: f64, gaps: impl Iterator<Item = f64>) -> Vec<Self> {
        let (mut by_level, mut by_slope) = (States::begin(1.0, 0.0), States::begin(0.0, 1.0));
        let mut sums = [[0.0; CELLS]; 3];
        let step = |gap: f64| {
            let (fade, a_step) = (Fade::over(phi, gap), gap.recip());
            by_level.step(0.0, fade, a_step);
            by_slope.step(0.0, fade, a_step);
            let [ll, ls, ss] = &mut sums;
            for cell in 0..CELLS {
                let (l, s) = (by_level.error[cell], by_slope.error[cell]);
                ll[cell] += l * l;
                ls[cell] += l * s;
                ss[cell] += s * s;
            }
            Self { fade, a_step, by_level: by_level.clone(), by_slope: by_slope.clone(), sums }
        };
        gaps.map(step).collect()
    }
}

/// What the recursion comes to in every cell of the grid.
///
/// It is linear in its start, so that three starts give every other: the best is the least-squares solution of two
/// unknowns, the slope held down by its own square.
struct Grid<'a> {
    plain: States,
    /// What becomes of the other two starts.
    echo: Option<&'a Echo>,
    /// The sums of the products of the plain errors: with themselves, with those by level, with those by slope.
    sums: [Lane; 3],
}

impl<'a> Grid<'a> {
    fn over(values: &[f64], echoes: &'a [Echo]) -> Self {
        let mut plain = States::begin(0.0, 0.0);
        let mut sums = [[0.0; CELLS]; 3];
        for (value, echo) in values.iter().zip(echoes) {
            plain.step(*value, echo.fade, echo.a_step);
            let [ee, el, es] = &mut sums;
            for cell in 0..CELLS {
                let e = plain.error[cell];
                ee[cell] += e * e;
                el[cell] += e * echo.by_level.error[cell];
                es[cell] += e * echo.by_slope.error[cell];
            }
        }
        Self { plain, echo: echoes.last(), sums }
    }

    fn candidate(&self, cell: usize, phi: f64) -> Candidate {
        let [ee, el, es] = std::array::from_fn(|sum| self.sums[sum][cell]);
        let Some(echo) = self.echo else { return Candidate { error: ee, level: 0.0, slope: 0.0, phi } };
        let [ll, ls, ss] = std::array::from_fn(|sum| echo.sums[sum][cell]);
        let ss = ss + 1.0;
        let determinant = ll * ss - ls * ls;
        let (level, slope) = if determinant > 0.0 {
            ((es * ls - el * ss) / determinant, (el * ls - es * ll) / determinant)
        } else {
            (0.0, 0.0)
        };
        let error = ee + 2.0 * (level * el + slope * es + level * slope * ls) + level * level * ll + slope * slope * ss;
        let whole = |of: fn(&States) -> &Lane| {
            of(&self.plain)[cell] + level * of(&echo.by_level)[cell] + slope * of(&echo.by_slope)[cell]
        };
        Candidate { error, level: whole(|states| &states.level), slope: whole(|states| &states.slope), phi }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_is_followed_and_fades() {
        let steps: Vec<Step> = (0..12).map(|n| Step { value: 5.0 + 2.0 * f64::from(n), gap: 1.0 }).collect();
        let trend = Trend::fit(&steps, 2.0);
        let (near, far) = (trend.at(1.0), trend.at(1000.0));
        assert!((28.0..29.5).contains(&near), "{near}");
        assert!(far > near && far < 27.0 + 2.0 * 20.0, "{far}");
        let sum: f64 = (1..=7).map(|n| trend.at(f64::from(n))).sum();
        assert!((trend.sum(7.0) - sum).abs() < 1e-9);
    }

    #[test]
    fn a_gap_is_as_many_steps_as_it_lasts() {
        let whole: Vec<Step> = (0..12).map(|n| Step { value: f64::from(n), gap: 1.0 }).collect();
        let mut gappy = whole.clone();
        gappy.remove(6);
        gappy[6].gap = 2.0;
        let (whole, gappy) = (Trend::fit(&whole, 1.0).at(1.0), Trend::fit(&gappy, 1.0).at(1.0));
        assert!((whole - gappy).abs() < 0.3, "{whole} {gappy}");
    }
}
