"""Fields of science; their codes, unlike their UUIDs, are the same everywhere."""
