//! Policies on all HSMs of a cluster. The service does not synchronise them: a command goes to all HSMs
//! reachable at that moment, like a user command (User Guide, "troubleshoot-sdk5-inconsistent-value").

use super::{ClientError, Cluster};
use crate::Link;
use hsmlab_proto::message::{Command, Fault, Reply};
use hsmlab_proto::policy::{Anchor, Enforcement, PolicyCommand, PolicyFault, PolicyReply};

/// A trust anchor, merged from all HSMs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterAnchor {
    /// The number on the first HSM that has it.
    pub reference: u32,
    /// The certificate, PEM.
    pub certificate: String,
    /// True if every HSM has it under that number.
    pub everywhere: bool,
}

impl Cluster {
    /// Returns the trust anchors of all HSMs.
    ///
    /// # Errors
    /// No connection is left, or the HSMs have no policies.
    pub fn anchors(&mut self, link: &mut dyn Link) -> Result<Vec<ClusterAnchor>, ClientError> {
        let mut found: Vec<(ClusterAnchor, usize)> = Vec::new();
        let answers = self.ask_all(&Command::Policy(PolicyCommand::Anchors), link);
        let of = answers.len();
        for (_, answer) in answers {
            let Reply::Policy(PolicyReply::Anchors(anchors)) = answer? else {
                return Err(Fault::Malformed.into());
            };
            for Anchor {
                reference,
                certificate,
            } in anchors
            {
                let known = found
                    .iter_mut()
                    .find(|(anchor, _)| anchor.certificate == certificate);
                match known {
                    Some((anchor, count)) => *count += usize::from(anchor.reference == reference),
                    None => found.push((
                        ClusterAnchor {
                            reference,
                            certificate,
                            everywhere: false,
                        },
                        1,
                    )),
                }
            }
        }
        if of == 0 {
            return Err(ClientError::Disconnected);
        }
        let mut anchors: Vec<ClusterAnchor> = found
            .into_iter()
            .map(|(anchor, count)| ClusterAnchor {
                everywhere: count == of,
                ..anchor
            })
            .collect();
        anchors.sort_by_key(|anchor| anchor.reference);
        Ok(anchors)
    }

    /// Registers a trust anchor on every HSM that does not have it.
    ///
    /// # Errors
    /// The refusal, or that it succeeded on only some HSMs.
    pub fn register_anchor(
        &mut self,
        certificate: &str,
        link: &mut dyn Link,
    ) -> Result<ClusterAnchor, ClientError> {
        let exists = Fault::Policy(PolicyFault::Exists);
        let command = Command::Policy(PolicyCommand::RegisterAnchor {
            certificate: certificate.to_owned(),
        });
        let (mut done, mut failed, mut in_place) = (None, 0, 0);
        for (_, answer) in self.ask_all(&command, link) {
            match answer {
                Ok(Reply::Policy(PolicyReply::Anchor(anchor))) => {
                    done.get_or_insert(anchor);
                }
                Ok(_) => return Err(Fault::Malformed.into()),
                Err(fault) if fault == exists => in_place += 1,
                Err(fault) if done.is_none() && failed == 0 => return Err(fault.into()),
                Err(_) => failed += 1,
            }
        }
        match (done, in_place) {
            (None, 0) => Err(ClientError::Disconnected),
            (None, _) => Err(exists.into()),
            (Some(anchor), _) => Ok(ClusterAnchor {
                reference: anchor.reference,
                certificate: anchor.certificate,
                everywhere: failed == 0,
            }),
        }
    }

    /// Deregisters a trust anchor on every HSM that has it. The number is the first HSM's.
    ///
    /// # Errors
    /// The refusal, or that it succeeded on only some HSMs.
    pub fn deregister_anchor(
        &mut self,
        reference: u32,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let missing = || ClientError::Fault(Fault::Policy(PolicyFault::NoSuchAnchor));
        let known = self.anchors(link)?;
        let anchor = known.into_iter().find(|it| it.reference == reference);
        let certificate = anchor.ok_or_else(missing)?.certificate;
        let (mut done, mut failed) = (0, 0);
        for (address, answer) in self.ask_all(&Command::Policy(PolicyCommand::Anchors), link) {
            let Ok(Reply::Policy(PolicyReply::Anchors(anchors))) = answer else {
                continue;
            };
            let here = anchors.iter().find(|it| it.certificate == certificate);
            let Some(Anchor { reference, .. }) = here else {
                continue;
            };
            let reference = *reference;
            let command = Command::Policy(PolicyCommand::DeregisterAnchor { reference });
            match self.ask(address, &command, link) {
                Some(Ok(_)) => done += 1,
                Some(Err(fault)) if done == 0 && failed == 0 => return Err(fault.into()),
                Some(Err(_)) => failed += 1,
                None => {}
            }
        }
        match (done, failed) {
            (0, _) => Err(ClientError::Disconnected),
            (_, 0) => Ok(()),
            (_, failed) => Err(ClientError::Partial {
                failed,
                of: done + failed,
            }),
        }
    }

    /// Sets on every HSM whether clients must present a certificate.
    ///
    /// # Errors
    /// The refusal, or that it succeeded on only some HSMs.
    pub fn set_enforcement(
        &mut self,
        level: Enforcement,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let all = self.addresses();
        let command = Command::Policy(PolicyCommand::SetEnforcement(level));
        self.everywhere(&all, &command, link)
    }

    /// Reports whether clients must present a certificate; `None` if the HSMs differ.
    ///
    /// # Errors
    /// No connection is left, or the HSMs have no policies.
    pub fn enforcement(&mut self, link: &mut dyn Link) -> Result<Option<Enforcement>, ClientError> {
        let mut levels = Vec::new();
        for (_, answer) in self.ask_all(&Command::Policy(PolicyCommand::Enforcement), link) {
            let Reply::Policy(PolicyReply::Enforcement(level)) = answer? else {
                return Err(Fault::Malformed.into());
            };
            levels.push(level);
        }
        if levels.is_empty() {
            return Err(ClientError::Disconnected);
        }
        Ok(super::same(levels.into_iter()))
    }
}
