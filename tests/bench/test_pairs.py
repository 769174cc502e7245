"""What pairs of runs are worth: the median of their ratios, and whether all took as many statements."""

from typing import Any

from bench.pairs import figures


def a_run(per_s: float, *, statements: int = 5) -> dict[str, Any]:
    faster = dict.fromkeys(("changes_per_s", "confirmations_per_s", "change_ratio", "confirmation_ratio"), per_s)
    same = {"statements_per_change": statements, "statements_per_confirmation": 12, "statements_by_lines": {"1": 12}}
    return faster | same | {"errors": 0}


def test_the_median_of_the_pairs_counts() -> None:
    found = figures("ordering", [(a_run(90), a_run(100)), (a_run(100), a_run(100)), (a_run(300), a_run(100))])

    assert (found["changes_per_s_by_the_other"], found["changes_per_s_least_and_most"]) == (1.0, "0.900-3.000")


def test_a_statement_more_in_one_run_is_seen() -> None:
    found = figures("ordering", [(a_run(100), a_run(100)), (a_run(100, statements=6), a_run(100))])

    assert (found["statements_per_change"], found["statements_per_change_against"]) == ([5, 6], 5)
