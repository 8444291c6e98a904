"""What people are told: templates, notifications and their deliveries."""
