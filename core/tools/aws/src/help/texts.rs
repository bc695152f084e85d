//! The texts of the manual pages that do not come from the models: the lab's own words.

/// The description of the program.
pub(super) const AWS: &str = "One tool for all AWS services: each service is a command, each of its \
    operations a subcommand.";

/// The description of the help commands.
pub(super) const AWS_SYNOPSIS: &str = "Add help after a command or a subcommand to read its page. In the \
    pages, square brackets mark optional parts.";

/// The line below each operation's description.
pub(super) const SEE_ALSO: &str = "See also: AWS API Documentation";

/// The description of paging for a paginated operation.
pub(super) fn paginated(operation: &str, keys: &str) -> String {
    format!(
        "{operation} is a paginated operation: the AWS CLI calls it repeatedly until it has all \
         results, unless --no-paginate is given. With --output text, --query is applied to each \
         page, which holds: {keys}"
    )
}

/// The description of a service's waiters.
pub(super) const WAIT: &str = "Each of these subcommands polls the service until a resource \
    reaches the state in the subcommand's name.";

/// The description of one waiter.
pub(super) fn waiter(operation: &str, delay_s: u32, max_attempts: u32) -> String {
    format!(
        "Calls {operation} every {delay_s} seconds until the resource reaches the state. Gives up with \
         exit status 255 after {max_attempts} calls."
    )
}

/// The options that operations have besides their parameters: flag, type, text.
pub(super) const OPERATION_OPTIONS: &[(&str, &str, &str)] = &[
    (
        "--cli-input-json | --cli-input-yaml",
        "string",
        "Reads the parameters from JSON or YAML text, in the form that --generate-cli-skeleton \
         prints. Options on the command line override it. Only one of the two can be given.",
    ),
    (
        "--starting-token",
        "string",
        "The position to continue from: the NextToken that an earlier command with --max-items \
         printed.",
    ),
    (
        "--page-size",
        "integer",
        "The number of items to request in each call. The output stays the same; smaller pages mean more \
         calls.",
    ),
    (
        "--max-items",
        "integer",
        "The number of items to print. If there are more, the command also prints a NextToken for \
         --starting-token.",
    ),
    (
        "--generate-cli-skeleton",
        "string",
        "Prints a form to fill in, without calling the service: input (the default) and yaml-input for \
         the parameters, output for an example of the answer.",
    ),
];

/// The options of every command: flag, type, text, values.
pub(super) const GLOBAL_OPTIONS: &[(&str, &str, &str, &[&str])] = &[
    (
        "--debug",
        "boolean",
        "Prints what the program does, step by step.",
        &[],
    ),
    (
        "--endpoint-url",
        "string",
        "Calls this URL instead of the service's own.",
        &[],
    ),
    (
        "--no-verify-ssl",
        "boolean",
        "Does not check the service's TLS certificate.",
        &[],
    ),
    (
        "--no-paginate",
        "boolean",
        "Makes a single call and prints only the first page.",
        &[],
    ),
    (
        "--output",
        "string",
        "The output format.",
        &["json", "text", "table", "yaml", "yaml-stream", "off"],
    ),
    (
        "--query",
        "string",
        "A JMESPath expression that selects parts of the answer.",
        &[],
    ),
    (
        "--profile",
        "string",
        "The profile of the configuration files to use.",
        &[],
    ),
    (
        "--region",
        "string",
        "The Region to call; it overrides configuration and environment.",
        &[],
    ),
    ("--version", "string", "Prints the program's version.", &[]),
    (
        "--color",
        "string",
        "Turns coloured output on or off.",
        &["on", "off", "auto"],
    ),
    (
        "--no-sign-request",
        "boolean",
        "Calls without credentials.",
        &[],
    ),
    (
        "--ca-bundle",
        "string",
        "The file of certificate authorities to trust for TLS.",
        &[],
    ),
    (
        "--cli-read-timeout",
        "int",
        "The timeout for an answer in seconds; 0 means no timeout. The default is 60.",
        &[],
    ),
    (
        "--cli-connect-timeout",
        "int",
        "The timeout for a connection in seconds; 0 means no timeout. The default is 60.",
        &[],
    ),
    (
        "--cli-binary-format",
        "string",
        "The encoding of blobs on the command line. Files given with fileb:// are always used as they are.",
        &["base64", "raw-in-base64-out"],
    ),
    ("--no-cli-pager", "boolean", "Prints without a pager.", &[]),
    (
        "--cli-auto-prompt",
        "boolean",
        "Asks for parameters one by one.",
        &[],
    ),
    (
        "--no-cli-auto-prompt",
        "boolean",
        "Does not ask for parameters.",
        &[],
    ),
    (
        "--cli-error-format",
        "string",
        "The format of error messages; enhanced is the default.",
        &["legacy", "json", "yaml", "text", "table", "enhanced"],
    ),
];
