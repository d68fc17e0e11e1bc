"""`.mlsig` files in the middle of work: imported as they are, written into a notebook, collected as tests."""
