"""What the pages show: rows and values of the rooms, turned into words and numbers that templates print as they are."""
