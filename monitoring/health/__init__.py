"""Health: checks of every service in every environment, their verdicts and their history."""
