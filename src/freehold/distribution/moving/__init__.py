"""Moving a business in from one of the older APIs: what their databases dump, read into facts that our rooms take."""
