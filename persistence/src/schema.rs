//! The tables, as both databases know them. The migrations are the truth; this mirrors them.

mod rule;
mod said;
mod work;

use diesel::{allow_columns_to_appear_in_same_group_by_clause, allow_tables_to_appear_in_same_query, table};
pub(crate) use rule::{rule_settings, sightings, waivers};
pub(crate) use said::{acknowledgements, briefing_readers, briefings, check_ins, comments};
pub(crate) use work::{jobs, notices, webhook_deliveries, webhook_endpoints, webhooks};

table! {
    server (name) {
        name -> Text,
        content -> Text,
    }
}

table! {
    directory (organization_id) {
        organization_id -> Text,
        slug -> Text,
    }
}

table! {
    credentials (hash) {
        hash -> Text,
        organization_id -> Text,
        key_id -> Text,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    issuers (issuer) {
        issuer -> Text,
        organization_id -> Text,
        id -> Text,
        algorithm -> Text,
        audience -> Text,
        public_key -> Text,
        created_at -> BigInt,
        created_by -> Text,
    }
}

table! {
    heads (organization_id) {
        organization_id -> Text,
        revision -> BigInt,
        recorded_at -> BigInt,
        hash -> Text,
        erasure_epoch -> BigInt,
    }
}

table! {
    subjects (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        kind -> Text,
        external_source -> Nullable<Text>,
        external_id -> Nullable<Text>,
        created_at -> BigInt,
        created_by -> Text,
        salt -> Nullable<Text>,
    }
}

table! {
    names (organization_id, kind, source, name) {
        organization_id -> Text,
        kind -> Text,
        source -> Text,
        name -> Text,
        id -> Text,
    }
}

table! {
    versions (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        kind -> Text,
        version -> BigInt,
        revision_to -> BigInt,
        valid_from -> BigInt,
        deleted -> Bool,
        recorded_at -> BigInt,
        recorded_by -> Text,
    }
}

table! {
    changes (organization_id, revision, position) {
        organization_id -> Text,
        revision -> BigInt,
        position -> Integer,
        recorded_at -> BigInt,
        actor -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        record -> Text,
        previous_hash -> Text,
        hash -> Text,
    }
}

table! {
    idempotency_keys (organization_id, scope, idempotency_key) {
        organization_id -> Text,
        scope -> Text,
        idempotency_key -> Text,
        payload_hash -> Text,
        status -> Integer,
        headers -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

table! {
    organizations (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        name -> Text,
        slug -> Text,
        zone -> Text,
        next_zone -> Nullable<Text>,
        next_zone_from -> Nullable<BigInt>,
        fiscal_year_starts -> Integer,
        on_track -> Double,
        at_risk -> Double,
        check_in_days -> Integer,
        digest_on -> Nullable<Text>,
        mail_hour -> Nullable<Integer>,
        nudges_a_week -> Nullable<Integer>,
    }
}

table! {
    missions (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        statement -> Text,
        vision -> Nullable<Text>,
        principles -> Text,
        effective_from -> BigInt,
        effective_to -> Nullable<BigInt>,
    }
}

table! {
    themes (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        title -> Text,
        success -> Nullable<Text>,
    }
}

table! {
    periods (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        name -> Text,
        start_on -> Text,
        end_on -> Text,
        parent_id -> Nullable<Text>,
        state -> Text,
    }
}

table! {
    teams (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        name -> Text,
        purpose -> Nullable<Text>,
        parent_id -> Nullable<Text>,
    }
}

table! {
    people (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        name -> Text,
        email -> Nullable<Text>,
        manager_id -> Nullable<Text>,
        zone -> Nullable<Text>,
        active -> Bool,
        joined_on -> Nullable<Text>,
        left_on -> Nullable<Text>,
        erased -> Bool,
    }
}

table! {
    skills (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        name -> Text,
        description -> Nullable<Text>,
    }
}

table! {
    memberships (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        team_id -> Text,
        person_id -> Text,
        part -> Text,
        starts_at -> BigInt,
        ends_at -> Nullable<BigInt>,
    }
}

table! {
    person_skills (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        person_id -> Text,
        skill_id -> Text,
        level -> Text,
        verified_by -> Nullable<Text>,
        starts_at -> BigInt,
        ends_at -> Nullable<BigInt>,
    }
}

table! {
    outcomes (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        title -> Text,
        statement -> Nullable<Text>,
        impact -> Nullable<Text>,
        category -> Text,
        mission_id -> Nullable<Text>,
        theme_id -> Nullable<Text>,
        team_id -> Nullable<Text>,
        owner_id -> Nullable<Text>,
        period_id -> Nullable<Text>,
        start_on -> Nullable<Text>,
        due_on -> Nullable<Text>,
        commitment -> Text,
        weight -> Double,
        state -> Text,
        active_from -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        skills -> Text,
        tags -> Text,
        check_in_days -> Nullable<Integer>,
        check_in_grace_days -> Nullable<Integer>,
    }
}

table! {
    results (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        outcome_id -> Text,
        result -> Text,
        score -> Double,
        final_progress -> Nullable<Double>,
        final_coverage -> Nullable<Double>,
        retrospective -> Nullable<Text>,
        reason -> Nullable<Text>,
    }
}

table! {
    measures (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        outcome_id -> Text,
        key -> Text,
        name -> Text,
        kind -> Text,
        baseline -> Nullable<Double>,
        target -> Nullable<Double>,
        basis -> Text,
        amount -> Nullable<Double>,
        low -> Nullable<Double>,
        high -> Nullable<Double>,
        bound -> Text,
        unit -> Nullable<Text>,
        decimals -> SmallInt,
        aggregation -> Text,
        weight -> Double,
        indicator -> Text,
        guardrail -> Bool,
        state -> Text,
        cadence -> Text,
        lag_days -> Integer,
        grace_days -> Nullable<Integer>,
        plan -> Text,
        milestones -> Text,
    }
}

table! {
    target_revisions (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        measure_id -> Text,
        target_before -> Text,
        target_after -> Text,
        reason -> Text,
    }
}

table! {
    roles (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        title -> Text,
        purpose -> Nullable<Text>,
        team_id -> Nullable<Text>,
        reports_to_id -> Nullable<Text>,
        is_key -> Bool,
        accountabilities -> Text,
        domains -> Text,
        skills -> Text,
        seats_min -> Integer,
        seats_max -> Integer,
    }
}

table! {
    assignments (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        role_id -> Text,
        person_id -> Text,
        kind -> Text,
        focus -> Nullable<Text>,
        starts_at -> BigInt,
        ends_at -> Nullable<BigInt>,
        term_ends -> Nullable<Text>,
        load_percent -> Nullable<Double>,
        readiness -> Nullable<Text>,
    }
}

table! {
    responsibilities (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        outcome_id -> Nullable<Text>,
        measure_id -> Nullable<Text>,
        part -> Text,
        role_id -> Nullable<Text>,
        person_id -> Nullable<Text>,
        starts_at -> BigInt,
        ends_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
    }
}

table! {
    alignments (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        child_id -> Text,
        outcome_id -> Nullable<Text>,
        measure_id -> Nullable<Text>,
        kind -> Text,
        weight -> Double,
        confirmed_by -> Nullable<Text>,
    }
}

table! {
    api_keys (organization_id, id, revision) {
        organization_id -> Text,
        id -> Text,
        revision -> BigInt,
        name -> Text,
        scopes -> Text,
        person_id -> Nullable<Text>,
        measures -> Text,
        teams -> Text,
        hash -> Text,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    series (organization_id, number) {
        organization_id -> Text,
        number -> BigInt,
        measure_id -> Text,
        segment -> Text,
    }
}

table! {
    observations (organization_id, series, observed_at, revision) {
        organization_id -> Text,
        series -> BigInt,
        observed_at -> BigInt,
        revision -> BigInt,
        revision_to -> BigInt,
        observed_on -> Nullable<Text>,
        value -> Double,
        note -> Nullable<Text>,
        source -> Nullable<Text>,
        reason -> Nullable<Text>,
    }
}

allow_tables_to_appear_in_same_query!(
    server,
    directory,
    credentials,
    issuers,
    heads,
    subjects,
    names,
    versions,
    changes,
    idempotency_keys,
    jobs,
    webhooks,
    webhook_endpoints,
    webhook_deliveries,
    organizations,
    missions,
    themes,
    periods,
    teams,
    people,
    skills,
    memberships,
    person_skills,
    outcomes,
    results,
    measures,
    target_revisions,
    roles,
    assignments,
    responsibilities,
    alignments,
    rule_settings,
    waivers,
    sightings,
    check_ins,
    comments,
    briefings,
    briefing_readers,
    acknowledgements,
    notices,
    api_keys,
    series,
    observations,
);

allow_columns_to_appear_in_same_group_by_clause!(series::measure_id, observations::revision);
