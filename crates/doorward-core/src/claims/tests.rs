//! Tests of the rules in this room: what tokens tell, by door, by API, by scope.

mod access_token;
mod id_token;
mod kind_mark;
mod userinfo;
