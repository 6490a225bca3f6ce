"""People that other services vouch for: pushed over the identity bridge, or fetched from eduTEAMS."""
