"""The scheduled drift job: a check that remembers.

    look (observe, fleet) -> record (history, life) -> tell (message, outbox, metrics)

A run looks at the environments without touching the history, records all it saw in one transaction, and only then tells anyone.
Killed at any point, it leaves the history as the last run left it, or as this one did.
"""
