//! The service models as data, and what is read off them.
