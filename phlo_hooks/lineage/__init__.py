"""The graph of tables and columns that people look at."""
