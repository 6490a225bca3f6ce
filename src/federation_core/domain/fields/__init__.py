"""Which fields A and B show alike, whose word counts, and what is written where they differ.

| of a | field | counts | compared | written |
| --- | --- | --- | --- | --- |
| resource | limits | B's, unless `limit_sync_direction` is `disabled` | in B's units, with a quiet band, at rest only | A |
| resource | end date | by `end_date_sync_direction` | the day; two ways, the one set last | A or B |
| resource | effective id | B's effective id, else B's `backend_id`; an empty one never | the text | A |
| resource | state | B's | OK and Erred, at rest only | A |
| resource | pausing | A's | the flags that B does not show | nowhere, it is told |
| resource | confirmation | B's, where `last_sync_interval` is set | the age of the last one | A |
| project | end date | as of a resource | as of a resource | A or B |
| project | description | A's; an empty one never | the words, without markup | B |
| project | OECD code | A's; an empty one never | the text | B |
| project | industry flag | A's | the flag | B |
| project | science sub-domain | A's; an empty one never | the code | B |
| account | user name | B's, where `username_reconciliation_enabled` is set; an empty one never | the text | A |

At rest means that no order of the resource is open on either side.
"""
