"""Ports that need no peer: a thread pool and journals."""
