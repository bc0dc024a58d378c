//! Remit over HTTP: one list of slices gives the service and its contract.

pub mod answer;
pub mod assignment;
pub mod auth;
pub mod authorize;
pub mod board;
pub mod briefing;
pub mod calibration;
pub mod candidate;
pub mod change;
pub mod check_in;
pub mod comment;
pub mod config;
pub mod contract;
pub mod coverage;
pub mod credential;
pub mod csv_table;
pub mod dated;
pub mod edge;
pub mod extract;
pub mod finding;
pub mod forecast;
pub mod found;
pub mod health;
pub mod hierarchy;
pub mod impact;
pub mod import;
pub mod limit;
pub mod matrix;
pub mod me;
pub mod measure;
pub mod metrics;
pub mod mission;
pub mod observation;
pub mod organization;
pub mod outcome;
pub mod paging;
pub mod period;
pub mod person;
pub mod problem;
pub mod resource;
pub mod responsibility;
pub mod role;
pub mod routing;
pub mod rule;
pub mod serve;
pub mod skill;
pub mod sorting;
pub mod state;
pub mod team;
pub mod theme;
pub mod tls;
pub mod travel;
pub mod view;
pub mod waiver;
pub mod webhook;
pub mod wire;
pub mod work;
pub mod writing;

use routing::ServiceConfig;

/// Every operation of the interface: registering one documents it.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.configure(organization::operations).configure(me::operations).configure(credential::operations);
    service.configure(mission::operations).configure(theme::operations).configure(period::operations);
    service.configure(outcome::operations).configure(measure::operations).configure(observation::operations);
    service.configure(team::operations).configure(person::operations).configure(skill::operations);
    service.configure(role::operations).configure(assignment::operations).configure(responsibility::operations);
    service.configure(board::operations).configure(matrix::operations).configure(finding::operations);
    service.configure(rule::operations).configure(waiver::operations);
    service.configure(forecast::operations).configure(calibration::operations);
    service.configure(impact::operations).configure(candidate::operations).configure(coverage::operations);
    service.configure(check_in::operations).configure(comment::operations).configure(briefing::operations);
    service.configure(change::operations).configure(webhook::operations);
    service.configure(import::operations).configure(health::operations);
}
