"""Random input for the front end: what the grammar allows, and what is nearly right."""
