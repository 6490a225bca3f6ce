"""What happens around the calls of a fake: an error before or after it took effect, or something somebody else does meanwhile."""

from collections import defaultdict


class Scripted:
    """Keeps, per call, what happens before and after it; each entry once, an exception is raised, a callable called."""

    def __init__(self):
        self.before = defaultdict(list)
        self.after = defaultdict(list)

    def happens(self, script, call):
        event = script[call].pop(0) if script[call] else None
        if isinstance(event, Exception):
            raise event
        if event is not None:
            event()
