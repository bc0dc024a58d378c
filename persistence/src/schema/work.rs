//! The tables of background work.

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
