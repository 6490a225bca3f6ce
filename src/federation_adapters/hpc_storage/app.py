"""The application: its routes, and what is said of them in the description that it serves."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from federation_adapters.hpc_storage import errors, query, schemas
from federation_adapters.hpc_storage.desk import Desk
from federation_adapters.hpc_storage.errors import NoKeys, UpstreamFailed
from federation_adapters.hpc_storage.examples import LISTING, SYSTEM_ERRORS
from federation_adapters.hpc_storage.guard import CALLER, Guard
from federation_adapters.hpc_storage.query import Filters, UnfitSystem
from federation_adapters.hpc_storage.rendering import API_VERSION
from federation_core.application.storage_tree import Shown
from federation_core.domain.callers import Caller, CallerError

PATH = "/api/storage-resources/"
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token of the identity provider.")
Responses = dict[int | str, dict[str, Any]]
_UPSTREAM: Responses = {
    502: {"model": schemas.UpstreamRefusal, "description": "Waldur or the HPC User API failed"},
    504: {"model": schemas.UpstreamRefusal, "description": "Waldur took too long"},
}
_CALLERS: Responses = {
    401: {"model": schemas.Refusal, "description": "No token, or one that is not valid"},
    403: {"model": schemas.Refusal, "description": "A valid token that does not suffice"},
    503: {"model": schemas.Refusal, "description": "The identity provider cannot be reached"},
}
COUNTS = {
    "X-Skipped-Resources": "Resources that cannot be served; `/api/storage-status/` says which, and why.",
    "X-Mock-Identities": "Unix ids that are made up.",
    "X-Mount-Point-Conflicts": "Mount points that several resources have.",
}
"""What is told of the whole hierarchy beside each page of it."""

_DESCRIPTION = """Storage resources of Waldur as a hierarchy: tenants, their customers, and the storage of projects and users.

Items are unique by `itemId`, `storageSystem.key` and `storageDataType.key` together.
"""


def create_app(desk: Desk, *, closing: Callable[[], None] = lambda: None) -> FastAPI:
    """The application.

    Args:
        desk: answers for it; of this application alone.
        closing: called once when it ends.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(_warmed(desk))
        yield
        warming.cancel()
        closing()

    app = FastAPI(
        title="HPC storage proxy", version=API_VERSION, description=_DESCRIPTION, lifespan=lifespan, redoc_url=None
    )
    app.add_middleware(Guard, watcher=desk.watcher, stays_local=desk.offered.stays_local)
    _handle_errors(app)
    _add_listing(app, desk)
    _add_health(app, desk)
    _describe(app, query.allowed(desk.offered.systems))
    return app


def _describe(app: FastAPI, systems: Sequence[str]) -> None:
    """Describe what the framework does not: which systems may be asked for, and fields of examples that are null."""
    generated = app.openapi

    def described() -> dict[str, Any]:
        schema = generated()
        listing = schema["paths"][PATH]["get"]
        for parameter in listing["parameters"]:
            if parameter["name"] == "storage_system":
                parameter["schema"] = {"type": "string", "enum": list(systems)}
        for status, examples in (("200", LISTING), ("422", SYSTEM_ERRORS)):
            listing["responses"][status]["content"]["application/json"]["examples"] = examples
        return schema

    app.openapi = described  # type: ignore[method-assign]


async def _warmed(desk: Desk) -> None:
    """Begin to read before the first client asks; what goes wrong is told, and tried again when one does."""
    try:
        await desk.shown()
    except UpstreamFailed:
        return


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(UnfitSystem)
    async def _unfit(_request: Request, error: UnfitSystem) -> JSONResponse:
        return JSONResponse(error.body, 422)

    @app.exception_handler(CallerError)
    async def _caller(_request: Request, error: CallerError) -> JSONResponse:
        return errors.of_caller(error)

    @app.exception_handler(UpstreamFailed)
    async def _upstream(_request: Request, error: UpstreamFailed) -> JSONResponse:
        return errors.of_upstream(error)

    @app.exception_handler(NoKeys)
    async def _keys(_request: Request, _error: NoKeys) -> JSONResponse:
        return errors.of_keys()


def _add_listing(app: FastAPI, desk: Desk) -> None:
    names = query.allowed(desk.offered.systems)

    async def caller(
        request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None
    ) -> Caller:
        found = await desk.caller(request.headers.get("authorization"))
        setattr(request.state, CALLER, found.name)
        return found

    Asking = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type

    @app.get(
        PATH,
        response_model=schemas.Listing | schemas.DebugListing,
        responses={
            200: {"content": {"application/json": {"examples": LISTING}}, "headers": _described(COUNTS)},
            422: {
                "content": {"application/json": {"examples": SYSTEM_ERRORS}},
                "description": "A filter that is refused",
            },
            **_CALLERS,
            **_UPSTREAM,
        },
        summary="The storage hierarchy, filtered and in pages",
    )
    async def storage_resources(
        caller: Asking,
        storage_system: query.StorageSystem = None,
        data_type: query.DataType = None,
        status: query.Status = None,
        state: query.State = None,
        page: query.PageNumber = 1,
        page_size: query.PageSize = query.USUAL_ON_PAGE,
        debug: query.Debug = False,  # noqa: FBT002 - a query parameter
        include_ancestors: query.Ancestors = False,  # noqa: FBT002 - a query parameter
    ) -> Response:
        query.judge_system(storage_system, names)
        filters = Filters(storage_system, data_type, status, state)
        if debug:
            return JSONResponse(await desk.debugged(caller, filters, page, page_size))
        shown = await desk.shown()
        body = desk.page(shown, filters, page, page_size, with_ancestors=include_ancestors)
        return Response(body, media_type="application/json", headers=_counts(shown))

    @app.get(
        "/api/storage-status/",
        response_model=schemas.ServiceStatus,
        responses={**_CALLERS, **_UPSTREAM},
        summary="What could not be served and why, and how old the data is",
    )
    async def storage_status(_caller: Asking) -> JSONResponse:
        return JSONResponse(_status(await desk.shown(), desk))


def _add_health(app: FastAPI, desk: Desk) -> None:
    @app.get("/healthz", response_model=schemas.Health, summary="Whether the process answers")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.get(
        "/readyz",
        response_model=schemas.Health,
        responses={503: {"model": schemas.Health, "description": "Waldur cannot be read"}},
        summary="Whether the hierarchy can be served",
    )
    async def readyz() -> JSONResponse:
        try:
            await desk.shown()
        except UpstreamFailed as error:
            return JSONResponse({"status": error.detail}, errors.UNAVAILABLE)
        return JSONResponse({"status": "ok"})

    @app.get("/version", response_model=schemas.Version, summary="The versions of the interface and of the software")
    async def show_version() -> JSONResponse:
        return JSONResponse({"api": API_VERSION, "service": version("waldur-federation")})


def _counts(shown: Shown) -> dict[str, str]:
    """The headers of `COUNTS`."""
    hierarchy = shown.hierarchy
    counts = (len(hierarchy.skipped), hierarchy.mocks, len(hierarchy.conflicts))
    return dict(zip(COUNTS, map(str, counts), strict=True))


def _described(headers: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "integer"}} for name, text in headers.items()}


def _status(shown: Shown, desk: Desk) -> dict[str, Any]:
    hierarchy = shown.hierarchy
    return {
        "resources": shown.resources,
        "items": len(hierarchy.items),
        "age_ms": round(desk.tree.age() or 0),
        "skipped": [{"resource": str(one.id), "reason": one.reason} for one in hierarchy.skipped],
        "mount_point_conflicts": [
            {"mount_point": one.mount_point, "resources": [str(id_) for id_ in one.resources]}
            for one in hierarchy.conflicts
        ],
        "remarks": [{"resource": str(one.resource), "reason": one.text} for one in hierarchy.remarks],
        "mock_identities": hierarchy.mocks,
        "gid_cache": desk.tree.statistics(),
        "hpc_user_api": "ok" if shown.group_trouble is None else shown.group_trouble.verdict,
    }
