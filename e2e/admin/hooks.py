"""Schemathesis looks for faults with the account of an owner. It may do what it likes to every other tenant, but it does
not touch the one it lives in: signed out, it would find nothing but 401. A case that would, goes to a tenant that is
none instead, and so still asks something."""

import os

import schemathesis

HOME = {value for value in os.environ.get("DOORWARD_HOME", "").split(",") if value}


@schemathesis.hook
def before_call(context, case, kwargs):
    parameters = case.path_parameters or {}
    if str(parameters.get("tenant", "")).strip().lower() in HOME:
        parameters["tenant"] = "nowhere"
    # A long poll that waits is right, and slow.
    query = case.query or {}
    if str(query.get("wait_secs", "")) in {str(number) for number in range(1, 26)}:
        query["wait_secs"] = 1
