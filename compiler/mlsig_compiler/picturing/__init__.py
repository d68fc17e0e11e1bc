"""Declarations as pictures and as a page: `graph` reads models, `writing` and `svg` draw, `page` has all."""
