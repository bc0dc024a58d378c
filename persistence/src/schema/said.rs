//! The tables of what humans say of outcomes, and of what they are told.

use diesel::table;

table! {
    check_ins (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        outcome_id -> Text,
        from_on -> Text,
        to_on -> Text,
        reported_status -> Nullable<Text>,
        confidence -> Nullable<Double>,
        changed -> Nullable<Text>,
        blockers -> Nullable<Text>,
        next_steps -> Nullable<Text>,
        author_id -> Nullable<Text>,
        reviewer_id -> Nullable<Text>,
        published_at -> Nullable<BigInt>,
        acknowledged_at -> Nullable<BigInt>,
        taken_at -> BigInt,
        progress -> Nullable<Double>,
        coverage -> Nullable<Double>,
        expected -> Nullable<Double>,
        pace -> Nullable<Text>,
        probability -> Nullable<Double>,
        previous_progress -> Nullable<Double>,
        measures -> Text,
    }
}

table! {
    comments (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        outcome_id -> Nullable<Text>,
        check_in_id -> Nullable<Text>,
        author_id -> Nullable<Text>,
        body -> Text,
        erased -> Bool,
    }
}

table! {
    briefings (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        mission_id -> Nullable<Text>,
        outcome_id -> Nullable<Text>,
        role_id -> Nullable<Text>,
        title -> Text,
        body -> Text,
        audience -> Text,
        due_on -> Nullable<Text>,
        question -> Nullable<Text>,
        author_id -> Nullable<Text>,
        published_at -> Nullable<BigInt>,
        reader_count -> Integer,
        readers -> Text,
    }
}

table! {
    briefing_readers (organization_id, person_id, briefing_id) {
        organization_id -> Text,
        person_id -> Text,
        briefing_id -> Text,
    }
}

table! {
    acknowledgements (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        briefing_id -> Text,
        person_id -> Text,
        seen_at -> BigInt,
        acknowledged_at -> Nullable<BigInt>,
        correct -> Nullable<Bool>,
    }
}
