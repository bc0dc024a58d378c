//! Posts: who answers in the demonstration. The data names no one, so the holders are posts, not people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::Failure;
use super::super::import::mapping::json as raw;
use super::super::import::table::{Files, Lookup, Pick};
use super::FIRST_DAY;

/// How many of the skills of its role a post is said to have.
const SKILLS_KNOWN: usize = 6;

/// A row of an import.
pub struct Row {
    /// Its id in the other system.
    pub external_id: Option<String>,
    /// Its fields.
    pub fields: BTreeMap<String, Box<RawValue>>,
}

impl Row {
    /// A row of the fields of an object.
    pub fn of(external_id: Option<&str>, fields: Value) -> Self {
        let fields = fields.as_object().into_iter().flatten();
        Self {
            external_id: external_id.map(str::to_owned),
            fields: fields.filter_map(|(name, value)| Some((name.clone(), raw(value).ok()?))).collect(),
        }
    }
}

/// What the data does not say: who answers for what, and what became of it since.
#[derive(Default)]
pub struct Posts {
    /// Roles that answer for goals.
    pub roles: Vec<Row>,
    /// The posts that hold roles.
    pub people: Vec<Row>,
    /// Which post holds which role.
    pub assignments: Vec<Row>,
    /// Which post leads which team.
    pub memberships: Vec<Row>,
    /// What the posts know.
    pub person_skills: Vec<Row>,
    /// Which role has which part in which outcome.
    pub responsibilities: Vec<Row>,
    /// Outcomes that are put forward: all.
    pub proposals: Vec<Row>,
    /// Outcomes that become active: those with a measure.
    pub activations: Vec<Row>,
    /// Posts that were given up.
    pub left: Vec<Row>,
    /// Assignments that changed since.
    pub moved: Vec<Row>,
}

/// A role of the framework whose holders do the work.
struct Doer {
    id: String,
    title: String,
}

impl Posts {
    /// Who answers for the outcomes that have a measure.
    ///
    /// # Errors
    /// That the data cannot be read.
    pub fn of(files: &Files, full: bool) -> Result<Self, Failure> {
        let measured = measured(files, full)?;
        let doers = doers(files)?;
        let teams = main_teams(files)?;
        let known = Lookup::read(files.table("role_skills.csv", None)?, "role", &[], &Pick::All)?;
        let mut posts = Self::default();
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        let mut goals = files.table("goals.csv", None)?;
        while let Some((_, goal)) = goals.next()? {
            let (number, short, title) = (cell(&goal, 0), cell(&goal, 1), cell(&goal, 2));
            for is_means in [false, true] {
                let mut its = measured.iter().filter(|target| target.goal == number && target.is_means == is_means);
                if its.next().is_none() {
                    continue;
                }
                let id = owner_of(number, is_means);
                let name = if is_means { format!("Means owner: {short}") } else { format!("Goal owner: {short}") };
                let what = if is_means { "means of implementation" } else { "targets" };
                let mut fields = json!({
                    "title": name,
                    "purpose": format!("Answers for the {what} of goal {number}: {title}."),
                    "key": !is_means,
                    "accountabilities": [
                        format!("Say at any time where the {what} of goal {number} stand, and why."),
                        "Name what stands in the way, and who can take it away.",
                    ],
                    "domains": [format!("What is done first among the {what} of goal {number}.")],
                    "seats_min": 1,
                    "seats_max": 1,
                });
                if let Some(team) = teams.get(number) {
                    fields["team_id"] = json!(format!("ext:sdg:{team}"));
                }
                if is_means && owners.contains_key(&owner_of(number, false)) {
                    fields["reports_to_id"] = json!(format!("ext:sdg:{}", owner_of(number, false)));
                }
                posts.roles.push(Row::of(Some(&id), fields));
                let post = posts.fill(&id, "sdg", &name, "holder");
                if let Some(team) = teams.get(number).filter(|_| !is_means) {
                    posts.memberships.push(Row::of(
                        None,
                        json!({
                            "team_id": format!("ext:sdg:{team}"), "person_id": format!("ext:sdg:{post}"),
                            "part": "lead", "from": FIRST_DAY,
                        }),
                    ));
                }
                owners.insert(id, post);
            }
        }
        for (at, target) in measured.iter().enumerate() {
            let owner = format!("ext:sdg:{}", owner_of(&target.goal, target.is_means));
            posts.give(&target.id, "accountable", &owner);
            // Steps that share no divisor with the number of roles reach them all.
            for (part, step) in [("responsible", 7), ("consulted", 11)] {
                if let Some(doer) = doers.get((at * step + step) % doers.len().max(1)) {
                    let role = format!("ext:gdad:{}", doer.id);
                    let is_twice = part == "consulted" && posts.has_part(&target.id, &role);
                    if !is_twice {
                        posts.give(&target.id, part, &role);
                    }
                }
            }
            let outcome = format!("ext:sdg:{}", target.id);
            posts.activations.push(Row::of(None, json!({"outcome_id": outcome, "effective_from": FIRST_DAY})));
        }
        for (at, doer) in doers.iter().enumerate() {
            // Some roles have two holders, most have one, and a few have none.
            let holders = if at % 9 == 4 { 0 } else { 1 + usize::from(at % 3 == 0) };
            for _ in 0..holders {
                let post = posts.fill(&doer.id, "gdad", &doer.title, "holder");
                for (at, skill) in known.rows(&doer.id).iter().take(SKILLS_KNOWN).enumerate() {
                    // Nobody knows everything that the role asks for.
                    let level = if at % 4 == 3 { "awareness" } else { cell(skill, 2) };
                    posts.person_skills.push(Row::of(
                        None,
                        json!({
                            "person_id": format!("ext:sdg:{post}"), "skill_id": format!("ext:gdad:{}", cell(skill, 1)),
                            "level": level, "from": FIRST_DAY,
                        }),
                    ));
                }
            }
        }
        let mut targets = files.table("targets.csv", None)?;
        while let Some((_, target)) = targets.next()? {
            posts.proposals.push(Row::of(None, json!({"outcome_id": format!("ext:sdg:{}", cell(&target, 0))})));
        }
        posts.since(&owners);
        Ok(posts)
    }

    /// Makes a post and gives it a role; the post's id.
    fn fill(&mut self, role: &str, source: &str, title: &str, kind: &str) -> String {
        let number = self.people.len() + 1;
        let post = format!("post-{number:03}");
        let title = title.replace(": ", ", ");
        self.people.push(Row::of(Some(&post), json!({"name": format!("Post {number:03} ({title})")})));
        self.assignments.push(Row::of(
            Some(&format!("{role} {post}")),
            json!({
                "role_id": format!("ext:{source}:{role}"), "person_id": format!("ext:sdg:{post}"),
                "kind": kind, "from": FIRST_DAY,
            }),
        ));
        post
    }

    fn give(&mut self, target: &str, part: &str, role: &str) {
        self.responsibilities.push(Row::of(
            None,
            json!({
                "outcome_id": format!("ext:sdg:{target}"), "part": part, "role_id": role, "from": FIRST_DAY,
            }),
        ));
    }

    fn has_part(&self, target: &str, role: &str) -> bool {
        let (target, role) = (format!("\"ext:sdg:{target}\""), format!("\"{role}\""));
        let says = |row: &Row, name: &str, text: &str| row.fields.get(name).is_some_and(|value| value.get() == text);
        self.responsibilities.iter().any(|row| says(row, "outcome_id", &target) && says(row, "role_id", &role))
    }

    /// What became of the posts since then, so that the rules have something to say.
    fn since(&mut self, owners: &BTreeMap<String, String>) {
        let mut change = |role: &str, mut fields: Value| {
            if let Some(post) = owners.get(role) {
                fields["person_id"] = json!(format!("ext:sdg:{post}"));
                self.moved.push(Row::of(Some(&format!("{role} {post}")), fields));
            }
        };
        // Vacant: nobody holds the role any more.
        change("goal-14", json!({"to": "2024-07-01"}));
        change("goal-17-means", json!({"to": "2022-06-01"}));
        // The term has ended, and nobody has renewed it.
        change("goal-7", json!({"term_ends": "2023-12-31"}));
        // Another stands in, and that is in order: an interim, a deputy.
        change("goal-16", json!({"to": "2025-02-01"}));
        change("goal-13", json!({"to": "2025-09-01"}));
        // Two at once are to stand in.
        change("goal-12", json!({"to": "2025-04-01"}));
        for (role, title, kind, from) in [
            ("goal-16", "Interim, goal 16", "interim", "2025-02-01"),
            ("goal-13", "Deputy, goal 13", "deputy", FIRST_DAY),
            ("goal-12", "First interim, goal 12", "interim", "2025-04-01"),
            ("goal-12", "Second interim, goal 12", "interim", "2025-06-01"),
        ] {
            self.fill(role, "sdg", title, kind);
            // It began later than the others.
            if let Some(mut assignment) = self.assignments.pop() {
                assignment.fields.extend(raw(&from).ok().map(|from| ("from".to_owned(), from)));
                self.moved.push(assignment);
            }
        }
        // Left, and nobody has taken the role away: the person is named, but cannot answer.
        let post = owners.get("goal-9");
        if let Some(person) = self.people.iter().find(|person| person.external_id.as_ref() == post) {
            let mut left = Row::of(post.map(String::as_str), json!({"left_on": "2024-09-30"}));
            left.fields.extend(person.fields.clone());
            self.left.push(left);
        }
    }
}

fn cell(record: &csv::StringRecord, at: usize) -> &str {
    record.get(at).unwrap_or("").trim()
}

/// The role that answers for a goal's targets, or for its means of implementation.
fn owner_of(goal: &str, is_means: bool) -> String {
    format!("goal-{goal}{}", if is_means { "-means" } else { "" })
}

struct Target {
    id: String,
    goal: String,
    /// Targets with a letter, such as 13.a, are means of implementation.
    is_means: bool,
}

/// The targets that have a measure, in the order of the file.
fn measured(files: &Files, full: bool) -> Result<Vec<Target>, Failure> {
    let values = if full { "observations.csv.gz" } else { "headline.csv" };
    let values = Lookup::read(files.table(values, None)?, "indicator", &[], &Pick::First)?;
    let mut indicators = files.table("indicators.csv", None)?;
    let mut with_values = BTreeSet::new();
    while let Some((_, indicator)) = indicators.next()? {
        if !values.rows(cell(&indicator, 0)).is_empty() {
            with_values.insert(cell(&indicator, 1).to_owned());
        }
    }
    let mut targets = files.table("targets.csv", None)?;
    let mut measured = Vec::new();
    while let Some((_, target)) = targets.next()? {
        let id = cell(&target, 0).to_owned();
        if with_values.contains(&id) {
            let is_means = id.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_alphabetic()));
            measured.push(Target { goal: cell(&target, 1).to_owned(), is_means, id });
        }
    }
    Ok(measured)
}

/// The roles of the framework that do such work: those who analyse, research, design and deliver, not beginners.
fn doers(files: &Files) -> Result<Vec<Doer>, Failure> {
    let mut roles = files.table("roles.csv", None)?;
    let mut doers = Vec::new();
    while let Some((_, role)) = roles.next()? {
        let (id, family, title) = (cell(&role, 0), cell(&role, 1), cell(&role, 3));
        let fits = ["Data", "Product and delivery", "User-centred design"].contains(&family);
        let begins = ["Associate", "Junior", "Trainee", "Apprentice"].iter().any(|word| title.starts_with(word));
        if fits && !begins && title != "NOT IN USE" {
            doers.push(Doer { id: id.to_owned(), title: title.to_owned() });
        }
    }
    Ok(doers)
}

/// For each goal, the organization that most of its numbers come from.
fn main_teams(files: &Files) -> Result<HashMap<String, String>, Failure> {
    let mut indicators = files.table("indicators.csv", None)?;
    let source = indicators.column("source_organisation")?;
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    while let Some((_, indicator)) = indicators.next()? {
        let (target, team) = (cell(&indicator, 1), cell(&indicator, source));
        let goal = target.split('.').next().unwrap_or("");
        if !team.is_empty() {
            *counts.entry((goal.to_owned(), team.to_owned())).or_default() += 1;
        }
    }
    let mut main: HashMap<String, (String, usize)> = HashMap::new();
    for ((goal, team), count) in counts {
        let best = main.entry(goal).or_insert_with(|| (team.clone(), 0));
        if count > best.1 {
            *best = (team, count);
        }
    }
    Ok(main.into_iter().map(|(goal, (team, _))| (goal, team)).collect())
}
