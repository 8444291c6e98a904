"""People: users, the ways they sign in, verification."""
