"""How recorded events reach hooks: one worker per consumer, each in its own thread."""
