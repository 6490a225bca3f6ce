"""Who of A is who on B, and what B is told of them."""
