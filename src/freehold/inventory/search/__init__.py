"""Finding a place to stay: one function, `search(query) -> page`, and the same hits as pins on a map."""
