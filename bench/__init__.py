"""Where the figures come from: `bin/bench NAME` prints a table for people and, as its last line, a JSON object."""
