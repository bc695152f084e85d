//! The list of all programs that hosts can have. A new tool family is one row here.

use hsmlab_shell::software::Software;
use hsmlab_tool_software::configure;
use hsmlab_tool_windows as windows;

/// All programs, by family.
pub static SOFTWARE: Software = Software {
    programs: &[
        &hsmlab_tool_unix::PROGRAMS,
        &hsmlab_tool_openssl::PROGRAMS,
        &hsmlab_tool_aws::PROGRAMS,
        &hsmlab_tool_sdk5::PROGRAMS,
        &hsmlab_tool_sdk3::PROGRAMS,
        &configure::PROGRAMS,
    ],
    windows_shell: &windows::SHELL,
};
