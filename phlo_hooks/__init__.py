"""What happened in a data platform, told once, to everyone who must know."""
