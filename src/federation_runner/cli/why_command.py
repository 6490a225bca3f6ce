"""`why`: the chain by which something of A is, or is not, on B."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from federation_runner.cli.errors import UntoldError, UsageMistakeError
from federation_runner.cli.options import config_option, json_option, load_settings, log_options
from federation_runner.cli.render import emit_json, facts, listing
from federation_runner.cli.status import FAILED, FINE, FOUND

if TYPE_CHECKING:
    from federation_core.application.explain_chain import Chain
    from federation_core.application.why import Candidate, Found, Why
    from federation_runner.settings.model import Settings

Chains = Mapping[str, Sequence["Chain"]]
"""The chains, by the offering's name."""


@click.command("why")
@config_option
@json_option
@log_options
@click.argument("key", metavar="USER|RESOURCE|ORDER")
def command(config: Path, key: str, as_json: bool, log_level: str | None, verbose: bool) -> int:
    """Show the chain by which an order, a resource or a person of A is, or is not, on B; only reads.

    An order is named by its UUID on A; a resource by its UUID on A or B, or its name on A; a person by user name, e-mail address or
    UUID. Every federated offering in the settings is asked. The status is 0 where each chain stands, 3 where one is broken, and 1
    where something could not be told, nothing has that name, or several things have it.
    """
    _refuse_malformed(key)
    settings = load_settings(config, log_level, verbose=verbose)
    with _asked(settings) as asked:
        found = {name: why.find(key) for name, why in asked.items()}
        problem = _no_single_one(key, found)
        chains = {} if problem else _explained(asked, found)
    problems = [f"{name}: {text}" for name, one in found.items() for text in one.problems]
    if as_json:
        emit_json(_as_json(found, chains, problems))
    else:
        for name, several in chains.items():
            for chain in several:
                _show(name, key, chain)
        listing("not all could be read", [] if problem else problems)
    if problem:
        raise UntoldError(problem)
    return FAILED if problems else _status(chains)


def _refuse_malformed(key: str) -> None:
    """Note a key that can name nothing.

    Raises:
        UsageMistakeError: with what is wrong with it.
    """
    from federation_core.application.why import flaw_of

    flaw = flaw_of(key)
    if flaw:
        raise UsageMistakeError(f"nothing has such a name: {flaw}; write a UUID, a name or an e-mail address")


@contextmanager
def _asked(settings: "Settings") -> Iterator[dict[str, "Why"]]:
    """Who answers for each federated offering; each list is read once.

    Raises:
        UsageMistakeError: there is none.
    """
    from federation_runner.container import Federation, close, shared_readings

    federated = [offering for offering in settings.offerings if offering.warehouse is None]
    if not federated:
        raise UsageMistakeError("no offering is federated, and this explains what is on another marketplace; use check")
    with ExitStack() as stack:
        asked = {}
        for offering in federated:
            federation = Federation(settings=offering)
            stack.callback(close, federation)
            stack.enter_context(shared_readings(federation))
            asked[offering.name] = federation.why()
        yield asked


def _no_single_one(key: str, found: Mapping[str, "Found"]) -> str:
    """Why there is nothing to explain; empty where the key names one thing, be it in several offerings."""
    named = [(name, candidate) for name, one in found.items() for candidate in one.candidates]
    if len({(candidate.kind, candidate.side, candidate.id) for _, candidate in named}) > 1:
        listed = "".join(f"\n  {_called(name, candidate)}" for name, candidate in named)
        return f"{key!r} names several things; ask for one of them by its UUID:{listed}"
    if named:
        return ""
    problems = dict.fromkeys(text for one in found.values() for text in one.problems)
    if problems:
        return f"whether {key!r} names anything could not be told: {'; '.join(problems)}"
    return f"no order, resource or person of {', '.join(found)} is named {key!r}, as far as the tokens may see"


def _called(name: str, candidate: "Candidate") -> str:
    about = f" ({candidate.about})" if candidate.about else ""
    return f"{candidate.kind.value} {candidate.id} of {name}{about}"


def _explained(asked: Mapping[str, "Why"], found: Mapping[str, "Found"]) -> dict[str, Sequence["Chain"]]:
    return {
        name: [chain for candidate in one.candidates for chain in asked[name].explain(candidate)]
        for name, one in found.items()
        if one.candidates
    }


def _as_json(found: Mapping[str, "Found"], chains: Chains, problems: Sequence[str]) -> dict[str, Any]:
    candidates = [
        {"offering": name, "kind": candidate.kind.value, "uuid": str(candidate.id), "side": str(candidate.side)}
        for name, one in found.items()
        for candidate in one.candidates
    ]
    content = {name: [chain.as_json() for chain in several] for name, several in chains.items()}
    return {"candidates": candidates, "chains": content, "problems": list(problems)}


def _show(offering: str, key: str, chain: "Chain") -> None:
    from federation_core.application.explain_chain import Mark

    about = [key, chain.about] if chain.kind == "user" else [chain.about]
    title = f"{offering}: {chain.kind} {', '.join(text for text in about if text)}"
    facts(_one_line(title), [(f"{link.mark.value:<7}  {link.name}", _one_line(link.seen)) for link in chain.links])
    broken = chain.first_broken
    if broken is None:
        click.echo("the chain stands\n")
        return
    how = "cannot be told" if broken.mark is Mark.UNKNOWN else "is broken"
    listing(f"the chain {how} at: {broken.name}", [f"cause   {_one_line(broken.seen)}", f"remedy  {broken.remedy}"])


def _one_line(text: str) -> str:
    """*text* with nothing in it that breaks a line or steers a terminal: it holds words of servers and of their users."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _status(chains: Chains) -> int:
    from federation_core.application.explain_chain import Mark

    marks = {chain.mark for several in chains.values() for chain in several}
    if Mark.UNKNOWN in marks:
        return FAILED
    return FOUND if Mark.NO in marks else FINE
