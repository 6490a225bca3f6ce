"""The simulated endpoints, one folder per area.

Each area is the same files: `models` (rules, no HTTP), `fields` (rows as JSON), `responses` (handlers), `urls`.
"""
