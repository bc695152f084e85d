//! What the manual pages say besides what the models hold: the lab's own words.

/// About the program.
pub(super) const AWS: &str = "One tool for all AWS services: each service is a command, each of its \
    operations a subcommand.";

/// How to go on from the first page.
pub(super) const AWS_SYNOPSIS: &str = "Put help behind a command or a subcommand to read its page. In \
    the pages, what stands in square brackets may be left out.";

/// Below each operation's description.
pub(super) const SEE_ALSO: &str = "See also: AWS API Documentation";

/// About an operation that answers in pages.
pub(super) fn paginated(operation: &str, keys: &str) -> String {
    format!(
        "{operation} is a paginated operation: the AWS CLI calls it as often as it takes to get all \
         results, unless --no-paginate says otherwise. With --output text, --query is applied to each \
         page, which holds: {keys}"
    )
}

/// About a service's waiters.
pub(super) const WAIT: &str = "Each of these subcommands calls the service again and again until a \
    resource is in the state that it names.";

/// About one waiter.
pub(super) fn waiter(operation: &str, delay_s: u32, max_attempts: u32) -> String {
    format!(
        "Calls {operation} every {delay_s} seconds until the state is reached. Gives up with exit status \
         255 after {max_attempts} calls."
    )
}

/// The options that operations have besides their parameters: flag, type, text.
pub(super) const OPERATION_OPTIONS: &[(&str, &str, &str)] = &[
    (
        "--cli-input-json | --cli-input-yaml",
        "string",
        "Takes the parameters from a text in JSON or YAML, in the form that --generate-cli-skeleton \
         prints. Options on the line win over it. Only one of the two can be given.",
    ),
    (
        "--starting-token",
        "string",
        "Where to go on: the NextToken that an earlier command with --max-items printed.",
    ),
    (
        "--page-size",
        "integer",
        "How many items to ask for in each call. The output stays the same; smaller pages mean more \
         calls.",
    ),
    (
        "--max-items",
        "integer",
        "How many items to print. If there are more, a NextToken for --starting-token is printed too.",
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
        "Makes a single call and prints the first page alone.",
        &[],
    ),
    (
        "--output",
        "string",
        "The form of the answer.",
        &["json", "text", "table", "yaml", "yaml-stream", "off"],
    ),
    (
        "--query",
        "string",
        "A JMESPath expression that picks from the answer.",
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
        "The Region to call; it wins over configuration and environment.",
        &[],
    ),
    ("--version", "string", "Prints the program's version.", &[]),
    (
        "--color",
        "string",
        "Whether output is coloured.",
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
        "The longest wait for an answer in seconds; 0 waits for ever. The default is 60.",
        &[],
    ),
    (
        "--cli-connect-timeout",
        "int",
        "The longest wait for a connection in seconds; 0 waits for ever. The default is 60.",
        &[],
    ),
    (
        "--cli-binary-format",
        "string",
        "How blobs are written on the line. Files behind fileb:// are always taken as they are.",
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
        "The form of error messages; enhanced is the default.",
        &["legacy", "json", "yaml", "text", "table", "enhanced"],
    ),
];
