"""Every definition of the project; found by folder."""
