//! The dispatch table from operations to handlers, and the context of a handler.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Region;
use super::error::Ec2Error;
use crate::iam::Iam;
use crate::request::Basics;
use hsmlab_net::Network;
use hsmlab_sim::SimTime;
use hsmlab_sim::ids::Ids;

/// A handler: takes the call and its parameters, returns the answer's members.
pub(super) type Handler = fn(&mut Call<'_, '_>, &Value) -> Result<Value, Ec2Error>;

/// One row of the table: an operation's model name and its handler.
pub(super) type Row = (&'static str, Handler);

/// The context of a handler.
pub(super) struct Call<'a, 'e> {
    /// EC2's state in the called region.
    pub(super) region: &'a mut Region,
    /// Time, ids and the seed.
    pub(super) env: &'a mut Basics<'e>,
    /// IAM, for references to roles.
    pub(super) iam: &'a Iam,
}

impl Call<'_, '_> {
    /// The network of the region.
    pub(super) fn network(&self) -> &Network {
        &self.region.network
    }

    /// The mutable network and the maker of ids.
    pub(super) fn network_and_ids(&mut self) -> (&mut Network, &mut Ids) {
        (&mut self.region.network, self.env.ids)
    }

    /// The instant of the call.
    pub(super) fn now(&self) -> SimTime {
        self.env.now
    }

    /// The ARN of an EC2 resource in this region.
    pub(super) fn arn(&self, kind: &str, id: &str) -> String {
        arn(&self.region.network.region, kind, id)
    }
}

/// The ARN of an EC2 resource.
pub(super) fn arn(region: &str, kind: &str, id: &str) -> String {
    format!(
        "arn:aws:ec2:{region}:{}:{kind}/{id}",
        hsmlab_api::ACCOUNT_ID
    )
}

/// Converts an instant to the form of answers: seconds since 1970.
pub(super) fn seconds(at: SimTime) -> f64 {
    at.unix_ms() as f64 / 1000.0
}

/// A row whose handler takes typed parameters, owned or (with `&`) borrowed, and returns a typed
/// answer. Two operations can share a handler that takes a further argument.
macro_rules! operation {
    ($name:literal, $handler:path $(, $argument:expr)?) => {
        ($name, |call, params| {
            let request = $crate::ec2::service::decode(params)?;
            let answer = $handler(call, request $(, $argument)?)?;
            $crate::ec2::service::encode(&answer)
        })
    };
    ($name:literal, & $handler:path $(, $argument:expr)?) => {
        ($name, |call, params| {
            let request = $crate::ec2::service::decode(params)?;
            let answer = $handler(call, &request $(, $argument)?)?;
            $crate::ec2::service::encode(&answer)
        })
    };
}
pub(super) use operation;

/// Reads parameters; the wire has checked them against the model.
pub(super) fn decode<T: DeserializeOwned>(params: &Value) -> Result<T, Ec2Error> {
    let params = if params.is_null() {
        Value::Object(Map::new())
    } else {
        params.clone()
    };
    serde_json::from_value(params).map_err(|error| Ec2Error::Undecodable(error.to_string()))
}

/// Converts an answer to its members; an operation without an answer has none.
pub(super) fn encode<T: Serialize>(answer: &T) -> Result<Value, Ec2Error> {
    let value =
        serde_json::to_value(answer).map_err(|error| Ec2Error::Undecodable(error.to_string()))?;
    Ok(if value.is_null() {
        Value::Object(Map::new())
    } else {
        value
    })
}
