"""mlsig."""
