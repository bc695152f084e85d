//! The recent traffic of the HSMs, for the view.

use crate::world::World;
use crate::world::traffic::{BUCKET_MS, Cell};
use hsmlab_protocol::view::{TrafficSeries, TrafficView};

/// The buckets up to the current one; empty while the HSMs of the region have had no requests.
pub(super) fn view(world: &World) -> TrafficView {
    let traffic = &world.traffic;
    let span = traffic.span(world.now.unix_ms());
    let hsms: Vec<TrafficSeries> = traffic
        .hsms(&world.region, span.clone())
        .map(|id| series(id, span.clone().map(|bucket| traffic.of_hsm(id, bucket))))
        .collect();
    if hsms.is_empty() {
        return TrafficView::default();
    }
    TrafficView {
        start_ms: span.start.saturating_mul(BUCKET_MS),
        bucket_ms: BUCKET_MS,
        hsms,
        clients: series("", span.map(|bucket| traffic.of_clients(bucket))),
    }
}

fn series(id: &str, cells: impl Iterator<Item = Cell>) -> TrafficSeries {
    let mut series = TrafficSeries {
        id: id.to_owned(),
        ..TrafficSeries::default()
    };
    for cell in cells {
        series.operations.push(cell.operations);
        series.failures.push(cell.failures);
        series.latency_us.push(cell.mean_us());
    }
    series
}
