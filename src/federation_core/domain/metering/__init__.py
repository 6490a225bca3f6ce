"""Metering: usage that a data warehouse shows by account or path, in the place of a marketplace B."""
