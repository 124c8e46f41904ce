"""How the relay reads its sources and says what it does."""
