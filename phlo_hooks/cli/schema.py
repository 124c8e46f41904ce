"""``phlo-hooks schema``: the shape of events, for those who read them elsewhere."""
