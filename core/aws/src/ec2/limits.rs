//! Limits of EC2's API. Quotas of networks are in [`hsmlab_net::limits`].

/// The least `MaxResults` of most describe operations (API reference, each operation's `MaxResults`).
pub const PAGE_SIZE_MIN: u64 = 5;
/// The most items of one answer; a greater `MaxResults` is treated as this value.
pub const PAGE_SIZE_MAX: u64 = 1000;
/// The most tags of a resource ("Tag restrictions", EC2 User Guide).
pub const TAGS_PER_RESOURCE: usize = 50;
/// The most characters of a tag's key.
pub const TAG_KEY_CHARACTERS: usize = 128;
/// The most characters of a tag's value.
pub const TAG_VALUE_CHARACTERS: usize = 256;
/// The most characters of a security group's name and of its description (`CreateSecurityGroup`).
pub const GROUP_NAME_CHARACTERS: usize = 255;
/// The most characters of an interface's description. The lab's own limit: the API reference gives
/// none.
pub const DESCRIPTION_CHARACTERS: usize = 255;
/// The most Reachability Analyzer paths of a region ("Quotas for Reachability Analyzer").
pub const INSIGHTS_PATHS: usize = 100;
/// The most analyses of a region ("Quotas for Reachability Analyzer": 1,000).
pub const INSIGHTS_ANALYSES: usize = 1000;
/// The duration of an analysis. Guess: AWS gives no time; small networks take some tens of seconds.
pub const ANALYSIS_SECONDS: u64 = 30;
/// The most secondary private addresses of an interface: those of the largest instances ("IP
/// addresses per network interface", EC2 User Guide).
pub const SECONDARY_ADDRESSES: u32 = 49;
