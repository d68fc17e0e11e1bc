"""Values that Python has no type for: arrays, token lists, media, keys; and how single values are checked."""
