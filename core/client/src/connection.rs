//! One connection: the handshake with an HSM, and the exchange of a command and its answer.

use std::net::IpAddr;

use rand_core::SeedableRng as _;

use super::identity::ClientIdentity;
use super::trust::{self, TrustError};
use super::{Link, LinkError};
use hsmlab_proto::channel::{Alert, Channel, ChannelError, ClientHandshake, ClientProof};
use hsmlab_proto::message::{Answer, Command, Fault};
use hsmlab_sim::{Rng, SimTime};

/// A line of the component's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The time.
    pub at: SimTime,
    /// `INFO`, `WARN`, `ERROR`.
    pub level: &'static str,
    /// The module that logs, below `cloudhsm_provider::`.
    pub module: &'static str,
    /// The text.
    pub message: String,
}

/// The reasons that connecting to a cluster fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// No HSM answered; each address with its reason.
    Unreachable(Vec<(IpAddr, LinkError)>),
    /// The HSM's certificate does not lead to the trust anchor.
    Untrusted(TrustError),
    /// The HSM has no cluster certificate.
    NotInitialized,
    /// The other side does not speak the protocol, or does not have the key of its certificate.
    Handshake,
    /// The HSM requires a client certificate, and the client has none or one that the HSM does not trust.
    ClientRefused,
}

impl From<ChannelError> for ConnectError {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Alerted(Alert::NotInitialized) => Self::NotInitialized,
            ChannelError::Alerted(Alert::CertificateRequired | Alert::BadCertificate) => {
                Self::ClientRefused
            }
            _ => Self::Handshake,
        }
    }
}

/// A connection to one HSM.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) address: IpAddr,
    pub(super) connection: u64,
    pub(super) channel: Channel,
    pub(super) logged_in: bool,
}

pub(super) enum OpenError {
    /// The connection failed.
    Link(LinkError),
    /// The connection is open, but the channel failed.
    Connect(ConnectError),
}

impl From<ChannelError> for OpenError {
    fn from(error: ChannelError) -> Self {
        Self::Connect(error.into())
    }
}

/// Connects to an HSM and opens the channel into it.
pub(super) fn open(
    address: IpAddr,
    port: u16,
    anchors: &str,
    identity: Option<&ClientIdentity>,
    link: &mut dyn Link,
    log: &mut Vec<LogLine>,
) -> Result<Member, OpenError> {
    let mut say = |at, level, module, message| {
        log.push(LogLine {
            at,
            level,
            module,
            message,
        });
    };
    let hsm = format!("HSM {{ IP: \"{address}\", Port: {port} }}");
    say(
        link.now(),
        "INFO",
        "hsm1::hsm_connection::server_connection::common",
        format!("Initializing new connection: {hsm}"),
    );
    let connection = match link.connect(address, port) {
        Ok(connection) => connection,
        Err(error) => {
            say(
                link.now(),
                "ERROR",
                "hsm1::hsm_connection::server_connection::common",
                // Guess: the SDK's text is not published.
                format!("Failed to connect to {hsm}: {}", link_error_text(&error)),
            );
            return Err(OpenError::Link(error));
        }
    };
    let opened = shake(connection, anchors, identity, link);
    match opened {
        Ok(channel) => {
            say(
                link.now(),
                "INFO",
                "hsm1::connection::connection_pool",
                format!(
                    "Adding HSM connection to connection pool: HsmConnection {{ hsm_info: {hsm} }}"
                ),
            );
            Ok(Member {
                address,
                connection,
                channel,
                logged_in: false,
            })
        }
        Err(error) => {
            link.close(connection);
            let what = match &error {
                OpenError::Connect(ConnectError::Untrusted(error)) => format!(
                    "Certificate verification error with error code {} and depth {}: {}",
                    error.code, error.depth, error.reason
                ),
                OpenError::Connect(ConnectError::NotInitialized) => {
                    "The HSM has no cluster certificate".to_owned()
                }
                // Guess: the SDK's text is not published.
                OpenError::Connect(ConnectError::ClientRefused) => {
                    "The HSM did not accept the client certificate".to_owned()
                }
                OpenError::Link(error) => link_error_text(error).to_owned(),
                OpenError::Connect(_) => "The end-to-end handshake failed".to_owned(),
            };
            say(
                link.now(),
                "ERROR",
                "hsm1::hsm_connection::e2e_encryption",
                what,
            );
            Err(error)
        }
    }
}

fn link_error_text(error: &LinkError) -> &'static str {
    match error {
        LinkError::TimedOut => "connection timed out",
        LinkError::Refused => "connection refused",
        LinkError::Reset => "connection reset by peer",
    }
}

fn shake(
    connection: u64,
    anchors: &str,
    identity: Option<&ClientIdentity>,
    link: &mut dyn Link,
) -> Result<Channel, OpenError> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    link.fill_random(&mut seed[..]);
    let mut rng = Rng::from_seed(*seed);
    let handshake = ClientHandshake::start(&mut rng);
    let answer = link
        .exchange(connection, handshake.hello())
        .map_err(OpenError::Link)?;
    let now = link.now();
    let opened = handshake.finish(&answer, |certificate| {
        trust::verify(certificate, anchors, now)
            .map_err(|error| OpenError::Connect(ConnectError::Untrusted(error)))
    })?;
    let mut channel = opened.channel;
    if opened.wants_proof {
        let proof = match identity {
            Some(identity) => identity.prove(&opened.transcript, &mut rng),
            None => Some(ClientProof::default()),
        };
        let proof = proof.and_then(|proof| proof.to_bytes());
        let proof = proof.ok_or(OpenError::Connect(ConnectError::ClientRefused))?;
        let record = channel.seal_proof(&proof)?;
        let answer = link
            .exchange(connection, &record)
            .map_err(OpenError::Link)?;
        channel.open(&answer)?;
    }
    Ok(channel)
}

/// Sends one command and returns its answer; `None` if the connection is no longer usable.
pub(super) fn exchange(
    member: &mut Member,
    command: &Command,
    link: &mut dyn Link,
) -> Option<Answer> {
    let message = zeroize::Zeroizing::new(serde_json::to_vec(command).ok()?);
    // Too large for the HSM: nothing was sent, and the connection remains.
    let Ok(record) = member.channel.seal(&message) else {
        return Some(Err(Fault::BadData("the data are too long".into())));
    };
    let answer = link.exchange(member.connection, &record).ok()?;
    let message = member.channel.open(&answer).ok()?;
    serde_json::from_slice(&message).ok()
}
