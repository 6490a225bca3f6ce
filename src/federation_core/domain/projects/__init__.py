"""Which project on B belongs to a project of A."""
