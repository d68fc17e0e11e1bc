"""What the built-in resources do: the functions that `std/resources.mlsig` names.

Rows never say what to import. `keep` stores what a program or a space is, and offers it to the session, so
that `execute` and `generate_configuration` find it by its name.
"""
