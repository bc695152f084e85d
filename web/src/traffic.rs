//! The traffic of the HSMs as numbers and shapes: the current load of each, and the charts of the last
//! minutes. Pure, and in whole numbers: printing fractions would add code.

use hsmlab_protocol::view::{Moment, MomentKind, TrafficSeries, TrafficView};

/// The number of HSM colours (`--h0`… in the style sheet).
pub const HUES: usize = 6;

/// The height of a chart, in its own units; a bucket is [`STEP`] wide.
pub const HEIGHT: u64 = 1000;
const STEP: u64 = 10;
/// The minimum height of a bar of errors: one error among thousands must be visible.
const ERROR_MIN: u64 = 250;
/// The maximum number of events that are marked and listed: more would overlap.
const MARKS_MAX: usize = 8;

/// The part of the traffic that can be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The number of complete buckets: an incomplete one would look like a drop.
    pub full: usize,
    /// True if the last of them is current.
    pub live: bool,
}

/// The current load of one HSM.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Operations a second.
    pub per_second: u64,
    /// Its share of all HSMs' operations, in percent.
    pub share: u64,
    /// The mean time of an operation, in microseconds.
    pub latency_us: u64,
    /// Operations that failed in the last bucket.
    pub failures: u64,
}

/// Something drawn in the colour of one HSM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The HSM.
    pub id: String,
    /// A path.
    pub path: String,
}

/// An event on the charts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The horizontal position, in the charts' units.
    pub x: u64,
    /// True if something was lost.
    pub bad: bool,
    /// The time, in milliseconds since 1970.
    pub at_ms: u64,
    /// The event in words.
    pub what: String,
}

/// The charts: stacked vertically, over the same period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charts {
    /// Their width.
    pub width: u64,
    /// The top of the first chart: operations a second.
    pub top: u64,
    /// Operations, stacked, oldest HSM at the bottom.
    pub stacks: Vec<Shape>,
    /// Errors that reached applications.
    pub errors: String,
    /// The total number of these errors.
    pub error_count: u64,
    /// The top of the last chart: microseconds.
    pub latency_top: u64,
    /// The mean time of an operation.
    pub latencies: Vec<Shape>,
    /// The events meanwhile.
    pub marks: Vec<Mark>,
}

impl Seen {
    /// Returns the part of `traffic` that can be shown at `now_ms`.
    #[must_use]
    pub fn of(traffic: &TrafficView, now_ms: u64) -> Self {
        let passed = now_ms.saturating_sub(traffic.start_ms);
        let passed = passed.checked_div(traffic.bucket_ms).unwrap_or(0);
        let passed = usize::try_from(passed).unwrap_or(usize::MAX);
        let full = traffic.clients.operations.len().min(passed);
        Self {
            full,
            live: full > 0 && passed <= traffic.clients.operations.len() + 1,
        }
    }
}

fn at(list: &[u32], bucket: usize) -> u64 {
    list.get(bucket).copied().unwrap_or(0).into()
}

/// Converts the operations of a bucket to operations a second.
#[must_use]
pub fn per_second(traffic: &TrafficView, operations: u64) -> u64 {
    let half = traffic.bucket_ms / 2;
    (operations * 1000 + half)
        .checked_div(traffic.bucket_ms)
        .unwrap_or(0)
}

/// The load of a series in a bucket; `total` is the sum over all HSMs.
fn load(traffic: &TrafficView, series: &TrafficSeries, bucket: usize, total: u64) -> Load {
    let operations = at(&series.operations, bucket);
    Load {
        per_second: per_second(traffic, operations),
        share: (operations * 100 + total / 2)
            .checked_div(total)
            .unwrap_or(0),
        latency_us: at(&series.latency_us, bucket),
        failures: at(&series.failures, bucket),
    }
}

/// The load of each HSM in a bucket, in the view's order.
#[must_use]
pub fn loads(traffic: &TrafficView, bucket: usize) -> Vec<(String, Load)> {
    let operations = |series: &TrafficSeries| at(&series.operations, bucket);
    let total = traffic.hsms.iter().map(operations).sum();
    let each = traffic.hsms.iter();
    each.map(|series| (series.id.clone(), load(traffic, series, bucket, total)))
        .collect()
}

/// The load that the applications saw in a bucket.
#[must_use]
pub fn of_clients(traffic: &TrafficView, bucket: usize) -> Load {
    load(traffic, &traffic.clients, bucket, 0)
}

/// The charts of the first `full` buckets.
#[must_use]
pub fn charts(traffic: &TrafficView, full: usize, moments: &[Moment]) -> Charts {
    let mut charts = Charts {
        width: len(full) * STEP,
        marks: marks(traffic, full, moments),
        ..Charts::default()
    };
    let sums = (0..full).map(|bucket| {
        let each = traffic.hsms.iter();
        each.map(|series| at(&series.operations, bucket)).sum()
    });
    charts.top = nice(per_second(traffic, sums.max().unwrap_or(0)));
    let mut below = vec![0; full];
    for series in &traffic.hsms {
        let mut path = String::new();
        for (bucket, below) in below.iter_mut().enumerate() {
            let foot = *below;
            *below += at(&series.operations, bucket);
            let height = |operations| per_second(traffic, operations) * HEIGHT / charts.top;
            bar(&mut path, bucket, height(foot), height(*below));
        }
        charts.stacks.push(shape(series, path));
    }
    errors(&mut charts, &traffic.clients, full);
    latencies(&mut charts, traffic, full);
    charts
}

fn shape(series: &TrafficSeries, path: String) -> Shape {
    let id = series.id.clone();
    Shape { id, path }
}

fn errors(charts: &mut Charts, clients: &TrafficSeries, full: usize) {
    let count = |bucket| at(&clients.failures, bucket);
    let most = (0..full).map(count).max().unwrap_or(0);
    for bucket in 0..full {
        let height = (count(bucket) * HEIGHT).checked_div(most).unwrap_or(0);
        if height > 0 || count(bucket) > 0 {
            bar(&mut charts.errors, bucket, 0, height.max(ERROR_MIN));
        }
        charts.error_count += count(bucket);
    }
}

fn latencies(charts: &mut Charts, traffic: &TrafficView, full: usize) {
    let values = traffic.hsms.iter().flat_map(|series| {
        let buckets = 0..full;
        buckets.map(|bucket| at(&series.latency_us, bucket))
    });
    charts.latency_top = nice(values.max().unwrap_or(0));
    for series in &traffic.hsms {
        let mut path = String::new();
        let mut pen_down = false;
        for bucket in 0..full {
            let value = at(&series.latency_us, bucket);
            if value > 0 {
                let y = HEIGHT - value * HEIGHT / charts.latency_top;
                // From edge to edge, so that a single bucket is also a line.
                let (x, letter) = (len(bucket) * STEP, if pen_down { 'L' } else { 'M' });
                path += &format!("{letter}{x} {y}H{}", x + STEP - 1);
            }
            pen_down = value > 0;
        }
        charts.latencies.push(shape(series, path));
    }
}

fn bar(path: &mut String, bucket: usize, foot: u64, head: u64) {
    if head > foot {
        let x = len(bucket) * STEP;
        let (foot, head) = (HEIGHT - foot, HEIGHT.saturating_sub(head));
        *path += &format!("M{x} {foot}H{}V{head}H{x}Z", x + STEP - 1);
    }
}

/// The newest events of the charts' period that concern HSMs, clusters and zones.
fn marks(traffic: &TrafficView, full: usize, moments: &[Moment]) -> Vec<Mark> {
    let end_ms = traffic.start_ms + len(full) * traffic.bucket_ms;
    let speaks = |moment: &&Moment| {
        let about = moment.about.as_deref().unwrap_or_default();
        let of_hsms = about.starts_with("hsm-") || about.starts_with("cluster-");
        (traffic.start_ms..=end_ms).contains(&moment.at_ms)
            && (moment.kind == MomentKind::Failure || of_hsms || moment.what.starts_with("Zone "))
    };
    let mut marks: Vec<_> = moments
        .iter()
        .rev()
        .filter(speaks)
        .take(MARKS_MAX)
        .map(|moment| Mark {
            x: ((moment.at_ms - traffic.start_ms) * STEP)
                .checked_div(traffic.bucket_ms)
                .unwrap_or(0),
            bad: moment.kind == MomentKind::Failure,
            at_ms: moment.at_ms,
            what: moment.what.clone(),
        })
        .collect();
    marks.reverse();
    marks
}

/// Rounds up to a number that begins with 1, 2 or 5, for an axis whose top is stable.
fn nice(value: u64) -> u64 {
    let mut step = 1;
    loop {
        for top in [step, 2 * step, 5 * step] {
            if top >= value || top > u64::MAX / 20 {
                return top;
            }
        }
        step *= 10;
    }
}

fn len(count: usize) -> u64 {
    count.try_into().unwrap_or(u64::MAX)
}

/// A count in a few characters: `950`, `12.3k`.
#[must_use]
pub fn count(number: u64) -> String {
    if number < 10_000 {
        number.to_string()
    } else {
        format!("{}.{}k", number / 1000, number % 1000 / 100)
    }
}

/// A duration in a few characters: `850 µs`, `1.2 ms`, `40 ms`.
#[must_use]
pub fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{}.{} ms", us / 1000, us % 1000 / 100),
        _ => format!("{} ms", us / 1000),
    }
}

/// The colour of an HSM, by its position among all HSMs seen, so that it keeps the colour.
#[must_use]
pub fn hue(hues: &[String], id: &str) -> String {
    let place = hues.iter().position(|hsm| hsm == id).unwrap_or(0);
    format!("--hue:var(--h{})", place % HUES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(id: &str, operations: &[u32], failures: &[u32]) -> TrafficSeries {
        TrafficSeries {
            id: id.to_owned(),
            operations: operations.to_vec(),
            failures: failures.to_vec(),
            latency_us: operations.iter().map(|count| count * 2).collect(),
        }
    }

    fn traffic() -> TrafficView {
        TrafficView {
            start_ms: 10_000,
            bucket_ms: 5_000,
            hsms: vec![
                series("hsm-a", &[500, 500, 0], &[0, 0, 7]),
                series("hsm-b", &[500, 1500, 1000], &[0; 3]),
            ],
            clients: series("", &[1000, 2000, 1000], &[0, 0, 1]),
        }
    }

    #[test]
    fn only_full_buckets_are_shown_and_only_current_traffic_is_live() {
        let traffic = traffic();
        let seen = |now| {
            let seen = Seen::of(&traffic, now);
            (seen.full, seen.live)
        };
        assert_eq!(seen(0), (0, false));
        assert_eq!(seen(14_999), (0, false));
        assert_eq!(seen(15_000), (1, true));
        assert_eq!(seen(24_999), (2, true));
        assert_eq!(seen(30_000), (3, true));
        assert_eq!(seen(35_000), (3, false));
        assert_eq!(Seen::of(&TrafficView::default(), 5), Seen::default());
    }

    #[test]
    fn shares_and_rates_are_of_one_bucket() {
        let traffic = traffic();
        let loads = loads(&traffic, 1);
        assert_eq!(loads[0].0, "hsm-a");
        assert_eq!((loads[0].1.per_second, loads[0].1.share), (100, 25));
        assert_eq!((loads[1].1.per_second, loads[1].1.share), (300, 75));
        let last = super::loads(&traffic, 2);
        assert_eq!((last[0].1.share, last[0].1.failures), (0, 7));
        assert_eq!(of_clients(&traffic, 2).failures, 1);
        // A missing bucket is an idle one.
        assert_eq!(super::loads(&traffic, 9)[0].1, Load::default());
    }

    #[test]
    fn charts_stack_operations_and_make_a_single_error_visible() {
        let moment = |at_ms, kind, about: Option<&str>| Moment {
            at_ms,
            what: "x".to_owned(),
            about: about.map(str::to_owned),
            kind,
        };
        let moments = [
            moment(9_000, MomentKind::Failure, None),
            moment(17_500, MomentKind::Failure, None),
            moment(18_000, MomentKind::Change, Some("vpc-1")),
            moment(20_000, MomentKind::Change, Some("hsm-a")),
        ];
        let charts = charts(&traffic(), 3, &moments);
        assert_eq!((charts.width, charts.top), (30, 500));
        assert_eq!(charts.stacks[0].path, "M0 1000H9V800H0ZM10 1000H19V800H10Z");
        assert_eq!(
            charts.stacks[1].path,
            "M0 800H9V600H0ZM10 800H19V200H10ZM20 1000H29V600H20Z"
        );
        assert_eq!(charts.errors, "M20 1000H29V0H20Z");
        assert_eq!(charts.error_count, 1);
        assert_eq!(charts.latency_top, 5000);
        assert_eq!(charts.latencies[0].path, "M0 800H9L10 800H19");
        let marks: Vec<_> = charts.marks.iter().map(|mark| (mark.x, mark.bad)).collect();
        assert_eq!(marks, [(15, true), (20, false)]);
    }

    #[test]
    fn a_view_without_buckets_draws_nothing() {
        let charts = charts(&TrafficView::default(), 0, &[]);
        assert_eq!((charts.width, charts.error_count), (0, 0));
        assert!(charts.stacks.is_empty() && charts.errors.is_empty());
    }

    #[test]
    fn few_errors_next_to_many_stay_visible() {
        let mut traffic = traffic();
        traffic.clients.failures = vec![1, 4000, 0];
        let charts = charts(&traffic, 3, &[]);
        assert_eq!(charts.errors, "M0 1000H9V750H0ZM10 1000H19V0H10Z");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0, 9_999, 10_000, 123_456].map(count),
            ["0", "9999", "10.0k", "123.4k"]
        );
        assert_eq!(
            [850, 1_250, 40_000].map(duration),
            ["850 µs", "1.2 ms", "40 ms"]
        );
        assert_eq!(
            [0, 1, 3, 51, 700, 1000].map(nice),
            [1, 1, 5, 100, 1000, 1000]
        );
        assert!(nice(u64::MAX) > 0);
    }

    #[test]
    fn an_hsm_keeps_its_colour() {
        let hues: Vec<String> = (0..8).map(|number| format!("hsm-{number}")).collect();
        assert_eq!(hue(&hues, "hsm-2"), "--hue:var(--h2)");
        assert_eq!(hue(&hues, "hsm-7"), "--hue:var(--h1)");
    }
}
