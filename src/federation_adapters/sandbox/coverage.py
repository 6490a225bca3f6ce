"""Which endpoints are simulated, as a table for the manual."""

from federation_adapters.sandbox.areas.urls import ROUTES


def coverage_table() -> str:
    """Return a Markdown table of all endpoints, generated from the routes themselves."""
    methods: dict[str, list[str]] = {}
    legacy: dict[str, bool] = {}
    for route in ROUTES:
        path = f"/api{route.path}"
        methods.setdefault(path, []).extend([route.method, "HEAD"] if route.method == "GET" else [route.method])
        legacy[path] = route.in_legacy
    lines = ["| Path | Methods | In `2024-10` |", "| --- | --- | --- |"]
    for path in sorted(methods):
        shown = path.replace("<", "{").replace(">", "}")
        lines.append(f"| `{shown}` | {', '.join(methods[path])} | {'yes' if legacy[path] else 'no'} |")
    return "\n".join(lines) + "\n"
