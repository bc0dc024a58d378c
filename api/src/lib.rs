//! Remit over HTTP: one list of slices gives the service and its contract.

pub mod answer;
pub mod auth;
pub mod authorize;
pub mod config;
pub mod contract;
pub mod csv_table;
pub mod dated;
pub mod edge;
pub mod extract;
pub mod finding;
pub mod found;
pub mod health;
pub mod hierarchy;
pub mod limit;
pub mod metrics;
pub mod paging;
pub mod problem;
pub mod resource;
pub mod serve;
pub mod sorting;
pub mod state;
pub mod theme;
pub mod tls;
pub mod travel;
pub mod view;
pub mod wire;
pub mod writing;

use utoipa_actix_web::service_config::ServiceConfig;

/// Every operation of the interface: registering one documents it.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.configure(theme::operations).configure(health::operations);
}
