"""Which column a SQL statement makes from which."""
