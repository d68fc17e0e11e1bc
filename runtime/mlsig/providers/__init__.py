"""Model providers: what is declared about them, and how to call them."""
