"""Pure decisions: what the two marketplaces show goes in, what to do comes out; nothing here does I/O."""
