"""Use cases, each in the same three lines: observe through the ports, ask the domain for a plan, apply it."""
