//! Random requests in random order: nothing panics, every refusal gives a remedy, a save restores the same
//! world, and time that passes in pieces has the same effect as at once.

use hsmlab_core::session::Session;
use hsmlab_protocol::request::TerminalId;
use hsmlab_protocol::request::Worlds;
use hsmlab_protocol::{Event, Request};
use hsmlab_sim::Seed;
use proptest::prelude::*;

/// A lab whose steps are done on the way, so that saves and resets meet step boundaries.
const LAB: &str = r#"+++
format = 1
id = "any"
title = "Any"
+++
Intro.

## A network {#network}
```check
run = "aws ec2 describe-vpcs --filters Name=is-default,Values=false"
pass = "Vpcs"
```
```hint
One.
```

## A cluster {#cluster}
```check
run = "aws cloudhsmv2 describe-clusters"
pass = "Clusters"
```

## An HSM {#hsm}
```check
run = "aws cloudhsmv2 describe-clusters"
pass = "Clusters[].Hsms[?State=='ACTIVE'][] | [0]"
```
"#;

/// Lines that build a world, in a useful order.
const LINES: &[&str] = &[
    "V=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)",
    "S=$(aws ec2 create-subnet --vpc-id $V --cidr-block 10.0.1.0/24 --availability-zone us-east-1a --query Subnet.SubnetId --output text)",
    "G=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text); aws ec2 attach-internet-gateway --internet-gateway-id $G --vpc-id $V",
    "R=$(aws ec2 describe-route-tables --filters Name=vpc-id,Values=$V --query 'RouteTables[0].RouteTableId' --output text); aws ec2 create-route --route-table-id $R --destination-cidr-block 0.0.0.0/0 --gateway-id $G",
    "C=$(aws cloudhsmv2 create-cluster --hsm-type hsm2m.medium --mode FIPS --subnet-ids $S --query Cluster.ClusterId --output text)",
    "wait",
    "aws cloudhsmv2 create-hsm --cluster-id $C --availability-zone us-east-1a",
    "aws cloudhsmv2 describe-clusters --output text --query 'Clusters[].Certificates.ClusterCsr' > cluster.csr",
    "openssl ecparam -name prime256v1 -genkey -noout -out ca.key; openssl req -new -x509 -days 30 -key ca.key -out ca.crt -subj /CN=CA",
    "openssl x509 -req -days 30 -in cluster.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out hsm.crt",
    "aws cloudhsmv2 initialize-cluster --cluster-id $C --signed-cert file://hsm.crt --trust-anchor file://ca.crt",
    "aws ec2 create-key-pair --key-name lab --query KeyMaterial --output text > lab.pem; chmod 400 lab.pem",
    "I=$(aws ec2 run-instances --image-id $(aws ec2 describe-images --owners amazon --filters 'Name=name,Values=al2023-ami-2023*-x86_64' --query 'Images[0].ImageId' --output text) --instance-type t3.micro --key-name lab --subnet-id $S --associate-public-ip-address --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=client-1}]' --query 'Instances[0].InstanceId' --output text)",
    "aws ec2 authorize-security-group-ingress --group-id $(aws ec2 describe-security-groups --filters Name=vpc-id,Values=$V Name=group-name,Values=default --query 'SecurityGroups[0].GroupId' --output text) --protocol tcp --port 22 --cidr 0.0.0.0/0",
    "ssh -i lab.pem ec2-user@$(aws ec2 describe-instances --instance-ids $I --query 'Reservations[0].Instances[0].PublicIpAddress' --output text)",
    "aws ec2 stop-instances --instance-ids $I",
    "aws ec2 terminate-instances --instance-ids $I",
    "aws configure",
    "sudo -i",
    "exit",
    "cat <<EOF > note",
    "EOF",
    "openssl genrsa -aes256 -out locked.key 2048",
    "/opt/cloudhsm/bin/cloudhsm-cli interactive",
    "aws s3 ls | tail",
    "for i in 1 2 3; do",
    "sleep 60; done",
    "while true; do :; done",
    "echo $? $HOME ${X:-y} 'q' \"w\" $(date) | cat | wc -c",
    "find / -name '*.pem' | head",
    "explain",
    "secret",
];

fn lines() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(LINES).prop_map(str::to_owned),
        1 => "\\PC{0,60}",
        1 => prop::collection::vec(
            prop::sample::select(&["$(", ")", "'", "\"", "`", "<<E", "|", ";", "&&", ">", "f", "if", "do", "done", "for", "a", "in", "{", "}", "$x", "\\", "echo", "\n", "${", "!", "~", "*"][..]),
            0..14,
        ).prop_map(|words| words.join(" ")),
    ]
}

fn terminal() -> impl Strategy<Value = TerminalId> {
    prop_oneof![8 => Just(1), 2 => 0_u32..5]
}

fn requests() -> impl Strategy<Value = Request> {
    let id = || {
        prop_oneof![
            Just("cloudshell".to_owned()),
            Just("client-1".to_owned()),
            "\\PC{0,12}",
            "(vpc|eni|i|hsm|cluster|sg)-[a-z0-9]{0,8}"
        ]
    };
    prop_oneof![
        12 => (terminal(), lines()).prop_map(|(terminal, text)| Request::Line { terminal, text }),
        2 => terminal().prop_map(|terminal| Request::Interrupt { terminal }),
        2 => terminal().prop_map(|terminal| Request::EndOfInput { terminal }),
        2 => (terminal(), lines(), 0_usize..90).prop_map(|(terminal, text, cursor)| Request::Complete { terminal, text, cursor }),
        1 => id().prop_map(|host| Request::OpenTerminal { host }),
        1 => (2_u32..5).prop_map(|terminal| Request::CloseTerminal { terminal }),
        1 => (terminal(), "\\PC{0,8}", "[A-Za-z0-9+/=]{0,12}").prop_map(|(terminal, name, content)| Request::Upload { terminal, name, content }),
        1 => (terminal(), prop_oneof![Just("cluster.csr".to_owned()), "\\PC{0,8}"]).prop_map(|(terminal, path)| Request::Download { terminal, path }),
        3 => prop_oneof![0_u64..400_000, Just(u64::MAX), Just(400 * 86_400_000)].prop_map(|ms| Request::Tick { ms }),
        3 => Just(Request::SkipToNext),
        1 => (terminal(), "[A-Za-z0-9+/=]{0,48}").prop_map(|(terminal, sealed)| Request::Hidden { terminal, sealed }),
        2 => (prop_oneof![id(), id().prop_map(|id| format!("fail-hsm/{id}"))], any::<bool>()).prop_map(|(id, on)| Request::Fault { id, on }),
        1 => prop_oneof![Just("network".to_owned()), "[a-z]{0,3}"].prop_map(|step| Request::Hint { step }),
        1 => Just(Request::ResetStep),
        1 => id().prop_map(|id| Request::Inspect { id }),
        1 => (id(), id(), any::<u16>()).prop_map(|(from, to, port)| Request::Reach { from, to, port }),
        1 => (prop::option::of(id()), prop::option::of(id())).prop_map(|(service, operation)| Request::Form { service, operation }),
        1 => Just(Request::Save),
        1 => prop_oneof!["\\PC{0,20}", Just("{\"format\":1}".to_owned()), Just("{\"format\":4}".to_owned())].prop_map(|save| Request::Restore { save, lab: None, worlds: Worlds::new() }),
    ]
}

fn started(lab: bool) -> Session {
    let mut session = Session::new();
    session.handle(Request::Start {
        seed: Seed::from_number(1),
        lab: lab.then(|| LAB.to_owned()),
        world: None,
        worlds: Worlds::new(),
        starts: None,
    });
    session
}

fn save(session: &mut Session) -> String {
    session
        .handle(Request::Save)
        .into_iter()
        .find_map(|event| match event {
            Event::Saved { save } => Some(save),
            _ => None,
        })
        .expect("a started session can be saved")
}

/// Restores a save in a new session.
fn restored(save: String, lab: bool) -> Session {
    let mut session = Session::new();
    let events = session.handle(Request::Restore {
        save,
        lab: lab.then(|| LAB.to_owned()),
        worlds: Worlds::new(),
    });
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::Failed { .. })),
        "{events:?}"
    );
    session
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_requests_are_survived_and_saved(
        lab: bool,
        led in 0_usize..16,
        requests in prop::collection::vec(requests(), 0..40),
    ) {
        let mut session = started(lab);
        // First some of the main path, so that there is something to break.
        for line in LINES.iter().take(led) {
            session.handle(Request::Line { terminal: 1, text: (*line).to_owned() });
            session.handle(Request::Tick { ms: 600_000 });
        }
        for request in requests {
            for event in session.handle(request.clone()) {
                if let Event::Failed { what, remedy } = event {
                    prop_assert!(!what.is_empty() && !remedy.is_empty(), "{request:?}");
                    prop_assert!(!what.contains("fault of the lab"), "{request:?}: {what}");
                }
            }
        }
        let (before, save) = (session.fingerprint(), save(&mut session));
        prop_assert_eq!(restored(save, lab).fingerprint(), before);
    }

    #[test]
    fn time_in_pieces_is_time_at_once(led in 0_usize..12, pieces in prop::collection::vec(0_u64..200_000, 1..30)) {
        let (mut many, mut one) = (started(false), started(false));
        for session in [&mut many, &mut one] {
            for line in LINES.iter().take(led) {
                session.handle(Request::Line { terminal: 1, text: (*line).to_owned() });
            }
        }
        for ms in &pieces {
            many.handle(Request::Tick { ms: *ms });
        }
        one.handle(Request::Tick { ms: pieces.iter().sum() });
        prop_assert_eq!(many.fingerprint(), one.fingerprint());
    }

    /// Steps are done at the tick that does them, in the replay too.
    #[test]
    fn time_in_pieces_is_saved_as_it_was(led in 0_usize..8, pieces in prop::collection::vec(0_u64..200_000, 1..30)) {
        let mut session = started(true);
        for line in LINES.iter().take(led) {
            session.handle(Request::Line { terminal: 1, text: (*line).to_owned() });
        }
        for ms in pieces {
            session.handle(Request::Tick { ms });
        }
        let save = save(&mut session);
        prop_assert_eq!(restored(save, true).fingerprint(), session.fingerprint());
    }
}

/// Returns a terminal's view of events: views are counted differently after a replay.
fn printed(mut events: Vec<Event>) -> Vec<Event> {
    events.retain(|event| !matches!(event, Event::View(_)));
    events
}

#[test]
fn a_save_holds_unfinished_input() {
    let half_done: &[&[&str]] = &[
        &["cat <<EOF > note", "first"],
        &["openssl genrsa -aes256 -out locked.key 2048"],
        &["aws configure", "AKIA"],
        &["for i in 1 2; do", "echo $i"],
        &["echo 'open"],
        &["sudo -i", "cd /etc"],
    ];
    for lines in half_done {
        let mut session = started(false);
        for text in *lines {
            session.handle(Request::Line {
                terminal: 1,
                text: (*text).to_owned(),
            });
        }
        let save = save(&mut session);
        let mut again = restored(save, false);
        assert_eq!(again.fingerprint(), session.fingerprint(), "{lines:?}");
        for text in ["second", "EOF", "done", "'", "pwd", "ls -l"] {
            let request = Request::Line {
                terminal: 1,
                text: text.to_owned(),
            };
            assert_eq!(
                printed(again.handle(request.clone())),
                printed(session.handle(request)),
                "{lines:?}: {text}"
            );
        }
    }
}

#[test]
fn years_of_time_are_saved_whole() {
    let mut session = started(false);
    for _ in 0..3 {
        session.handle(Request::Tick {
            ms: 300 * 86_400_000,
        });
    }
    let save = save(&mut session);
    assert_eq!(restored(save, false).fingerprint(), session.fingerprint());
}

#[test]
fn broken_saves_are_refused_and_the_world_stays() {
    let mut session = started(true);
    let (before, whole) = (session.fingerprint(), save(&mut session));
    let mut broken: Vec<String> = (0..whole.len())
        .step_by(7)
        .map(|end| whole[..end].to_owned())
        .collect();
    broken.extend([
        whole.replace("\"any\"", "\"other\""),
        whole.replace("\"format\":3", "\"format\":4"),
        whole.replace("\"journal\":[", "\"journal\":[{\"type\":\"fly\"}"),
        "[]".to_owned(),
        "[".repeat(100_000),
    ]);
    for save in broken {
        let events = session.handle(Request::Restore {
            save: save.clone(),
            lab: Some(LAB.to_owned()),
            worlds: Worlds::new(),
        });
        assert!(
            matches!(&events[..], [Event::Failed { what, remedy }] if !what.is_empty() && !remedy.is_empty()),
            "{save}: {events:?}"
        );
        assert_eq!(session.fingerprint(), before);
    }
}
