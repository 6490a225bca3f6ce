"""Descriptions as two servers show them: each cleans the HTML it is given, and not every release alike."""

from html.parser import HTMLParser

_UNSEEN = frozenset({"script", "style"})


class _Words(HTMLParser):
    """Collects the words that a reader sees; tags add nothing, so it does not matter which of them a server takes out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """What is inside some tags is not seen."""
        del attrs
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        """As above."""
        self._unseen -= tag in _UNSEEN and self._unseen > 0

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._unseen:
            self.words.append(data)


def words_of(text: str) -> str:
    """The words that a reader sees, with single spaces; the same before and after a server cleaned the text."""
    parser = _Words()
    parser.feed(text)
    parser.close()
    return " ".join("".join(parser.words).split())


def is_same_text(a: str | None, b: str | None) -> bool:
    """Whether both read alike; a change of markup alone is none."""
    return words_of(a or "") == words_of(b or "")
