"""The CSCS data warehouse (DWDI) over its REST API, read-only: accounts' compute hours, and what paths of file systems hold.

Which calls there are, and what they take and answer, is known from what its clients send and read: the documentation and the
published releases of `waldur-site-agent-cscs-dwdi`, 1.0.1rc3 to 1.0.7. There is no public schema.
"""
