"""The offline base map: how its files were made from public geography."""
