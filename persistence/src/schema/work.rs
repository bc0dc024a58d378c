//! The tables of background work, and of webhooks, for which it is done.

use diesel::table;

table! {
    jobs (organization_id, kind, subject) {
        organization_id -> Text,
        kind -> Text,
        subject -> Text,
        due_at -> BigInt,
        claimed_until -> BigInt,
        claim -> BigInt,
        attempts -> Integer,
        state -> Text,
        last_error -> Nullable<Text>,
    }
}

table! {
    webhooks (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        url -> Text,
        description -> Nullable<Text>,
        actions -> Text,
        team_id -> Nullable<Text>,
        subject_id -> Nullable<Text>,
        state -> Text,
        fault -> Nullable<Text>,
        rotated_at -> Nullable<BigInt>,
    }
}

table! {
    webhook_endpoints (organization_id, webhook_id) {
        organization_id -> Text,
        webhook_id -> Text,
        secret -> Text,
        old_secret -> Nullable<Text>,
        old_until -> Nullable<BigInt>,
        revision -> BigInt,
        position -> Integer,
        failures -> Integer,
    }
}

table! {
    webhook_deliveries (organization_id, webhook_id, revision, position) {
        organization_id -> Text,
        webhook_id -> Text,
        revision -> BigInt,
        position -> Integer,
        event -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        person_id -> Nullable<Text>,
        recorded_at -> BigInt,
        state -> Text,
        attempts -> Integer,
        first_at -> Nullable<BigInt>,
        last_at -> Nullable<BigInt>,
        next_at -> Nullable<BigInt>,
        status -> Nullable<Integer>,
        duration_ms -> Nullable<BigInt>,
        error -> Nullable<Text>,
    }
}

table! {
    notices (organization_id, person_id, day, kind, subject) {
        organization_id -> Text,
        person_id -> Text,
        day -> Text,
        kind -> Text,
        subject -> Text,
        noted_at -> BigInt,
    }
}
