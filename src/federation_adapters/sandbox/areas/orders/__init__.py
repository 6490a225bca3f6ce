"""Orders: the wish to create, change or end a resource, and its way through two reviews."""
