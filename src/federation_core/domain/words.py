"""Words for people: numbers of things said alike everywhere, and texts of others made safe to show."""


def counted(number: int, noun: str) -> str:
    """A number of things in words: ``1 order``, ``2 orders``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def printable(text: str) -> str:
    """The text on one line, with a blank for every character that is none to see.

    Names and reasons come from whoever could choose them: a line break in one would forge a line, and an escape sequence would
    steer the terminal of whoever reads it.
    """
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)
