"""Checks for runs of Schemathesis against the mock."""

import schemathesis
from schemathesis.specs.openapi.checks import response_schema_conformance


@schemathesis.check
def server_error_of_the_mock(ctx, response, case):
    """As `not_a_server_error`, but for failures that the mock imitates of a service."""
    imitated = response.headers.get("x-tapis-mock") == ["imitated"]
    if response.status_code >= 500 and not imitated:
        raise AssertionError(f"HTTP {response.status_code}: {response.text[:500]}")


@schemathesis.check
def response_schema_of_the_mock(ctx, response, case):
    """As `response_schema_conformance`, but where OpenAPI cannot say that a body may be missing: the reply
    to one new document has a body only if the request asks for it."""
    operation = case.operation.definition.raw.get("operationId")
    if operation == "createDocument" and not response.content:
        return None
    return response_schema_conformance(ctx, response, case)
