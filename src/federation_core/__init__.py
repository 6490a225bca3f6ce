"""The pure core of waldur-federation: what to do, given what two marketplaces show. It needs attrs alone.

Decisions are in `federation_core.domain`, use cases in `federation_core.application`, and what those need of the outside in
`federation_core.ports`. Importing the package itself imports none of them. `docs/reference/python-api.md` lists the public names.
"""
