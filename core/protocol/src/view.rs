//! The view: what a screen shows, as plain data in slices. Each slice is rebuilt only when its own
//! part of the world has changed. No secret ever stands in it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::request::TerminalId;
use crate::appliance::ApplianceStatus;
pub use crate::form::{FieldKind, FieldView, FormView};
pub use crate::moments::{MOMENTS_MAX, Moment, MomentKind};
use crate::reach::Reach;
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
    /// What the HSMs did lately.
    pub traffic: Rc<TrafficView>,
    /// What can be broken on purpose.
    pub faults: Rc<FaultsView>,
    /// What was done in the lab so far.
    pub tally: Rc<TallyView>,
}

/// The simulated clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockView {
    /// Milliseconds since 1970, UTC.
    pub now_ms: u64,
    /// The next thing that happens by itself.
    pub next: Option<Upcoming>,
}

/// Something that will happen by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upcoming {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// What, as `HSM hsm-4kq… becomes ACTIVE`.
    pub what: String,
}

/// The network and what stands in it, in one region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiagramView {
    /// As `us-east-1`.
    pub region: String,
    /// The region's availability zones that anything stands in (at least two), sorted.
    pub zones: Vec<String>,
    /// VPCs: the learner's own first, the default VPC only once something stands in it.
    pub vpcs: Vec<VpcView>,
    /// Clusters, oldest first.
    pub clusters: Vec<ClusterView>,
    /// The last connection that was tried, for drawing its way.
    pub connection: Option<ConnectionView>,
}

/// A VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcView {
    /// `vpc-…`
    pub id: String,
    /// Its Name tag, else empty.
    pub name: String,
    /// Its first IPv4 range.
    pub cidr: String,
    /// Whether it is the region's default VPC.
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
    /// Its Name tag, else empty.
    pub name: String,
    /// Its IPv4 range.
    pub cidr: String,
    /// As `us-east-1a`.
    pub zone: String,
    /// Whether its route table leads to an internet gateway.
    pub public: bool,
    /// Its network interfaces, by address.
    pub interfaces: Vec<InterfaceView>,
}

/// A network interface and what it belongs to.
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
    /// The instance it belongs to.
    pub instance: Option<InstanceView>,
    /// The HSM it belongs to.
    pub hsm_id: Option<String>,
}

/// An EC2 instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    /// `i-…`
    pub id: String,
    /// Its Name tag, else empty.
    pub name: String,
    /// `pending`, `running`, `stopped`, …
    pub state: String,
    /// In words: `Amazon Linux 2023`.
    pub os: String,
    /// Whether a terminal can be opened on it now, from the learner's own address.
    pub terminal: bool,
    /// The client packages on it.
    pub packages: Vec<String>,
    /// The program that runs in a terminal on it, as `cloudhsm-cli`.
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
    /// The cluster whose group it is.
    pub cluster_id: Option<String>,
    /// Its inbound rules in words, as `TCP 2223-2225 from itself`.
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
    /// Zone to subnet.
    pub subnets: std::collections::BTreeMap<String, String>,
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
    /// As `us-east-1a`.
    pub zone: String,
    /// Its interface in the learner's subnet.
    pub interface: String,
    /// That interface's address.
    pub ip: String,
    /// What can be seen of the appliance.
    pub appliance: ApplianceStatus,
    /// When the present state ends by itself, milliseconds since 1970.
    pub until_ms: Option<u64>,
}

/// A connection that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// The interface it came from, or `internet`.
    pub from: String,
    /// The interface it went to, where the address belongs to one.
    pub to: Option<String>,
    /// As `10.0.1.15`.
    pub address: String,
    /// The TCP port.
    pub port: u16,
    /// The way as it is now: what was true when it was tried may have changed since.
    pub reach: Reach,
    /// Whether it came through when it was tried.
    pub worked: bool,
    /// When it was tried, milliseconds since 1970.
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
    /// The topic of the course that it belongs to.
    pub topic: String,
    /// How long it takes a learner.
    pub minutes: u32,
    /// What is said before the first step.
    pub intro: Rc<Vec<Block>>,
    /// The steps in order.
    pub steps: Vec<StepView>,
    /// What is said after the last step, once all are done.
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
    /// Where it stands.
    pub state: StepState,
    /// Why it is not done yet, for the present step.
    pub reason: Option<ReasonView>,
    /// How many hints it has.
    pub hint_count: usize,
    /// The hints that have been asked for.
    pub hints: Vec<Rc<Vec<Block>>>,
}

/// What was done in a lab, step by step. It follows from the journal, so a save brings it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TallyView {
    /// The steps in order.
    pub steps: Vec<StepTally>,
    /// The commands of the present step that were typed in it.
    pub ran: Vec<RanView>,
}

/// What was done in a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepTally {
    /// The commands that were typed.
    pub commands: u32,
    /// The hints that were shown.
    pub hints: usize,
    /// The simulated time from the step before to the end of this one, in milliseconds; `None` until
    /// it is done.
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

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepState {
    /// All its checks hold.
    Done,
    /// The first that is not done.
    Current,
    /// Still to come.
    ToDo,
}

/// Why a step is not done yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReasonView {
    /// A sentence.
    pub text: String,
    /// The id of the part of the diagram that it speaks of.
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
    /// The id of the host that lines go to now: another one after `ssh`.
    pub at: String,
    /// Its tab's title: `CloudShell`, `client-1`.
    pub title: String,
    /// What stands before the cursor.
    pub prompt: String,
    /// Whether what is typed is shown (not for passwords).
    pub echo: bool,
    /// Whether the host is still there and reachable.
    pub connected: bool,
    /// Whether a program runs in it that neither has ended nor waits for a line: it goes on as the
    /// clock does, and Ctrl-C ends it.
    pub running: bool,
}

/// What has happened, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineView {
    /// When the world began, milliseconds since 1970.
    pub start_ms: u64,
    /// The moments, oldest first; at most [`MOMENTS_MAX`], the oldest are dropped.
    pub moments: Vec<Moment>,
}

/// What the HSMs of the region's clusters were asked for lately, in buckets of time, and what clients
/// saw of it. Empty while nothing was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficView {
    /// Where the first bucket begins, milliseconds since 1970.
    pub start_ms: u64,
    /// How long each bucket is, in milliseconds.
    pub bucket_ms: u64,
    /// What each HSM did, oldest HSM first; one that is gone stays while a bucket shows it.
    pub hsms: Vec<TrafficSeries>,
    /// What the client applications saw, retries done: `failures` are errors that reached them.
    pub clients: TrafficSeries,
}

/// What was done in each bucket; all lists are equally long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficSeries {
    /// `hsm-…`; empty for the clients together.
    pub id: String,
    /// Operations that succeeded.
    pub operations: Vec<u32>,
    /// Operations that failed: the connection broke, or the HSM was too busy.
    pub failures: Vec<u32>,
    /// The mean time of the operations that succeeded, from the request to its answer, in
    /// microseconds; 0 where there was none.
    pub latency_us: Vec<u32>,
}

/// What can be broken on purpose, and what is broken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultsView {
    /// All faults that can be brought about or ended now.
    pub faults: Vec<FaultView>,
}

/// A fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultView {
    /// What [`super::Request::Fault`] names: `fail-hsm/hsm-…`, `lose-zone/us-east-1a`.
    pub id: String,
    /// In words: `Fail HSM hsm-…`.
    pub title: String,
    /// What happens on AWS in such a case, in one or two sentences.
    pub about: String,
    /// The id of what it strikes, for the diagram: an HSM, a cluster, a zone, an instance.
    pub target: String,
    /// Whether it is in force. One that is over at once (failed hardware) never is.
    pub active: bool,
    /// Whether it can be ended by hand.
    pub lasting: bool,
}
