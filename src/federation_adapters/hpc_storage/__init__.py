"""Serves the storage hierarchy over HTTP: routes, bearer tokens, rendering, bodies of errors; needs the extra ``storage-proxy``."""
