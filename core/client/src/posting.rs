//! A link with its own clock, while the world's clock does not move.

use std::net::IpAddr;

use super::{Link, LinkError};
use hsmlab_sim::{SimDuration, SimTime};

/// Operations over it run one after the other from `at_us` on; afterwards `at_us` is the time at which all
/// are done, in microseconds since 1970.
pub(super) struct Posting<'a> {
    pub(super) link: &'a mut dyn Link,
    pub(super) at_us: u64,
}

impl Link for Posting<'_> {
    fn connect(&mut self, to: IpAddr, port: u16) -> Result<u64, LinkError> {
        let (result, micros) = self.link.try_connect(to, port);
        self.at_us = self.at_us.saturating_add(micros);
        result
    }

    fn exchange(&mut self, connection: u64, message: &[u8]) -> Result<Vec<u8>, LinkError> {
        let (result, micros) = self.link.post(connection, message, self.at_us);
        self.at_us = self.at_us.saturating_add(micros);
        result
    }

    fn is_open(&self, connection: u64) -> bool {
        self.link.is_open(connection)
    }

    fn close(&mut self, connection: u64) {
        self.link.close(connection);
    }

    fn now(&self) -> SimTime {
        SimTime::from_unix_ms(self.at_us / 1000)
    }

    fn sleep(&mut self, span: SimDuration) {
        self.at_us = self.at_us.saturating_add(span.as_ms().saturating_mul(1000));
    }

    fn fill_random(&mut self, bytes: &mut [u8]) {
        self.link.fill_random(bytes);
    }
}
