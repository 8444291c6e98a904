"""The demonstration's pictures: how they were made, what each shows, and which place shows which."""
