//! Carries a client's bytes to an appliance over the network: the only module that names both ends.
