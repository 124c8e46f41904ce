"""The history of the state database's tables, run by ``phlo_hooks.outbox.migrate``."""
