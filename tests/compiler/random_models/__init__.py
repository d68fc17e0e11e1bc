"""Random models of the whole language, every one of them legal."""
