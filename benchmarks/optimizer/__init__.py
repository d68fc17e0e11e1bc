"""How much score a paid call buys: two simulated models, test functions, and a real model, beside rivals."""
