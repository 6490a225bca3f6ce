"""What all endpoints of a Waldur have in common: credentials, routing, paging, filters, fields, scalar formats."""
