"""What runs inside a step: whose step it is, which hooks it calls, and what it tells them."""
