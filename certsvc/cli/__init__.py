"""The `certsvc` command.

Exit status: 0 done, or a positive answer; 1 a negative answer (refused, not found, not permitted);
2 wrong usage or configuration; 3 unknown or unavailable, try again; 4 invalid input. `verify` gives
1 for what was valid once: REVOKED, SUSPENDED, EXPIRED.
"""
