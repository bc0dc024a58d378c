//! The tables of what an organization says of its rules, and of what they found.

use diesel::table;

table! {
    rule_settings (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        rule -> Text,
        level -> Nullable<Text>,
        numbers -> Text,
    }
}

table! {
    waivers (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        finding -> Text,
        rule -> Text,
        subject_id -> Text,
        reason -> Text,
        ends_on -> Text,
    }
}

table! {
    sightings (organization_id, finding, first_at) {
        organization_id -> Text,
        finding -> Text,
        first_at -> BigInt,
        last_at -> Nullable<BigInt>,
        rule -> Text,
        subject_id -> Text,
    }
}
