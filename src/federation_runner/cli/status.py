"""The exit statuses."""

FINE = 0
FAILED = 1
USAGE = 2
FOUND = 3
INTERRUPTED = 130
