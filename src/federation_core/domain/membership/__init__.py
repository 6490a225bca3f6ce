"""Who of A's projects has which role on B, and whose roles there are given, changed and taken away."""
