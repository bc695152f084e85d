//! The layout: the place of each part.

mod columns;
mod plan;
mod rows;

use hsmlab_protocol::view::DiagramView;

use super::shape::Scene;

/// The arrangement of the zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Side by side: wide screens.
    Columns,
    /// One below the other: narrow screens.
    Rows,
}

/// The maximum number of HSM cards in a zone; further HSMs are only counted.
const HSMS_SHOWN_MAX: usize = 4;

/// Lays a diagram out. The same view and axis give the same scene.
#[must_use]
pub fn layout(view: &DiagramView, axis: Axis) -> Scene {
    let plan = plan::plan(view);
    match axis {
        Axis::Columns => columns::lay(&plan),
        Axis::Rows => rows::lay(&plan),
    }
}

#[cfg(test)]
mod tests;
