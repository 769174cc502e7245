"""What breaks: workers, mail server, broker, database; and how everybody has their mail all the same."""

import pytest

# Its assertions should say what they compared, as a test's own do.
pytest.register_assert_rewrite("tests.faults.evening")
