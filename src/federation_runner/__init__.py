"""The runner: reads settings, pairs ports with adapters, and turns use cases into commands and a daemon; it decides nothing."""
