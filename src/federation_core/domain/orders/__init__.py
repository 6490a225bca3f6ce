"""Orders: folding both sides' states, the joint table, and the next step of each order."""
