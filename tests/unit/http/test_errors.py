import inspect

import httpcore
import httpx
import pytest

from federation_adapters.http import errors as translate
from federation_adapters.http.access import KeyNames
from federation_adapters.http.network import in_words_of_httpx
from federation_adapters.http.redaction import Redactor
from federation_core.domain import errors
from federation_core.domain.ids import Side

PLAIN = Redactor(tuple)


def httpx_exceptions():
    """Every exception class that httpx exports."""
    found = [value for _, value in inspect.getmembers(httpx, inspect.isclass) if issubclass(value, Exception)]
    assert len(found) > 20, "httpx moved its exceptions; this test no longer sees them"
    return found


@pytest.mark.parametrize("kind", httpx_exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_httpx_has_a_translation(kind):
    assert any(base in translate.TRANSPORT for base in kind.__mro__)


def httpcore_exceptions():
    """Every exception class that httpcore exports, but for one that it catches itself."""
    found = [value for _, value in inspect.getmembers(httpcore, inspect.isclass) if issubclass(value, Exception)]
    assert len(found) > 10, "httpcore moved its exceptions; this test no longer sees them"
    return [kind for kind in found if kind is not httpcore.ConnectionNotAvailable]


@pytest.mark.parametrize("kind", httpcore_exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_httpcore_has_its_namesake(kind):
    with pytest.raises(httpx.TransportError, match="slow") as raised, in_words_of_httpx():
        raise kind("slow")
    assert type(raised.value).__name__ == kind.__name__


@pytest.mark.parametrize(
    ("raised", "ours"),
    [
        (httpx.ConnectTimeout("slow"), errors.TimedOut),
        (httpx.ReadTimeout("slow"), errors.TimedOut),
        (httpx.ConnectError("refused"), errors.Unreachable),
        (httpx.RemoteProtocolError("server disconnected"), errors.Unreachable),
        (httpx.DecodingError("bad gzip"), errors.UnexpectedShape),
        (httpx.InvalidURL("no host"), errors.Unintelligible),
    ],
)
def test_the_most_specific_translation_wins(raised, ours):
    error = translate.of_transport(raised, Side.B, "order.read", PLAIN)
    assert type(error) is ours
    assert str(raised) in str(error)


@pytest.mark.parametrize(
    ("status", "body", "ours"),
    [
        (200, b"", None),
        (201, b"{}", None),
        (204, b"", None),
        (301, b"", errors.UnexpectedShape),
        (400, b'{"limits": ["too much"]}', errors.Invalid),
        (401, b'{"detail": "Invalid token."}', errors.Unauthorised),
        (403, b'"Identity Bridge is disabled."', errors.Forbidden),
        (404, b'{"detail": "Not found."}', errors.NotFound),
        (404, b"<h1>Not Found</h1>", errors.Unsupported),
        (405, b'{"detail": "no"}', errors.Unsupported),
        (409, b'{"detail": "Valid states"}', errors.Conflict),
        (415, b"{}", errors.Refused),
        (429, b'{"detail": "throttled"}', errors.Throttled),
        (500, b"<html>", errors.ServerFault),
        (502, b"<html>", errors.ServerFault),
        (599, b"", errors.ServerFault),
    ],
)
def test_statuses(status, body, ours):
    error = translate.of_status(status, {}, body, Side.A, "x.y", PLAIN)
    assert (None if error is None else type(error)) is ours


@pytest.mark.parametrize(
    ("body", "detail", "fields"),
    [
        (
            b'{"limits": ["too much", "odd"], "plan": ["gone"]}',
            "limits: too much; limits: odd; plan: gone",
            ("limits", "plan"),
        ),
        (b'{"detail": "Not found."}', "Not found.", ()),
        (b'{"non_field_errors": ["no"]}', "no", ()),
        (b'["Pending order for resource already exists."]', "Pending order for resource already exists.", ()),
        (b'"Identity Bridge is disabled."', "Identity Bridge is disabled.", ()),
        (
            b'{"usages": [{"amount": ["A valid number is required."]}]}',
            "usages.amount: A valid number is required.",
            ("usages",),
        ),
        (b"<html>secret page</html>", "an answer that is not JSON", ()),
        (b"", "an empty answer", ()),
        (b'{"a": null}', "", ("a",)),
    ],
)
def test_words_and_fields_of_an_error_body(body, detail, fields):
    assert translate.read_detail(body) == (detail, fields)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("0", 0.0), ("", None), ("-1", None), ("inf", None), ("nan", None), ("Wed", None)],
)
def test_retry_after(header, seconds):
    assert translate.retry_after({"retry-after": header}) == seconds


def test_a_server_that_repeats_the_token_does_not_leak_it():
    body = b'{"detail": "token 0123456789abcdef is bad, see https://b.example/x?token=1"}'
    error = translate.of_status(400, {}, body, Side.B, "x.y", Redactor(lambda: ["0123456789abcdef"]))
    assert "0123456789abcdef" not in str(error)
    assert "token=1" not in repr(error)


KEYS = KeyNames("target_api_url", "target_api_token", "target_ca_file")
UNTRUSTED = "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (errors.Unauthorised(Side.B, "x"), "check target_api_token"),
        (errors.Unreachable(Side.B, "x", "refused"), "check target_api_url"),
        (errors.Unreachable(Side.B, "x", UNTRUSTED), "check target_ca_file"),
        (errors.Forbidden(Side.B, "x"), ""),
        (errors.TimedOut(Side.B, "x"), ""),
    ],
)
def test_an_error_about_the_whole_peer_names_the_key_to_look_at(error, advice):
    assert translate.advice_on(error, KEYS) == advice
    assert translate.advice_on(error, KeyNames()) == ""
