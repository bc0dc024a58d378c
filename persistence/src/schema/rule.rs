//! The tables of what an organization says of its rules.

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
