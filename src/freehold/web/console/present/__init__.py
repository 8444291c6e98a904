"""What the console shows of rows: words, badges, steps."""
