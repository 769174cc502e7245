"""A farm's own spreadsheet becomes a catalogue.

In the order in which a file goes through them: `reading` (bytes to sheets of cells), `tables` (where the list is on a
sheet), `columns` (what each column means), `rows` (one row to one proposed product, or a refusal), `preview` (against
the catalogue, with `deposits`) and `applying` (one transaction). All but these three know nothing of the database.
"""
