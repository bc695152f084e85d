//! Reachability Analyzer: paths and their analyses.

use std::collections::BTreeMap;

use super::service::Row;
use crate::sim::SimTime;

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[];

/// The paths and analyses of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Insights {
    /// Paths by id, `nip-…`.
    pub paths: BTreeMap<String, Path>,
    /// Analyses by id, `nia-…`.
    pub analyses: BTreeMap<String, Analysis>,
}

/// A path to analyze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {}

/// An analysis of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {}

impl Insights {
    /// When the next analysis ends.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        None
    }
}
