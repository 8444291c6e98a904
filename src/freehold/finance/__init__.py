"""What is owed and what was paid: folios, journal, receivables, settlements."""
