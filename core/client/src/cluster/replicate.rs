//! Replication of users and keys from one cluster to its clone (User Guide,
//! "`cloudhsm_cli-user-replicate`", "`cloudhsm_cli-key-replicate`").

use super::{ClientError, Cluster, ClusterKey};
use crate::Link;
use hsmlab_proto::key::Term;
use hsmlab_proto::message::{Command, Fault, Reply};
use hsmlab_proto::replicate::ReplicateCommand;
use hsmlab_proto::role::Role;

impl Cluster {
    /// Returns a masked user from the first HSM that answers. `None`: the HSMs do not agree about the user.
    ///
    /// # Errors
    /// The refusal.
    pub fn extract_user(
        &mut self,
        username: &str,
        role: Role,
        link: &mut dyn Link,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let name = username.to_ascii_lowercase();
        let users = self.users(link)?;
        let user = users.into_iter().find(|user| user.username == name);
        let user = user.ok_or(Fault::NoSuchUser)?;
        if !user.everywhere || user.role.is_none() || user.locked.is_none() {
            return Ok(None);
        }
        let command = Command::Replicate(ReplicateCommand::ExtractUser {
            username: name,
            role,
        });
        self.ask_any(&command, link).map(Some)
    }

    /// Returns a masked key. `None`: the key is not the same on all HSMs.
    ///
    /// # Errors
    /// The refusal.
    pub fn extract_key(
        &mut self,
        key: &ClusterKey,
        link: &mut dyn Link,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let handle = key.info.handle;
        let look = Command::FindKeys {
            terms: vec![Term::Reference(handle)],
            after: 0,
        };
        for (_, answer) in self.ask_all(&look, link) {
            match answer? {
                Reply::Keys { keys, .. } if keys.as_slice() == std::slice::from_ref(&key.info) => {}
                _ => return Ok(None),
            }
        }
        self.ask_any(&Command::ExtractMasked { handle }, link)
            .map(Some)
    }

    fn ask_any(&mut self, command: &Command, link: &mut dyn Link) -> Result<Vec<u8>, ClientError> {
        for address in self.addresses() {
            match self.ask(address, command, link) {
                Some(Ok(Reply::Bytes(masked))) => return Ok(masked),
                Some(Ok(_)) => return Err(Fault::Malformed.into()),
                Some(Err(fault)) => return Err(fault.into()),
                None => {}
            }
        }
        Err(ClientError::Disconnected)
    }

    /// Inserts a masked object into every HSM.
    ///
    /// # Errors
    /// [`ClientError::Partial`] with the number of HSMs on which it failed, possibly all of them; or the
    /// logged-in user lacks permission.
    pub fn insert_replica(
        &mut self,
        command: &Command,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let (mut failed, mut of) = (0, 0);
        for (_, answer) in self.ask_all(command, link) {
            of += 1;
            match answer {
                Ok(_) => {}
                Err(fault @ (Fault::NotLoggedIn | Fault::WrongRole(_) | Fault::NotOwner)) => {
                    return Err(fault.into());
                }
                Err(_) => failed += 1,
            }
        }
        match (failed, of) {
            (_, 0) => Err(ClientError::Disconnected),
            (0, _) => Ok(()),
            (failed, of) => Err(ClientError::Partial { failed, of }),
        }
    }
}
