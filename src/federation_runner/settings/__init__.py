"""Settings: the official site agent's YAML read as it is, with our own keys beside it; every mistake is told at once."""
