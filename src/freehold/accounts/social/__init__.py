"""Signing in with an account at Google or Apple: what they say of somebody, and which of our accounts that is."""
