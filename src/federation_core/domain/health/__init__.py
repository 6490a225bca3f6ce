"""What is wrong between two marketplaces, judged from what was seen of them: a table of small checks with prerequisites."""
