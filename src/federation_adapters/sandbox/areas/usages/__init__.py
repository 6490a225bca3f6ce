"""What resources used: totals per month, and the parts of single accounts."""
