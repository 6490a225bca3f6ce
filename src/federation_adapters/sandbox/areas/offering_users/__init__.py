"""Accounts of people at offerings: local names, their states, and which attributes of a person come with them."""
