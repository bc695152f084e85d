//! The view: the content of a screen, as plain data in slices. Each slice is rebuilt only when its own
//! part of the world has changed. It never contains a secret.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::request::TerminalId;
use crate::appliance::ApplianceStatus;
pub use crate::form::{FieldKind, FieldView, FormView};
pub use crate::moments::{MOMENTS_MAX, Moment, MomentKind};
use crate::reach::Reach;
use crate::small_map::SmallMap;
use crate::text::Block;

/// The whole view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The clock.
    pub clock: Rc<ClockView>,
    /// The diagram.
    pub diagram: Rc<DiagramView>,
    /// The lab and its steps.
    pub lab: Rc<LabView>,
    /// The terminals and their prompts.
    pub terminals: Rc<Vec<TerminalView>>,
    /// The timeline.
    pub timeline: Rc<TimelineView>,
    /// The recent traffic of the HSMs.
    pub traffic: Rc<TrafficView>,
    /// The faults.
    pub faults: Rc<FaultsView>,
    /// The summary of the work in the lab so far.
    pub tally: Rc<TallyView>,
}

/// The simulated clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockView {
    /// Milliseconds since 1970, UTC.
    pub now_ms: u64,
    /// The next automatic event.
    pub next: Option<Upcoming>,
}

/// A future automatic event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upcoming {
    /// The time, in milliseconds since 1970.
    pub at_ms: u64,
    /// The event, such as `HSM hsm-4kq… becomes ACTIVE`.
    pub what: String,
}

/// The network and its contents, in one region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiagramView {
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The region's availability zones that are in use (at least two), sorted.
    pub zones: Vec<String>,
    /// VPCs: the learner's own first, the default VPC only once it is in use.
    pub vpcs: Vec<VpcView>,
    /// Clusters, oldest first.
    pub clusters: Vec<ClusterView>,
    /// The last connection attempt, for drawing its path.
    pub connection: Option<ConnectionView>,
}

/// A VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcView {
    /// `vpc-…`
    pub id: String,
    /// Its Name tag, or empty.
    pub name: String,
    /// Its first IPv4 range.
    pub cidr: String,
    /// True if it is the region's default VPC.
    pub is_default: bool,
    /// The internet gateway attached to it.
    pub internet_gateway: Option<String>,
    /// Its subnets, by zone, then by address.
    pub subnets: Vec<SubnetView>,
    /// Its security groups.
    pub groups: Vec<GroupView>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubnetView {
    /// `subnet-…`
    pub id: String,
    /// Its Name tag, or empty.
    pub name: String,
    /// Its IPv4 range.
    pub cidr: String,
    /// The zone, such as `us-east-1a`.
    pub zone: String,
    /// True if its route table leads to an internet gateway.
    pub public: bool,
    /// Its network interfaces, by address.
    pub interfaces: Vec<InterfaceView>,
}

/// A network interface and its owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InterfaceView {
    /// `eni-…`
    pub id: String,
    /// Its private IPv4 address.
    pub ip: String,
    /// Its public IPv4 address.
    pub public_ip: Option<String>,
    /// The ids of its security groups.
    pub groups: Vec<String>,
    /// The instance that owns it.
    pub instance: Option<InstanceView>,
    /// The HSM that owns it.
    pub hsm_id: Option<String>,
}

/// An EC2 instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    /// `i-…`
    pub id: String,
    /// Its Name tag, or empty.
    pub name: String,
    /// `pending`, `running`, `stopped`, …
    pub state: String,
    /// The operating system, in words: `Amazon Linux 2023`.
    pub os: String,
    /// True if a terminal can be opened on it now, from the learner's own address.
    pub terminal: bool,
    /// The client packages on it.
    pub packages: Vec<String>,
    /// The program that is running in a terminal on it, such as `cloudhsm-cli`.
    pub program: Option<String>,
}

/// A security group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    /// `sg-…`
    pub id: String,
    /// Its group name.
    pub name: String,
    /// The cluster that the group belongs to.
    pub cluster_id: Option<String>,
    /// Its inbound rules in words, such as `TCP 2223-2225 from itself`.
    pub inbound: Vec<String>,
    /// Its outbound rules in words.
    pub outbound: Vec<String>,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterView {
    /// `cluster-…`
    pub id: String,
    /// The API's state: `UNINITIALIZED`, …
    pub state: String,
    /// `hsm2m.medium`
    pub hsm_type: String,
    /// `FIPS` or `NON_FIPS`
    pub mode: String,
    /// Its VPC.
    pub vpc_id: String,
    /// Its security group.
    pub security_group: String,
    /// The subnet of each zone.
    pub subnets: SmallMap<String, String>,
    /// Its HSMs, oldest first.
    pub hsms: Vec<HsmView>,
}

/// An HSM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HsmView {
    /// `hsm-…`
    pub id: String,
    /// The API's state: `CREATE_IN_PROGRESS`, `ACTIVE`, …
    pub state: String,
    /// The zone, such as `us-east-1a`.
    pub zone: String,
    /// Its interface in the learner's subnet.
    pub interface: String,
    /// That interface's address.
    pub ip: String,
    /// The externally visible state of the appliance.
    pub appliance: ApplianceStatus,
    /// The time when the current state ends automatically, in milliseconds since 1970.
    pub until_ms: Option<u64>,
}

/// A connection attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// The source interface, or `internet`.
    pub from: String,
    /// The target interface, if the address belongs to one.
    pub to: Option<String>,
    /// The address, such as `10.0.1.15`.
    pub address: String,
    /// The TCP port.
    pub port: u16,
    /// The current path: the rules may have changed since the attempt.
    pub reach: Reach,
    /// True if the attempt succeeded.
    pub worked: bool,
    /// The time of the attempt, in milliseconds since 1970.
    pub at_ms: u64,
}

/// The lab and its steps. The playground has no title and no steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabView {
    /// The lab's permanent id, empty in the playground.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The course topic that it belongs to.
    pub topic: String,
    /// The time that a learner needs, in minutes.
    pub minutes: u32,
    /// The introduction before the first step.
    pub intro: Rc<Vec<Block>>,
    /// The steps in order.
    pub steps: Vec<StepView>,
    /// The text after the last step, once all are done.
    pub outro: Rc<Vec<Block>>,
}

/// A step of a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// Its id within the lab.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: Rc<Vec<Block>>,
    /// Its state.
    pub state: StepState,
    /// The reason why it is not done yet, for the current step.
    pub reason: Option<ReasonView>,
    /// The number of its hints.
    pub hint_count: usize,
    /// The hints shown so far.
    pub hints: Vec<Rc<Vec<Block>>>,
}

/// The learner's work in a lab, step by step. It follows from the journal, so a save restores it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TallyView {
    /// The steps in order.
    pub steps: Vec<StepTally>,
    /// The commands of the current step that were typed in it.
    pub ran: Vec<RanView>,
}

/// The learner's work in a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepTally {
    /// The number of typed commands.
    pub commands: u32,
    /// The number of shown hints.
    pub hints: usize,
    /// The simulated time from the previous step to the end of this one, in milliseconds; `None`
    /// until it is done.
    pub took_ms: Option<u64>,
}

/// A command of a step that was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RanView {
    /// The host, as the block names it.
    pub host: String,
    /// Its lines.
    pub text: String,
}

/// The state of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepState {
    /// All its checks hold.
    Done,
    /// The first step that is not done.
    Current,
    /// Not started.
    ToDo,
}

/// The reason why a step is not done yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReasonView {
    /// A sentence.
    pub text: String,
    /// The id of the affected part of the diagram.
    pub about: Option<String>,
}

/// A terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TerminalView {
    /// Its number.
    pub id: TerminalId,
    /// The host's id.
    pub host: String,
    /// The id of the host that receives the lines: another one after `ssh`.
    pub at: String,
    /// Its tab's title: `CloudShell`, `client-1`.
    pub title: String,
    /// The text before the cursor.
    pub prompt: String,
    /// True if typed text is visible (false for passwords).
    pub echo: bool,
    /// True if the host still exists and is reachable.
    pub connected: bool,
    /// True if a program in it is running and not waiting for a line: it continues with the clock, and
    /// Ctrl-C ends it.
    pub running: bool,
}

/// The past events, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineView {
    /// The start of the world, in milliseconds since 1970.
    pub start_ms: u64,
    /// The events, oldest first; at most [`MOMENTS_MAX`], the oldest are dropped.
    pub moments: Vec<Moment>,
}

/// The recent requests to the HSMs of the region's clusters, in buckets of time, and the clients' view
/// of them. Empty while there were none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficView {
    /// The start of the first bucket, in milliseconds since 1970.
    pub start_ms: u64,
    /// The length of each bucket, in milliseconds.
    pub bucket_ms: u64,
    /// The work of each HSM, oldest HSM first; a deleted one stays while a bucket shows it.
    pub hsms: Vec<TrafficSeries>,
    /// The results at the client applications, after retries: `failures` are errors that reached them.
    pub clients: TrafficSeries,
}

/// The operations in each bucket; all lists have the same length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficSeries {
    /// `hsm-…`; empty for all clients together.
    pub id: String,
    /// Operations that succeeded.
    pub operations: Vec<u32>,
    /// Operations that failed: the connection broke, or the HSM was too busy.
    pub failures: Vec<u32>,
    /// The mean latency of the successful operations, from the request to its answer, in
    /// microseconds; 0 if there were none.
    pub latency_us: Vec<u32>,
}

/// The possible and active faults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultsView {
    /// All faults that can be started or ended now.
    pub faults: Vec<FaultView>,
}

/// A fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultView {
    /// The id in [`super::Request::Fault`]: `fail-hsm/hsm-…`, `lose-zone/us-east-1a`.
    pub id: String,
    /// The title: `Fail HSM hsm-…`.
    pub title: String,
    /// The effect of such a fault on AWS, in one or two sentences.
    pub about: String,
    /// The id of its target, for the diagram: an HSM, a cluster, a zone, an instance.
    pub target: String,
    /// True while it is active. An instantaneous fault (failed hardware) never is.
    pub active: bool,
    /// True if the learner can end it.
    pub lasting: bool,
}
