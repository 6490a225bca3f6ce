"""A site's HPC User API over REST, read-only: which Unix group a project has.

Which call there is, and what it takes and answers, is known from what published clients send and read; there is no public schema.
Without a project in the question the API exports everybody's, so nothing is asked then.
"""
