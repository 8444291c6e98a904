"""Tenants: companies, memberships, roles and what each role may do."""
