"""THE calendar: claims on space and time, availability, search."""
