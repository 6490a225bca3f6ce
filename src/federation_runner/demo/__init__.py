"""The demo: a story told on two sandbox Waldurs over real HTTP."""
