//! What Remit means: entities, invariants, formulas and rules, without I/O, clock or randomness.

pub mod alignment;
pub mod assignment;
pub mod entity;
pub mod id;
pub mod measure;
pub mod mission;
pub mod number;
pub mod observation;
pub mod organization;
pub mod outcome;
pub mod period;
pub mod person;
pub mod responsibility;
pub mod role;
pub mod skill;
pub mod spelling;
pub mod team;
pub mod text;
pub mod theme;
pub mod time;
