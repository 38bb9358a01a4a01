//! The members of a cluster, as Hazelcast keeps them: who has joined, which member is the coordinator, and the messages by
//! which one member removes what the others have cached. The protocol is the stand-in's alone; it is not Hazelcast's.

pub(crate) mod link;
pub(crate) mod members;
pub(crate) mod wire;
