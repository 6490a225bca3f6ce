"""Agreements of people to the terms of offerings; only they give them, and they may take them back."""
