//! The page reads what serde writes: one sample of every shape of the protocol, and of the browser's
//! stored data.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test panics with the reason, and is not documented"
)]

use std::rc::Rc;

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
use hsmlab_protocol::{Hop, HopKind, Reach, SmallMap};
use hsmlab_web::bridge::Message;
use hsmlab_web::bridge::message::heard;
use hsmlab_web::bridge::read::{Misread, Read};
use hsmlab_web::saves::{FORMAT, SaveFile};
use hsmlab_web::state::screen::{Ink, Span};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn agrees(event: Event) {
    let json = serde_json::to_string(&event).expect("JSON");
    assert_eq!(Event::parse(&json), Ok(event), "{json}");
}

fn said(text: &str) -> Vec<Inline> {
    vec![Inline::Text {
        text: text.to_owned(),
    }]
}

fn every_block() -> Vec<Block> {
    let inlines = vec![
        Inline::Code {
            text: "c".to_owned(),
        },
        Inline::Strong { text: said("s") },
        Inline::Emphasis { text: said("e") },
        Inline::Link {
            href: "https://x".to_owned(),
            text: said("l"),
        },
        Inline::Break,
    ];
    vec![
        Block::Heading {
            level: 3,
            text: said("h"),
        },
        Block::Paragraph { text: inlines },
        Block::Code {
            language: "sh".to_owned(),
            text: "x".to_owned(),
            host: Some("client-1".to_owned()),
            rows: vec![
                Row::Command {
                    text: "x".to_owned(),
                },
                Row::Answer {
                    prompt: "Enter password:".to_owned(),
                    text: "p".to_owned(),
                },
                Row::Remark {
                    text: "# r".to_owned(),
                },
            ],
        },
        Block::List {
            start: Some(2),
            items: vec![vec![Block::Paragraph { text: said("i") }]],
        },
        Block::List {
            start: None,
            items: Vec::new(),
        },
        Block::Quote {
            blocks: vec![Block::Paragraph { text: said("q") }],
        },
        Block::Table {
            head: vec![said("a")],
            rows: vec![vec![said("b")]],
        },
    ]
}

fn lab() -> LabView {
    let step = |state| StepView {
        id: "one".to_owned(),
        title: "One".to_owned(),
        body: Rc::new(every_block()),
        state,
        reason: Some(ReasonView {
            text: "no".to_owned(),
            about: Some("vpc-1".to_owned()),
        }),
        hint_count: 2,
        hints: vec![Rc::new(every_block())],
    };
    LabView {
        id: "x".to_owned(),
        title: "X".to_owned(),
        topic: "T".to_owned(),
        minutes: 5,
        intro: Rc::new(every_block()),
        steps: [StepState::Done, StepState::Current, StepState::ToDo]
            .map(step)
            .to_vec(),
        outro: Rc::default(),
    }
}

fn reach() -> Reach {
    let kinds = [
        HopKind::Source,
        HopKind::SecurityGroupEgress,
        HopKind::SecurityGroupIngress,
        HopKind::NetworkAclEgress,
        HopKind::NetworkAclIngress,
        HopKind::Route,
        HopKind::InternetGateway,
        HopKind::Destination,
    ];
    let hop = |kind| Hop {
        kind,
        id: "sg-1".to_owned(),
        interface: Some("eni-1".to_owned()),
        allows: true,
        why: "it may".to_owned(),
        code: None,
    };
    Reach {
        hops: kinds.map(hop).to_vec(),
        reachable: true,
    }
}

fn diagram() -> DiagramView {
    let text = str::to_owned;
    let instance = InstanceView {
        id: text("i-1"),
        name: text("client-1"),
        state: text("running"),
        os: text("Amazon Linux 2023"),
        terminal: true,
        program: Some(text("cloudhsm-cli")),
        packages: vec![text("cloudhsm-cli")],
    };
    let interface = InterfaceView {
        id: text("eni-1"),
        ip: text("10.0.1.15"),
        public_ip: Some(text("3.80.1.2")),
        groups: vec![text("sg-1")],
        instance: Some(instance),
        hsm_id: Some(text("hsm-1")),
    };
    let subnet = SubnetView {
        id: text("subnet-1"),
        name: text("a"),
        cidr: text("10.0.1.0/24"),
        zone: text("us-east-1a"),
        public: true,
        interfaces: vec![interface],
    };
    let group = GroupView {
        id: text("sg-1"),
        name: text("own"),
        cluster_id: None,
        inbound: vec![text("TCP 22")],
        outbound: vec![text("all")],
    };
    let hsm = HsmView {
        id: text("hsm-1"),
        state: text("ACTIVE"),
        zone: text("us-east-1a"),
        interface: text("eni-1"),
        ip: text("10.0.1.15"),
        appliance: ApplianceStatus {
            keys: 3,
            activated: true,
            ..ApplianceStatus::default()
        },
        until_ms: Some(12),
    };
    DiagramView {
        region: text("us-east-1"),
        zones: vec![text("us-east-1a"), text("us-east-1b")],
        vpcs: vec![VpcView {
            id: text("vpc-1"),
            name: text("lab"),
            cidr: text("10.0.0.0/16"),
            is_default: false,
            internet_gateway: Some(text("igw-1")),
            subnets: vec![subnet],
            groups: vec![group],
        }],
        clusters: vec![ClusterView {
            id: text("cluster-1"),
            state: text("ACTIVE"),
            hsm_type: text("hsm2m.medium"),
            mode: text("FIPS"),
            vpc_id: text("vpc-1"),
            security_group: text("sg-1"),
            subnets: SmallMap::from([(text("us-east-1a"), text("subnet-1"))]),
            hsms: vec![hsm],
        }],
        connection: Some(ConnectionView {
            from: text("internet"),
            to: None,
            address: text("10.0.1.15"),
            port: 2223,
            reach: reach(),
            worked: true,
            at_ms: 7,
        }),
    }
}

#[wasm_bindgen_test]
fn every_shape_is_read_as_it_is_written() {
    let kinds = [MomentKind::Change, MomentKind::Failure, MomentKind::Step];
    let moment = |kind| Moment {
        at_ms: 3,
        what: "w".to_owned(),
        about: None,
        kind,
    };
    let next = Some(Upcoming {
        at_ms: 9,
        what: "HSM".to_owned(),
    });
    agrees(Event::View(Box::new(ViewChange {
        revision: 4,
        clock: Some(Rc::new(ClockView {
            now_ms: 1 << 41,
            next,
        })),
        diagram: Some(Rc::new(diagram())),
        lab: Some(Rc::new(lab())),
        terminals: Some(Rc::new(vec![TerminalView {
            id: 1,
            host: "cloudshell".to_owned(),
            at: "i-1".to_owned(),
            title: "CloudShell".to_owned(),
            prompt: "$ ".to_owned(),
            echo: false,
            connected: true,
            running: false,
        }])),
        timeline: Some(Rc::new(TimelineView {
            start_ms: 1,
            moments: kinds.map(moment).to_vec(),
        })),
        traffic: Some(Rc::new(TrafficView {
            start_ms: 5,
            bucket_ms: 1000,
            hsms: vec![TrafficSeries {
                id: "hsm-1".to_owned(),
                operations: vec![1, 2],
                failures: vec![0, 1],
                latency_us: vec![700, 0],
            }],
            clients: TrafficSeries::default(),
        })),
        faults: Some(Rc::new(FaultsView {
            faults: vec![FaultView {
                id: "fail-hsm/hsm-1".to_owned(),
                title: "t".to_owned(),
                about: "a".to_owned(),
                target: "hsm-1".to_owned(),
                active: false,
                lasting: true,
            }],
        })),
        tally: Some(Rc::new(TallyView {
            steps: vec![StepTally {
                commands: 3,
                hints: 1,
                took_ms: Some(9),
            }],
            ran: vec![RanView {
                host: "client-1".to_owned(),
                text: "x".to_owned(),
            }],
        })),
    })));
    agrees(Event::View(Box::default()));
    let kinds = [
        FieldKind::Text,
        FieldKind::Number,
        FieldKind::Switch,
        FieldKind::List,
        FieldKind::Structure,
    ];
    let field = |kind| FieldView {
        option: "--x".to_owned(),
        help: "h".to_owned(),
        kind,
        required: true,
        choices: vec!["a".to_owned()],
    };
    agrees(Event::Form(Box::new(FormView {
        service: Some("ec2".to_owned()),
        operation: None,
        choices: vec![("a".to_owned(), "b".to_owned())],
        fields: kinds.map(field).to_vec(),
    })));
}

#[wasm_bindgen_test]
fn every_small_event_is_read_as_it_is_written() {
    for stream in [Stream::Stdout, Stream::Stderr, Stream::Note] {
        agrees(Event::Output {
            terminal: 1,
            stream,
            text: "t\n".to_owned(),
        });
    }
    agrees(Event::Exit {
        terminal: 1,
        status: -1,
    });
    agrees(Event::Clear { terminal: 1 });
    let candidates = vec!["a".to_owned()];
    agrees(Event::Completions {
        terminal: 1,
        from: 3,
        candidates,
    });
    agrees(Event::File {
        name: "n".to_owned(),
        content: "Yg==".to_owned(),
    });
    let (from, to) = ("i-1".to_owned(), "i-2".to_owned());
    agrees(Event::Reached {
        from,
        to,
        port: 22,
        reach: reach(),
    });
    agrees(Event::Saved {
        save: "s".to_owned(),
    });
    agrees(Event::Failed {
        what: "w".to_owned(),
        remedy: "r".to_owned(),
    });
}

#[wasm_bindgen_test]
fn json_that_is_only_shown_is_read_as_text() {
    let actions = vec![InspectedAction {
        label: "Delete".to_owned(),
        command: "aws".to_owned(),
        destructive: true,
    }];
    let inspected = Inspected {
        id: "hsm-1".to_owned(),
        kind: "HSM".to_owned(),
        command: "aws".to_owned(),
        api: serde_json::json!({"a": [1, null]}),
        appliance: None,
        actions,
    };
    let event = Event::Inspected(Box::new(inspected.clone()));
    let read = Event::parse(&serde_json::to_string(&event).unwrap()).unwrap();
    let api = "{\n    \"a\": [\n        1,\n        null\n    ]\n}".into();
    assert_eq!(
        read,
        Event::Inspected(Box::new(Inspected { api, ..inspected }))
    );
}

#[wasm_bindgen_test]
fn a_mismatch_names_the_field_or_type() {
    for (json, misread) in [
        ("{", "JSON"),
        ("7", "type"),
        (r#"{"type":"nothing"}"#, "event"),
        (r#"{"type":"exit","terminal":-1,"status":0}"#, "terminal"),
        (r#"{"type":"exit","terminal":1.5,"status":0}"#, "terminal"),
        (r#"{"type":"saved"}"#, "save"),
    ] {
        assert_eq!(Event::parse(json), Err(Misread(misread)), "{json}");
    }
}

#[wasm_bindgen_test]
fn messages_are_read_as_they_are_written() {
    let saved = Event::Saved {
        save: "x".to_owned(),
    };
    for message in [
        Message::Ready,
        Message::Events(vec![saved]),
        Message::Panicked("ouch".to_owned()),
        Message::Alive,
        Message::Unloaded("404".to_owned()),
        Message::Lives("hsmlab.worker.1".to_owned()),
        Message::Ended,
    ] {
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(heard(&text), message);
    }
    for bad in ["{", "{}", "7", "null"] {
        assert!(matches!(heard(bad), Message::Panicked(_)), "{bad}");
    }
}

#[wasm_bindgen_test]
fn saves_are_read_as_they_are_written_and_bad_ones_refused_in_words() {
    let line = vec![
        Span(Ink::Prompt, "$ ".to_owned()),
        Span(Ink::Typed, "ls".to_owned()),
    ];
    let save = SaveFile {
        format: FORMAT,
        lab: "x".to_owned(),
        save: "s".to_owned(),
        screens: SmallMap::from([(1, vec![line])]),
    };
    assert_eq!(
        SaveFile::open(&serde_json::to_string(&save).unwrap()),
        Ok(save)
    );
    for (text, expected) in [
        ("", "not a save"),
        ("null", "not a save"),
        ("{}", "not a save"),
        ("{\"format\":9}", "format 9"),
        ("{\"format\":1,\"lab\":\"x\"}", "damaged"),
    ] {
        let error = SaveFile::open(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}
