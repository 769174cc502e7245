"""Pages on what happens to a round from its proposal to the hand-over, for coordinators and for farms."""
