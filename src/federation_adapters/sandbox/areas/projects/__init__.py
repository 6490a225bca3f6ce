"""Projects of customers."""
