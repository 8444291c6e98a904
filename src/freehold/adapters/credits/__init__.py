"""Readers of credit notices, one module per vendor's shape. Each exports its `CONNECTOR`."""
