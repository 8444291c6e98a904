"""Distribution: how listings, calendars and prices come in from elsewhere and go out again."""
