//! The shapes of the protocol, as `core/src/session` writes them, and of the browser's stored data.

use hsmlab_protocol::ApplianceStatus;
use hsmlab_protocol::Event;
use hsmlab_protocol::event::{Inspected, InspectedAction, Stream, ViewChange};
use hsmlab_protocol::text::{Block, Inline, Row};
use hsmlab_protocol::view::{
    ClockView, ClusterView, ConnectionView, DiagramView, FaultView, FaultsView, FieldKind,
    FieldView, FormView, GroupView, HsmView, InstanceView, InterfaceView, LabView, Moment,
    MomentKind, RanView, ReasonView, StepState, StepTally, StepView, SubnetView, TallyView,
    TerminalView, TimelineView, TrafficSeries, TrafficView, Upcoming, VpcView,
};
use hsmlab_protocol::{Hop, HopKind, Reach};
use wasm_bindgen::prelude::JsValue;

use super::{Flaw, Read, field};
use crate::catalogue::{Entry, WorldEntry};
use crate::components::theme::Theme;
use crate::saves::{Progress, SaveFile};
use crate::state::screen::{Ink, Span};

/// Objects: each field and its JSON name.
macro_rules! objects {
    ($($object:ident { $($field:ident $name:literal,)* })*) => {$(
        impl Read for $object {
            #[inline(never)]
            fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
                Self { $($field: field(value, $name, flaw),)* }
            }
        }
    )*};
}

/// Enums without fields: each variant and its JSON word. The first replaces a mismatch.
macro_rules! words {
    ($($words:ident { $first:ident $first_word:literal, $($variant:ident $word:literal,)* })*) => {$(
        impl Read for $words {
            #[inline(never)]
            fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
                match value.as_string().unwrap_or_default().as_str() {
                    $first_word => return Self::$first,
                    $($word => return Self::$variant,)*
                    _ => flaw.note(stringify!($words)),
                }
                Self::$first
            }
        }
    )*};
}

/// Enums with fields: the member `type` names the variant.
macro_rules! tagged {
    ($($tagged:ident { $($variant:ident $word:literal { $($field:ident $name:literal,)* })* })*) => {$(
        impl Read for $tagged {
            #[inline(never)]
            fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
                let word: String = field(value, "type", flaw);
                match word.as_str() {
                    $($word => Self::$variant { $($field: field(value, $name, flaw),)* },)*
                    // The few variants that wrap an object.
                    _ => Self::wrapped(&word, value, flaw),
                }
            }
        }
    )*};
}

/// Variants that wrap an object, whose fields are next to `type`.
trait Wrapped: Sized {
    fn wrapped(word: &str, value: &JsValue, flaw: &mut Flaw) -> Self;
}

impl Wrapped for Event {
    fn wrapped(word: &str, value: &JsValue, flaw: &mut Flaw) -> Self {
        match word {
            "view" => Self::View(Read::take(value, flaw)),
            "inspected" => Self::Inspected(Read::take(value, flaw)),
            "form" => Self::Form(Read::take(value, flaw)),
            _ => {
                flaw.note("event");
                Self::Clear { terminal: 0 }
            }
        }
    }
}

impl Wrapped for Block {
    fn wrapped(_: &str, _: &JsValue, flaw: &mut Flaw) -> Self {
        flaw.note("block");
        Self::Quote { blocks: Vec::new() }
    }
}

impl Wrapped for Row {
    fn wrapped(_: &str, _: &JsValue, flaw: &mut Flaw) -> Self {
        flaw.note("row");
        let text = String::new();
        Self::Remark { text }
    }
}

impl Wrapped for Inline {
    fn wrapped(_: &str, _: &JsValue, flaw: &mut Flaw) -> Self {
        flaw.note("inline");
        Self::Break
    }
}

tagged! {
    Event {
        Output "output" { terminal "terminal", stream "stream", text "text", }
        Exit "exit" { terminal "terminal", status "status", }
        Clear "clear" { terminal "terminal", }
        Completions "completions" { terminal "terminal", from "from", candidates "candidates", }
        File "file" { name "name", content "content", }
        Reached "reached" { from "from", to "to", port "port", reach "reach", }
        Saved "saved" { save "save", }
        Called "called" { service "service", operation "operation", params "params", }
        Failed "failed" { what "what", remedy "remedy", }
    }
    Block {
        Heading "heading" { level "level", text "text", }
        Paragraph "paragraph" { text "text", }
        Code "code" { language "language", text "text", host "host", rows "rows", }
        List "list" { start "start", items "items", }
        Quote "quote" { blocks "blocks", }
        Table "table" { head "head", rows "rows", }
    }
    Row {
        Command "command" { text "text", }
        Answer "answer" { prompt "prompt", text "text", }
        Remark "remark" { text "text", }
    }
    Inline {
        Text "text" { text "text", }
        Code "code" { text "text", }
        Strong "strong" { text "text", }
        Emphasis "emphasis" { text "text", }
        Link "link" { href "href", text "text", }
        Break "break" { }
    }
}

words! {
    Ink { Out "out", Err "err", Note "note", Prompt "prompt", Typed "typed", }
    Theme { System "system", Light "light", Dark "dark", }
    Stream { Stdout "stdout", Stderr "stderr", Note "note", }
    StepState { Done "done", Current "current", ToDo "toDo", }
    MomentKind { Change "change", Failure "failure", Step "step", }
    FieldKind {
        Text "text", Number "number", Switch "switch", List "list", Structure "structure",
    }
    HopKind {
        Source "source",
        SecurityGroupEgress "securityGroupEgress",
        SecurityGroupIngress "securityGroupIngress",
        NetworkAclEgress "networkAclEgress",
        NetworkAclIngress "networkAclIngress",
        Route "route",
        InternetGateway "internetGateway",
        Destination "destination",
    }
}

objects! {
    Entry {
        id "id", file "file", title "title", topic "topic", minutes "minutes",
        summary "summary", world "world",
    }
    WorldEntry { id "id", title "title", holds "holds", extends "extends", }
    Progress { done "done", steps "steps", }
    SaveFile { format "format", lab "lab", save "save", screens "screens", }
    ViewChange {
        revision "revision", clock "clock", diagram "diagram", lab "lab", terminals "terminals",
        timeline "timeline", traffic "traffic", faults "faults", tally "tally",
    }
    Inspected {
        id "id", kind "kind", command "command", api "api", appliance "appliance",
        actions "actions",
    }
    InspectedAction { label "label", command "command", destructive "destructive", }
    ClockView { now_ms "nowMs", next "next", }
    Upcoming { at_ms "atMs", what "what", }
    DiagramView {
        region "region", zones "zones", vpcs "vpcs", clusters "clusters", connection "connection",
    }
    VpcView {
        id "id", name "name", cidr "cidr", is_default "isDefault",
        internet_gateway "internetGateway", subnets "subnets", groups "groups",
    }
    SubnetView {
        id "id", name "name", cidr "cidr", zone "zone", public "public", interfaces "interfaces",
    }
    InterfaceView {
        id "id", ip "ip", public_ip "publicIp", groups "groups", instance "instance",
        hsm_id "hsmId",
    }
    InstanceView {
        id "id", name "name", state "state", os "os", terminal "terminal", packages "packages",
        program "program",
    }
    GroupView {
        id "id", name "name", cluster_id "clusterId", inbound "inbound", outbound "outbound",
    }
    ClusterView {
        id "id", state "state", hsm_type "hsmType", mode "mode", vpc_id "vpcId",
        security_group "securityGroup", subnets "subnets", hsms "hsms",
    }
    HsmView {
        id "id", state "state", zone "zone", interface "interface", ip "ip",
        appliance "appliance", until_ms "untilMs",
    }
    ApplianceStatus {
        keys "keys", users "users", connections "connections", activated "activated",
        claimed "claimed",
    }
    ConnectionView {
        from "from", to "to", address "address", port "port", reach "reach", worked "worked",
        at_ms "atMs",
    }
    Reach { hops "hops", reachable "reachable", }
    Hop { kind "kind", id "id", interface "interface", allows "allows", why "why", code "code", }
    LabView {
        id "id", title "title", topic "topic", minutes "minutes", intro "intro", steps "steps",
        outro "outro",
    }
    StepView {
        id "id", title "title", body "body", state "state", reason "reason",
        hint_count "hintCount", hints "hints",
    }
    ReasonView { text "text", about "about", }
    TerminalView {
        id "id", host "host", at "at", title "title", prompt "prompt", echo "echo",
        connected "connected", running "running",
    }
    TallyView { steps "steps", ran "ran", }
    StepTally { commands "commands", hints "hints", took_ms "tookMs", }
    RanView { host "host", text "text", }
    TimelineView { start_ms "startMs", moments "moments", }
    TrafficView { start_ms "startMs", bucket_ms "bucketMs", hsms "hsms", clients "clients", }
    TrafficSeries {
        id "id", operations "operations", failures "failures", latency_us "latencyUs",
    }
    FaultsView { faults "faults", }
    FaultView {
        id "id", title "title", about "about", target "target", active "active",
        lasting "lasting",
    }
    Moment { at_ms "atMs", what "what", about "about", kind "kind", }
    FormView {
        service "service", operation "operation", choices "choices", fields "fields",
    }
    FieldView {
        option "option", help "help", kind "kind", required "required", choices "choices",
    }
}

impl Read for Span {
    fn take(value: &JsValue, flaw: &mut Flaw) -> Self {
        let (ink, text) = Read::take(value, flaw);
        Self(ink, text)
    }
}
