//! A story to test with: an outcome with a measure, a role that answers for it, and a person who holds the role.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::server::Place;

/// The ids of a small organization. Its outcome runs through 2026 and is a draft.
pub struct Story {
    pub theme: String,
    pub outcome: String,
    pub measure: String,
    pub role: String,
    pub person: String,
}

impl Story {
    /// Tells it.
    pub fn begin(place: &Place) -> Self {
        let made = |path: &str, document: Value| place.admin.post(path, &document).expect(201).id();
        // What is founded later holds since the mission does.
        let mission = json!({"statement": "Everyone comes home.", "effective_from": "2026-01-01"});
        assert!(place.admin.put("/v1/mission", &mission).status < 300);
        let theme = made("/v1/themes", json!({"title": "Safer roads"}));
        let outcome = made("/v1/outcomes", outcome("Fewer people die on the roads", &theme));
        let measure = json!({
            "key": "roads.deaths", "name": "Deaths a year", "kind": "decrease", "baseline": 200, "target": 100,
            "every": "month"
        });
        let measure = made(&format!("/v1/outcomes/{outcome}/measures"), measure);
        let role = made("/v1/roles", json!({"title": "Head of road safety"}));
        let person =
            made("/v1/people", json!({"name": "Ada Lovelace", "email": "Ada@Example.org", "joined_on": "2020-01-01"}));
        made(&format!("/v1/roles/{role}/assignments"), json!({"person_id": person, "from": "2026-01-01"}));
        Self { theme, outcome, measure, role, person }
    }

    /// The path of the outcome, with something below it.
    pub fn at(&self, below: &str) -> String {
        format!("/v1/outcomes/{}{below}", self.outcome)
    }

    /// Makes the role accountable and responsible from the beginning of 2026.
    pub fn answer_for_it(&self, place: &Place) {
        for part in ["accountable", "responsible"] {
            let document = json!({"part": part, "role_id": self.role, "from": "2026-01-01"});
            place.admin.post(&self.at("/responsibilities"), &document).expect(201);
        }
    }

    /// Makes the outcome active from the beginning of 2026.
    pub fn activate(&self, place: &Place) -> Answer {
        self.answer_for_it(place);
        place.admin.post(&self.at("/activate"), &json!({"effective_from": "2026-01-01"})).expect(200)
    }

    /// Records values of the measure by day.
    pub fn observe(&self, place: &Place, values: &[(&str, f64)]) -> Value {
        let rows: Vec<_> = values
            .iter()
            .map(|(day, value)| json!({"measure": "roads.deaths", "observed_at": day, "value": value}))
            .collect();
        place.admin.post("/v1/observations", &json!(rows)).expect(200).json()
    }
}

/// An outcome of a theme, through 2026.
pub fn outcome(title: &str, theme: &str) -> Value {
    json!({"title": title, "theme_id": theme, "impact": "Families.", "start_on": "2026-01-01", "due_on": "2026-12-31"})
}
