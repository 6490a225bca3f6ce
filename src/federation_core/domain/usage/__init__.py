"""Usage: what B metered, told on A in A's units."""
