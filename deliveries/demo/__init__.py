"""Briançon as it never was: made-up farms and neighbours, and some weeks of their group orders.

`farms/` holds one farm a file, `people.py` the neighbours, `story.py` what they did together; `loading.py` writes it
all through the verbs that people use. Numbers are made up too: telephone numbers are of the ranges kept for fiction,
addresses end in example.org, SIREN and bank codes begin with 99999.
"""
