//! Fit: how well the skills that someone holds cover those that a role or an outcome asks for.

use crate::skill::{Level, RequiredSkill, SkillId};

/// How well someone fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// `Σ w · min(level/required, 1) / Σ w`, 0 to 1; `None` where no skill is asked for.
    pub fit: Option<f64>,
    /// The must skills that are not held, or not at the level asked for.
    pub missing: Vec<SkillId>,
}

impl Fit {
    /// The fit of someone; `held` gives the level at which a skill is held.
    pub fn of(required: &[RequiredSkill], held: impl Fn(SkillId) -> Option<Level>) -> Self {
        let (mut total, mut covered, mut missing) = (0.0, 0.0, Vec::new());
        for RequiredSkill { skill, level, must, weight } in required {
            let holds = held(*skill);
            let share = holds.map_or(0.0, |holds| f64::from(holds.number()) / f64::from(level.number()));
            total += weight;
            covered += weight * share.min(1.0);
            if *must && holds.is_none_or(|holds| holds < *level) {
                missing.push(*skill);
            }
        }
        Self { fit: (total > 0.0).then(|| covered / total), missing }
    }
    /// Whether no must skill is missing.
    pub fn is_ready(&self) -> bool {
        self.missing.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_must_skill_below_its_level_is_missing() {
        let skill = SkillId::from_bits(1);
        let required = [RequiredSkill { skill, level: Level::Practitioner, must: true, weight: 1.0 }];
        for (held, is_ready) in [(Level::Working, false), (Level::Practitioner, true), (Level::Expert, true)] {
            assert_eq!(Fit::of(&required, |_| Some(held)).is_ready(), is_ready, "{held}");
        }
        assert_eq!(Fit::of(&[], |_| None), Fit { fit: None, missing: Vec::new() });
    }
}
