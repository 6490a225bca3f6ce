"""Plans: the closed set of things we can do, and the filters over them."""
