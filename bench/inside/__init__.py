"""What `bench/migration.py` has a checkout's own Python run, sent by stdin: the version before, or this one.

Nothing here imports the rest of the bench. `cases.py` runs in the version before alone, and stays as that one wants it;
`due.py` and `papers.py` run in both.
"""
