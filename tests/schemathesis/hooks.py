"""A check for runs of Schemathesis against the mock."""

import schemathesis


@schemathesis.check
def server_error_of_the_mock(ctx, response, case):
    """As `not_a_server_error`, but for failures that the mock imitates of a service."""
    imitated = response.headers.get("x-tapis-mock") == ["imitated"]
    if response.status_code >= 500 and not imitated:
        raise AssertionError(f"HTTP {response.status_code}: {response.text[:500]}")
