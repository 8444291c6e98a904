"""House sales of public records, read into facts."""
