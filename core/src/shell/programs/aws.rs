//! `aws`: the AWS CLI, version 2.36.7, driven by the service models.
//!
//! A line is parsed against the models ([`ParsedCommand`]), the calls go out through [`Service`], and the
//! answer is printed in the form that was asked for.

pub mod answer;
pub mod data;
pub mod errors;
pub mod globals;
pub mod help;
pub mod output;
pub mod paginate;
pub mod query;

use serde_json::Value;

use crate::aws::model;
use crate::aws::wire::ServiceError;
pub use globals::{Color, ErrorFormat, Globals, Output};

/// What answers calls: the lab's services, or a recorded answer in tests.
pub trait Service {
    /// Carries out one call. `service` is the command-line name, `operation` the model name.
    ///
    /// # Errors
    /// The service's refusal.
    fn call(
        &mut self,
        service: &str,
        operation: &str,
        params: &Value,
    ) -> Result<Value, ServiceError>;
}

/// A line that was understood and may be sent.
#[derive(Clone, Debug)]
pub struct ParsedCommand {
    /// The service.
    pub service: &'static model::Service,
    /// The operation.
    pub operation: &'static model::Operation,
    /// The parameters under their model names; blobs are base64 strings.
    pub params: Value,
    /// The settings.
    pub globals: Globals,
}

/// Why a command of the CLI ended without success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliFailure {
    /// The exit status: 252 for a line that the CLI refuses, 253 for missing configuration, 254 for a
    /// service's refusal, 255 for the rest.
    pub exit: i32,
    /// What goes to standard error.
    pub stderr: String,
}
