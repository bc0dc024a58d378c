//! Dependents: who refers to whom, now.

use remit_domain::entity::Valid;
use remit_domain::id::Id;
use remit_domain::outcome::Outcome;
use remit_domain::responsibility::Part;
use remit_domain::role::Role;
use remit_domain::skill::{Level, RequiredSkill, Skill};
use remit_domain::text::Text;

use crate::database::{Ground, on_both};
use crate::made::{alignment, assignment, measure, outcome, person, responsibility, role, text, theme, valid};

async fn of<T: remit_domain::id::Identified + 'static>(ground: &Ground, id: Id<T>) -> Vec<(&'static str, i64)> {
    ground.read(move |tx| tx.dependents(id)).await
}

#[test]
fn everything_that_refers_is_counted_by_its_kind_until_it_is_gone() {
    on_both(async |ground| {
        let (a_theme, parent, child, a_measure, a_role, ada) = ground
            .write(|tx| {
                let a_theme = tx.create(theme("t"), None, None)?.id;
                let parent = tx.create(outcome("parent", Some(a_theme)), None, None)?;
                let child = tx.create(outcome("child", Some(a_theme)), None, None)?;
                tx.create(alignment(child.id, parent.id), None, None)?;
                let a_measure = tx.create(measure(parent.id, "m"), None, None)?.id;
                let a_role = tx.create(role("r"), None, None)?.id;
                let ada = tx.create(person("Ada"), None, None)?.id;
                tx.create(assignment(a_role, ada), None, None)?;
                tx.create(responsibility(parent.id, Part::Accountable, a_role), None, None)?;
                tx.create(responsibility(parent.id, Part::Responsible, a_role), None, None)?;
                Ok((a_theme, parent, child, a_measure, a_role, ada))
            })
            .await;
        assert_eq!(of(ground, a_theme).await, [("outcomes", 2)]);
        assert_eq!(of(ground, parent.id).await, [("measures", 1), ("responsibilities", 2), ("alignments", 1)]);
        assert_eq!(of(ground, child.id).await, [("alignments", 1)]);
        assert_eq!(of(ground, a_measure).await, []);
        assert_eq!(of(ground, a_role).await, [("assignments", 1), ("responsibilities", 2)]);
        assert_eq!(of(ground, ada).await, [("assignments", 1)]);

        let gone = child.clone();
        ground.write(move |tx| tx.delete(gone.clone())).await;
        assert_eq!(of(ground, a_theme).await, [("outcomes", 1)], "what was deleted refers to nothing");
        let moved: Valid<Outcome> = outcome("parent", None);
        ground.write(move |tx| tx.change(parent.clone(), moved.clone(), "changed", None)).await;
        assert_eq!(of(ground, a_theme).await, [], "what refers elsewhere now is not counted");
    });
}

#[test]
fn a_skill_that_is_asked_for_in_a_list_has_dependents() {
    on_both(async |ground| {
        let skill = |name: &str| valid(Skill { name: Text::new(name).expect("a text"), description: None });
        let (asked, other) = ground
            .write(move |tx| Ok((tx.create(skill("a"), None, None)?.id, tx.create(skill("b"), None, None)?.id)))
            .await;
        let skills = vec![RequiredSkill { skill: asked, level: Level::Working, must: true, weight: 1.0 }];
        let asking = valid(Role { skills, title: text("asking"), ..role("r").into_inner() });
        ground.write(move |tx| tx.create(asking.clone(), None, None)).await;
        assert_eq!(of(ground, asked).await, [("roles", 1)]);
        assert_eq!(of(ground, other).await, []);
    });
}
