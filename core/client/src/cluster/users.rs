//! Users on all HSMs of a cluster, and the repair of inconsistent users.
//!
//! The service does not synchronise users: a command goes to all HSMs reachable at that moment (User Guide,
//! "cluster-synchronization"). Giving the command again repairs an HSM that missed it (User Guide,
//! "troubleshoot-sdk5-inconsistent-value"): `user create` creates the user where it is missing, and `user
//! delete` removes it where it remains, under each role that it has.

use super::{ClientError, Cluster};
use crate::Link;
use hsmlab_proto::message::{Command, Fault};

impl Cluster {
    /// Executes a user command (activate, create, delete, change) on every HSM.
    ///
    /// # Errors
    /// The refusal, or that it succeeded on only some HSMs.
    pub fn user_command(
        &mut self,
        command: &Command,
        link: &mut dyn Link,
    ) -> Result<(), ClientError> {
        let all = self.addresses();
        // The answer of an HSM that is already in the desired state.
        let already = match command {
            Command::CreateUser { .. } => Fault::UserExists,
            Command::DeleteUser { .. } => Fault::NoSuchUser,
            _ => return self.everywhere(&all, command, link),
        };
        let (mut done, mut failed, mut in_place) = (0, 0, 0);
        for address in all {
            match self.ask(address, command, link) {
                Some(Ok(_)) => done += 1,
                Some(Err(fault)) if fault == already => in_place += 1,
                // The first HSM that has something to do decides.
                Some(Err(fault)) if done == 0 && failed == 0 => return Err(fault.into()),
                Some(Err(_)) => failed += 1,
                None => {}
            }
        }
        match (done, failed, in_place) {
            (0, _, 0) => Err(ClientError::Disconnected),
            (0, _, _) => Err(already.into()),
            (_, 0, _) => Ok(()),
            (_, failed, in_place) => Err(ClientError::Partial {
                failed,
                of: done + failed + in_place,
            }),
        }
    }

    /// Logs in on every HSM that knows the user. A wrong password is only tried on the first of them.
    ///
    /// # Errors
    /// The refusal.
    pub fn login(&mut self, command: &Command, link: &mut dyn Link) -> Result<(), ClientError> {
        let (mut anywhere, mut unknown) = (false, false);
        for address in self.addresses() {
            let answer = self.ask(address, command, link);
            match &answer {
                // It joined from an image without the user, or missed the command that made it.
                Some(Err(Fault::NoSuchUser)) => unknown = true,
                Some(Err(fault)) if !anywhere => return Err(fault.clone().into()),
                _ => {}
            }
            let logged_in = matches!(answer, Some(Ok(_)));
            anywhere |= logged_in;
            for member in &mut self.members {
                if member.address == address {
                    member.logged_in = logged_in;
                }
            }
        }
        match (anywhere, unknown) {
            (true, _) => Ok(()),
            (false, true) => Err(Fault::NoSuchUser.into()),
            (false, false) => Err(ClientError::Disconnected),
        }
    }

    /// Logs out everywhere.
    ///
    /// # Errors
    /// Nobody was logged in.
    pub fn logout(&mut self, link: &mut dyn Link) -> Result<(), ClientError> {
        let members = self.logged_in_or_all();
        let done = self.everywhere(&members, &Command::Logout, link);
        for member in &mut self.members {
            member.logged_in = false;
        }
        done
    }

    /// Returns the HSMs on which someone is logged in; all of them if there are none.
    pub(super) fn logged_in_or_all(&self) -> Vec<std::net::IpAddr> {
        let logged_in = self.members.iter().filter(|member| member.logged_in);
        let addresses: Vec<_> = logged_in.map(|member| member.address).collect();
        if addresses.is_empty() {
            self.addresses()
        } else {
            addresses
        }
    }
}
