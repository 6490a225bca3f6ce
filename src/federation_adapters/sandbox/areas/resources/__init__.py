"""Resources: what was bought, seen by those who bought it and by those who deliver it."""
