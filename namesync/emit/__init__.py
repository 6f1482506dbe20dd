"""Turns what was found into what is written: edits of the schema, migrations, and what a person types where."""
