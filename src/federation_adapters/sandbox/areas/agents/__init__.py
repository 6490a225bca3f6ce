"""Agents of providers: who they are and what they run, as they register it themselves."""
