"""The mlsig compiler: `.mlsig` text in, typed Python modules out."""
