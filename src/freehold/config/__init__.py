"""Where the parts are put together: settings, URLs, and who listens to what. Nothing imports this package."""
