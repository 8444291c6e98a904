"""Version 1 of the API: one module per resource family, each with its own `urlpatterns`."""
