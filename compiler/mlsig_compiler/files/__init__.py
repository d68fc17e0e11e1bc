"""Where things are: settings, sources and their folders, and what the last run left behind."""
