//! Tests of the rules in this room.
