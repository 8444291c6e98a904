"""What Freehold is held against: the least that the same rows, or the same answer, can cost on this server."""
