"""Words for numbers of things, so that all that speaks speaks alike."""


def counted(number: int, noun: str) -> str:
    """A number of things in words: ``1 order``, ``2 orders``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
