"""The official site agent as the other side of a plug-in: its objects as ours, and our answers and errors as its own."""
