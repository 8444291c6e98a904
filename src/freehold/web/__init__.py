"""Pages rendered on the server: the guest site, and what every page is made of."""
